# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.restoration import chosen, put_directory_back, secrets
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused


class Repository:
    where = "s3:https://store.example/backups"

    def __init__(self, *times):
        self.there = [{"id": f"{number}abcdef", "time": time, "paths": []} for number, time in enumerate(times)]

    def snapshots(self):
        return self.there


@pytest.fixture
def repository():
    return Repository("2026-11-28T02:30:00Z", "2026-11-29T02:30:00Z", "2026-11-30T02:30:00Z")


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("latest", 2),
        ("1abcdef", 1),
        ("0a", 0),
        ("2026-11-29", 1),
        ("2026-11-29 02:30", 1),
        ("2026-11-29T02:29:59Z", 0),
        ("2026-11-29T02:30:00+00:00", 1),
        ("2030-01-01 00:00", 2),
    ],
)
def test_snapshot_is_named_by_id_or_time(repository, wanted, number):
    assert chosen(repository, wanted)["id"] == f"{number}abcdef"


@pytest.mark.parametrize("wanted", ["2026-11-28T02:29:59Z", "yesterday", "9abc", "2026-13-45 99:99x"])
def test_snapshot_that_is_not_there_is_refused(repository, wanted):
    with pytest.raises(Refused, match=f"backup_restore_snapshot: {wanted} is not a snapshot of s3:.*; give latest"):
        chosen(repository, wanted)


def test_repository_without_snapshots_is_refused():
    with pytest.raises(Refused, match="holds no snapshots yet; run playbooks"):
        chosen(Repository(), "latest")


class Settings(dict):
    def __init__(self, fetched):
        super().__init__(credentials="/etc/mlflow/credentials")
        self.fetched = fetched


def test_secrets_are_read_as_systemd_reads_them(tmp_path):
    path = tmp_path / "etc/mlflow/credentials/environment"
    path.parent.mkdir(parents=True)
    path.write_text('A="one \\"two\\" \\$x"\nB=\'three\'\n# C=no\n')
    assert secrets(Settings(tmp_path)) == {"A": 'one "two" $x', "B": "three"}


def test_no_file_is_no_secrets(tmp_path):
    assert secrets(Settings(tmp_path)) == {}


def test_directory_of_artifacts_takes_the_place_of_the_one_in_use_which_is_kept(tmp_path):
    directory = tmp_path / "artifacts"
    directory.mkdir()
    (directory / "newer").write_text("of today")

    class Restic:
        def restore(self, snapshot, target, *paths):
            """Restore below the target, with the whole path, as restic does."""
            assert (snapshot, paths) == ("0abcdef", (directory,))
            place = Path(f"{target}{directory}")
            place.mkdir(parents=True)
            (place / "model").write_text("of the backup")

    left = put_directory_back(Restic(), "0abcdef", directory)
    assert (directory / "model").read_text() == "of the backup"
    assert (left / "newer").read_text() == "of today"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artifacts", left.name]
