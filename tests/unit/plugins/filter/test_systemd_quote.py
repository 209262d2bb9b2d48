# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter systemd_quote, read back by the rules of systemd.service(5). That systemd does is seen on a host."""

from __future__ import annotations

import shlex

from ansible_collections.mlops.mlflow.plugins.filter.systemd_quote import systemd_quote
from hypothesis import given
from hypothesis.strategies import characters, lists, text

arguments = lists(text(characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=100), max_size=5)


def read(line):
    """Return the arguments of a command line: quotes and backslashes as in a shell, then %% is % and $$ is $."""
    return [argument.replace("%%", "%").replace("$$", "$") for argument in shlex.split(line)]


@given(arguments)
def test_every_argument_comes_back_as_it_was(wanted):
    assert read(" ".join(map(systemd_quote, wanted))) == wanted


@given(arguments)
def test_nothing_is_left_that_systemd_would_fill_in(wanted):
    line = " ".join(map(systemd_quote, wanted)).replace("%%", "").replace("$$", "")
    assert not {"%", "$"} & set(line)


def test_a_number_is_an_argument_too():
    assert systemd_quote(2) == '"2"'
