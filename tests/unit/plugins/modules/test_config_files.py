# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module config_files, against real files."""

from __future__ import annotations

import grp
import json
import os
import stat

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import config_files

SECRET = "é {{ x }} %s\n"
GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.fixture
def file(tmp_path):
    return tmp_path / "directory" / "file"


@pytest.fixture
def write(run, file):
    """Return a function that runs the module for the file, given its contents by kind."""

    def write(arguments=None, **options):
        options = options if {"content", "secret"} & options.keys() else {"secret": SECRET, **options}
        return run(config_files, files=[{"path": str(file), "group": GROUP, **options}], **arguments or {})

    return write


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize(("kind", "default"), [("secret", 0o600), ("content", 0o644)])
def test_new_file_has_the_mode_of_its_kind_and_a_second_run_changes_nothing(write, file, kind, default):
    assert [write(**{kind: SECRET})["changed"], write(**{kind: SECRET})["changed"]] == [True, False]
    assert (file.read_text(), mode(file)) == (SECRET, default)


def test_another_content_or_mode_replaces_what_is_there(write, file):
    file.parent.mkdir()
    file.write_text("old\n")
    file.chmod(0o644)
    assert write()["written"] == [str(file)]
    assert (file.read_text(), mode(file)) == (SECRET, 0o600)
    assert write(mode="0640")["changed"]
    assert mode(file) == 0o640


def test_file_without_contents_is_removed(write, file):
    write()
    assert [write(secret="")["changed"], write(secret="")["changed"]] == [True, False]
    assert not file.exists()


def test_link_becomes_a_file_and_what_it_led_to_stays(write, file, tmp_path):
    (tmp_path / "theirs").write_text(SECRET)
    file.parent.mkdir()
    file.symlink_to(tmp_path / "theirs")
    assert write(content="ours\n")["changed"]
    assert (file.is_symlink(), file.read_text(), (tmp_path / "theirs").read_text()) == (False, "ours\n", SECRET)


def test_dry_run_tells_what_would_change_and_leaves_it(write, file):
    check = {"_ansible_check_mode": True}
    assert write(check)["changed"]
    assert write(check, group="no-such-group")["changed"]
    assert not file.parent.exists()
    file.parent.mkdir()
    file.write_text(SECRET)
    file.chmod(0o644)
    assert write(check)["changed"]
    assert mode(file) == 0o644


def test_diff_shows_contents_that_are_not_secret(write, file):
    write(content="old\n")
    (shown,) = write(content="new\n")["diff"]
    assert (shown["before_header"], shown["before"], shown["after"]) == (str(file), "old\n", "new\n")


def test_what_is_not_valid_is_not_put_in_place(write, file):
    write(content="good\n", validate="grep -q good %s")
    answer = write(validate="grep -q good %s")
    assert (answer["failed"], answer["msg"][: answer["msg"].index(":")]) == (
        True,
        f"{file} was not changed, because the new content is not valid",
    )
    assert file.read_text() == "good\n"


def test_a_group_that_does_not_exist_is_named(write, file):
    file.parent.mkdir()
    file.write_text(SECRET)
    assert write(group="no-such-group")["msg"] == f"{file}: the group no-such-group does not exist; create it first"


@pytest.mark.parametrize("options", [{}, {"validate": "false %s"}, {"group": "no-such-group"}])
def test_secret_is_neither_told_nor_left_beside_the_file(write, file, options):
    answer = write({"_ansible_diff": True, "_ansible_verbosity": 4}, **options)
    assert SECRET.strip() not in json.dumps(answer, ensure_ascii=False)
    assert [path for path in file.parent.glob("*") if path != file] == []
