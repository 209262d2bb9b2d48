# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proves the latest backup: restores it, compares all rows, and reads a sample of the artifacts."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.backup import scratch
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.artifacts import Bucket, read, sample
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.restoration import contents, files_of
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.status import timestamp
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing

NAMED = 5  # of the damaged artifacts


def run(settings, repository):
    """Restore the latest snapshot to a scratch server, compare it with its fingerprint, and read artifacts.

    Args:
        settings (Settings): The settings of the program.
        repository (Repository): Where snapshots are stored.

    Returns:
        dict: id and made (str, of the snapshot), rpo_seconds (int, the age of the snapshot when the drill began),
        rto_seconds (float, until the rows were equal), seconds (float), rows (dict[str, int], by table) and
        artifacts_read, artifacts_damaged (int).

    """
    settings.load_environment()
    began, start = time.time(), time.monotonic()
    target = Path(tempfile.mkdtemp(prefix="drill-", dir=settings.directory))
    try:
        snapshot = files_of(settings, repository, "latest", target)
        about = contents(snapshot["directory"])
        tables = about["database"]["tables"]
        refuse_lack_of_room(settings, about)
        found = scratch.restored(Path(snapshot["directory"], "database.dump"), settings.directory)
        if different := differing(tables, found):
            raise Refused(
                f"backup_repository: snapshot {snapshot['id']} does not hold the rows that were backed up; "
                f"{', '.join(different)} differ once it is restored; run playbooks/backup.yml and drill again"
            )
        rto = round(time.monotonic() - start, 1)
        chosen = sample(read(Path(snapshot["directory"], "artifacts.jsonl.gz")), settings["drill_artifacts"])
    finally:
        shutil.rmtree(target, ignore_errors=True)
    repository.check()
    chosen = chosen if about["destination"].startswith("s3:") else []  # a directory is in the snapshot
    bucket = Bucket(about["destination"]) if chosen else None
    damaged = [entry["path"] for entry in chosen if not bucket.is_intact(entry)]
    if damaged:
        named = ", ".join(damaged[:NAMED]) + (" and others" if damaged[NAMED:] else "")
        raise Refused(
            f"mlflow_artifacts_destination: {len(damaged)} of {len(chosen)} artifacts are gone from "
            f"{about['destination']} or differ from what they were at {about['made']}: {named}; find out who changed "
            "the bucket, and bring older versions back with `mlflow-backup fetch` and `mlflow-backup artifacts`"
        )
    return {
        "id": snapshot["id"],
        "made": about["made"],
        "rpo_seconds": max(0, int(began) - timestamp(about["made"])),
        "rto_seconds": rto,
        "seconds": round(time.monotonic() - start, 1),
        "rows": {table: each["rows"] for table, each in tables.items()},
        "artifacts_read": len(chosen),
        "artifacts_damaged": 0,
    }


def refuse_lack_of_room(settings, about):
    """Refuse if the restored database may fill the disk."""
    needed = about["database"]["database_bytes"] * 1.2
    free = shutil.disk_usage(settings.directory).free
    if free < needed:
        raise Refused(
            f"backup_directory: {settings.directory} has {free >> 20} MB free, and the restored database needs "
            f"{int(needed) >> 20} MB; free some space"
        )
