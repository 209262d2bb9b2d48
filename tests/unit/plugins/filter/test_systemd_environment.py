# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter systemd_environment, read back by a shell, whose quoting systemd follows.

That systemd does is seen on a host.
"""

from __future__ import annotations

import subprocess

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mlops.mlflow.plugins.filter.systemd_environment import systemd_environment
from hypothesis import given
from hypothesis.strategies import characters, dictionaries, from_regex, text

names = from_regex(r"MLFLOW_[A-Za-z0-9_]{0,20}", fullmatch=True)
values = text(characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=200)


def read(lines):
    """Return the variables that a shell finds."""
    done = subprocess.run(
        ["env", "-i", "sh", "-c", 'set -a; eval "$(cat)"; exec env -0'],
        input=lines.encode(),
        capture_output=True,
        check=True,
    )
    found = dict(item.split("=", 1) for item in done.stdout.decode().split("\0")[:-1])
    return {name: value for name, value in found.items() if name.startswith("MLFLOW_")}


@given(dictionaries(names, values, min_size=20, max_size=40))
def test_every_value_comes_back_as_it_was(variables):
    assert read(systemd_environment(variables)) == variables


def test_numbers_are_written_and_names_are_sorted():
    assert (
        systemd_environment({"MLFLOW_WORKERS": 2, "HOME": "/var/lib/mlflow"})
        == 'HOME="/var/lib/mlflow"\nMLFLOW_WORKERS="2"\n'
    )


def test_nothing_is_an_empty_file():
    assert systemd_environment({}) == ""


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A-B", "A\n"])
def test_what_cannot_be_a_name_is_refused(name):
    with pytest.raises(
        AnsibleFilterError, match="is not the name of an environment variable: use letters, digits and underscores"
    ):
        systemd_environment({name: "secret"})


@pytest.mark.parametrize("value", ["a\nb", "a\n", "a\rb", "a\0b"])
def test_a_line_break_is_refused_without_showing_the_value(value):
    with pytest.raises(AnsibleFilterError) as refused:
        systemd_environment({"MLFLOW_A": value})
    assert str(refused.value) == "the value of MLFLOW_A has a line break, which an environment file cannot hold"
