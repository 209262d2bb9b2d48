# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The template pgpass.j2, read back by the rules of PostgreSQL's manual.

That libpq reads it the same is seen where it logs in.
"""

from __future__ import annotations

import re

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from hypothesis import given
from hypothesis.strategies import characters, integers, lists, text

from .conftest import ROOT

TEMPLATE = trust_as_template((ROOT / "roles/mlflow/templates/credentials/pgpass.j2").read_text())
FIELDS = [f"mlflow_database_{name}" for name in ("host", "port", "name", "user", "password")]
anything = text(characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=200)


def pgpass(fields):
    """Return the line that the template makes, as the module template would."""
    templar = Templar(DataLoader(), variables=dict(zip(FIELDS, fields, strict=True)))
    return templar.template(TEMPLATE, escape_backslashes=False).removesuffix("\n")


def read(line):
    """Return the fields of a line: a colon ends one, a backslash takes the next character as it is."""
    fields = [""]
    for escaped, plain in re.findall(r"\\(.)|(.)", line, re.DOTALL):
        fields += [""] if plain == ":" else []
        fields[-1] += escaped or plain.replace(":", "")
    return fields


@given(lists(anything, min_size=5, max_size=5))
def test_every_field_comes_back_as_it_was(fields):
    assert read(pgpass(fields)) == fields


@given(integers(1, 65535))
def test_a_port_is_a_number(port):
    assert read(pgpass(["db", port, "mlflow", "mlflow", "secret"]))[1] == str(port)


@pytest.mark.parametrize("password", ["a:b\\c", "{{ mlflow_database_user }}", "'\"$`"])
def test_password_is_escaped_and_no_template(password):
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    line = pgpass(["2001:db8::1", 5432, "mlflow", "mlflow", password])
    assert line == rf"2001\:db8\:\:1:5432:mlflow:mlflow:{escaped}"
