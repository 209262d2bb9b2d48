# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secret_file module, against real files."""

from __future__ import annotations

import json
import stat

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import secret_file

SECRET = "é {{ x }} %s\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "secret"


@pytest.fixture
def write(run, file):
    """Return a function that runs the module for the file."""
    return lambda content=SECRET, **args: run(secret_file, path=str(file), content=content, **args)


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


def test_new_file_is_for_its_owner_only_and_a_second_run_changes_nothing(write, file):
    assert [write()["changed"], write()["changed"]] == [True, False]
    assert (file.read_text(), mode(file)) == (SECRET, 0o600)


def test_another_content_or_mode_replaces_what_is_there(write, file):
    file.write_text("old\n")
    file.chmod(0o644)
    assert write()["changed"]
    assert (file.read_text(), mode(file)) == (SECRET, 0o600)
    assert write(mode="0640")["changed"]
    assert mode(file) == 0o640


def test_dry_run_tells_what_would_change_and_leaves_it(write, file):
    assert write(_ansible_check_mode=True)["changed"]
    assert not file.exists()
    file.write_text(SECRET)
    file.chmod(0o644)
    assert write(_ansible_check_mode=True)["changed"]
    assert mode(file) == 0o644


def test_what_is_not_valid_is_not_put_in_place(write, file):
    write("good\n", validate="grep -q good %s")
    answer = write(validate="grep -q good %s")
    assert (answer["failed"], answer["msg"][: answer["msg"].index(":")]) == (
        True,
        f"{file} was not changed, because the new content is not valid",
    )
    assert file.read_text() == "good\n"


@pytest.mark.parametrize("options", [{}, {"validate": "false %s"}, {"owner": "nobody-of-this-name"}])
def test_secret_is_neither_told_nor_left_beside_the_file(write, file, options):
    assert SECRET.strip() not in json.dumps(
        write(_ansible_diff=True, _ansible_verbosity=4, **options), ensure_ascii=False
    )
    assert [path for path in file.parent.iterdir() if path != file] == []
