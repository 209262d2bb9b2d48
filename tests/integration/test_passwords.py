# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Any password on a line goes through inventory, Ansible, the role's files and systemd to a login as it is."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

HOSTILE = [
    " a space before, one behind and a  double one ",
    "\t\v\f\x1f\x7f\x85\u2028",
    "user:p@ss/word?sslmode=disable&x#y",
    "100%, %20, %%, %(x)s, %s, %n",
    "${HOME} $HOME $$ $(id) `id` ~ *",
    "back\\slash \\\\ \\n \\: \\",
    'it\'s "quoted" \'\' ""',
    "'",
    '"',
    "{{ lookup('pipe', 'id') }} {% raw %} {# #} {{",
    "; # [default] password = x",
    "#",
    "=",
    "é e\u0301 漢字 \u2168 \xa0 \xad \u200b 😀 \U0010fffd",
    "\xad",
    "\u05d0a",
    "\ufeff",
    "md5d41d8cd98f00b204e9800998ecf8427e",
    (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    ),
    "0123",
    "null",
    "yes",
    "*",
    "x" * 200,
    "漢" * 200,
]
ANY = st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])
NASTY = st.sampled_from("{}%$'\"\\ :@/?#&=;!|<>[]()`~^*,.\t\xa0\xad\u0301\u05d0\u200b漢😀ax0")
PASSWORDS = st.lists(st.text(ANY | NASTY, min_size=1, max_size=200), min_size=25, max_size=25, unique=True)


@pytest.fixture(scope="module")
def second_inventory(deployed, tmp_path_factory):
    return tmp_path_factory.mktemp("inventory") / "passwords.yml"


def scalar(password):
    """Return a password as an inventory has it: in quotes, and marked where Ansible would take it for a template."""
    mark = "!unsafe " if re.search(r"\{[{%#]", password) else ""
    return mark + '"' + "".join(f"\\U{ord(character):08x}" for character in password) + '"'


@settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(PASSWORDS)
@example(HOSTILE)
def test_password_arrives_as_it_is_given(second_inventory, passwords):
    quoted = "".join(f"        - {scalar(password)}\n" for password in passwords)
    second_inventory.write_text(f"mlflow:\n  hosts:\n    mlflow-1:\n      passwords:\n{quoted}")
    lab.Play("-i", second_inventory, playbook=lab.HERE / "passwords.yml").finish()
    assert lab.program("passwords", passwords, interpreter=lab.RELEASE) == []
