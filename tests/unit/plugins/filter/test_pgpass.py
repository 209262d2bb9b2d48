# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter pgpass, read back by the rules of PostgreSQL's manual.

That libpq reads it the same is seen where it logs in.
"""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.filter.pgpass import pgpass
from hypothesis import given
from hypothesis.strategies import characters, integers, lists, text

anything = text(characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=200)


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


def test_an_address_of_ipv6_is_one_field():
    assert pgpass(["2001:db8::1", 5432, "mlflow", "mlflow", "a:b\\c"]) == r"2001\:db8\:\:1:5432:mlflow:mlflow:a\:b\\c"
