# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module file_stamp, against notes made by the very shell line that units use."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import file_stamp


@pytest.fixture
def daemon(tmp_path):
    """Return a directory with two files and the note of a unit that runs with them; a third file is not there."""
    (tmp_path / "one").write_text("1\n")
    (tmp_path / "two").write_bytes(b"\xff\x00")
    start(tmp_path)
    return tmp_path


def start(directory):
    subprocess.run("cat one two three 2>/dev/null | sha256sum > note", shell=True, cwd=directory, check=True)


@pytest.fixture
def current(run, daemon):
    """Return a function that asks the module."""
    return lambda **args: run(
        file_stamp, note=f"{daemon}/note", files=[f"{daemon}/{name}" for name in ("one", "two", "three")], **args
    )["current"]


def test_daemon_that_runs_with_what_is_on_disk_is_current(current):
    assert current() is True
    assert current(_ansible_check_mode=True) is True


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_changed_or_new_file_is_not_loaded_until_the_next_start(current, daemon, name):
    (daemon / name).write_text("changed")
    assert current() is False
    start(daemon)
    assert current() is True


def test_removed_file_is_seen(current, daemon):
    (daemon / "one").unlink()
    assert current() is False


@pytest.mark.parametrize("note", [None, "", "\n", "not a checksum  -\n"])
def test_missing_or_broken_note_means_not_current(current, daemon, note):
    (daemon / "note").unlink()
    if note is not None:
        (daemon / "note").write_text(note)
    assert current() is False


def test_never_changes_anything(run, daemon):
    assert run(file_stamp, note=f"{daemon}/note", files=[])["changed"] is False


def test_tells_which_files_there_are_and_what_a_note_of_them_would_hold(run, daemon):
    result = run(file_stamp, note=f"{daemon}/none", files=[f"{daemon}/{name}" for name in ("one", "two", "three")])
    assert result["found"] == [f"{daemon}/one", f"{daemon}/two"]
    assert result["checksum"] == (daemon / "note").read_text().split()[0]


def test_only_lines_that_match_count(run, daemon):
    def checksum():
        return run(
            file_stamp, note=f"{daemon}/none", files=[f"{daemon}/one", f"{daemon}/three"], matching='^STORE=|"release"'
        )["checksum"]

    (daemon / "one").write_text('STORE=a\nWORKERS=1\n  "release": "x"\n')
    before = checksum()
    (daemon / "one").write_text('STORE=a\nWORKERS=2\nNO_STORE=c\n  "release": "x"\n')
    assert checksum() == before
    (daemon / "one").write_text('STORE=b\nWORKERS=2\n  "release": "x"\n')
    assert checksum() != before
