# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mlflow_release module, against trees of real files."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_release

PACKAGE = "lib/python3.13/site-packages/mlflow"
MODULE = f"{PACKAGE}/version.py"
MIGRATIONS = {
    "1_first.py": 'revision = "first"\ndown_revision = None\n',
    "2_head.py": "revision = 'head'\ndown_revision = 'first'\n",
}


@pytest.fixture
def home(tmp_path):
    return tmp_path / "releases"


@pytest.fixture
def observe(run, home):
    """Return a function that asks the module for the release."""
    return lambda **args: run(mlflow_release, path=str(home / "1-a"), current=str(home.parent / "current"), **args)


@pytest.fixture
def install(run, home):
    """Return a function that installs a release and makes it the current one."""

    def call(name="1-a"):
        for path in (MODULE, "bin/mlflow", f"{PACKAGE}/__pycache__/version.pyc"):
            (home / name / path).parent.mkdir(parents=True, exist_ok=True)
            (home / name / path).write_text(path)
        for path, text in MIGRATIONS.items():
            file = home / name / PACKAGE / "store/db_migrations/versions" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (home / name / "bin/python").symlink_to("/usr/bin/python3")
        run(mlflow_release, path=str(home / name), current="/", state="complete", version="1")
        current = home.parent / "current"
        current.unlink(missing_ok=True)
        current.symlink_to(home / name)
        return home / name

    return call


def brief(answer):
    return answer["changed"], answer["stat"]["exists"], answer["path"].rpartition("/")[2]


def test_what_is_not_there_is_to_be_installed(observe):
    assert brief(observe()) == (False, False, "1-a")


def test_what_an_interrupted_run_left_is_continued(observe, home):
    (home / "1-a/bin").mkdir(parents=True)
    assert brief(observe()) == (False, False, "1-a")
    assert (home / "1-a/bin").exists()


def test_intact_release_is_found_and_its_manifest_is_for_root_only(observe, install):
    release = install()
    assert brief(observe()) == (False, True, "1-a")
    assert (release / "manifest.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((release / "release.json").read_text()) == {
        "mlflow": "1",
        "release": "1-a",
        "schema": "head",
    }


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda release: (release / MODULE).unlink(), f"{MODULE}: missing"),
        (lambda release: (release / MODULE).write_text(MODULE.upper()), f"{MODULE}: content changed"),
        (lambda release: (release / MODULE).write_text("longer" * 9), f"{MODULE}: content changed"),
        (lambda release: (release / "bin/mlflow").chmod(0o777), "bin/mlflow: mode, owner or group changed"),
        (lambda release: (release / "lib").chmod(0o777), "lib: mode, owner or group changed"),
        (
            lambda release: (release / "lib/python3.13/site-packages/sitecustomize.py").write_text(""),
            "lib/python3.13/site-packages/sitecustomize.py: added",
        ),
        (lambda release: (release / "manifest.json").unlink(), "manifest.json: missing or damaged"),
        (lambda release: (release / "manifest.json").write_text("{"), "manifest.json: missing or damaged"),
        (lambda release: shutil.rmtree(release / "bin"), "bin/mlflow: missing"),
    ],
)
def test_damage_is_told_and_the_release_is_to_be_made_beside_it(observe, install, harm, told):
    release = install()
    harm(release)
    answer = observe(_ansible_check_mode=True)
    assert brief(answer) == (True, False, "1-a-b")
    assert told in answer["damage"]
    assert told in answer["diff"]["before"]
    assert brief(observe()) == (True, False, "1-a-b")
    assert release.exists(), "the service runs from it"


def test_change_that_keeps_time_and_size_is_seen(observe, install):
    file = install() / MODULE
    before = file.stat()
    file.write_text(MODULE.swapcase())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert observe()["damage"] == [f"{MODULE}: content changed"]


def test_touched_file_and_byte_code_of_a_run_as_root_are_no_damage(observe, install):
    release = install()
    (release / MODULE).touch()
    (release / "lib/python3.13/site-packages/mlflow/__pycache__/new.pyc").write_text("")
    (release / "options.json").write_text("")
    assert brief(observe()) == (False, True, "1-a")


def test_release_that_was_made_beside_a_damaged_one_is_found_and_replaced_in_turn(observe, install, home):
    (install() / MODULE).unlink()
    (install("1-a-b") / "options.json").write_text("")
    assert brief(observe()) == (False, True, "1-a-b")
    (home / "1-a-b" / MODULE).unlink()
    assert brief(observe(_ansible_check_mode=True)) == (True, False, "1-a")
    assert (home / "1-a").exists()
    assert brief(observe()) == (True, False, "1-a")
    assert sorted(path.name for path in home.iterdir()) == ["1-a-b"]


def test_link_to_a_release_stands_for_that_one_only(run, home, install):
    damaged, current, last = install(), install("1-a-b"), home.parent / "last"
    last.symlink_to(damaged)
    options = {"path": str(last), "current": str(home.parent / "current"), "_ansible_check_mode": True}
    whole = run(mlflow_release, **options)
    assert (brief(whole), whole["current"]) == ((False, True, "1-a"), str(current))
    (damaged / MODULE).unlink()
    answer = run(mlflow_release, **options)
    assert (brief(answer), answer["damage"]) == ((True, False, "1-a"), [f"{MODULE}: missing"])
    last.unlink()
    assert brief(run(mlflow_release, **options)) == (False, False, "last")
