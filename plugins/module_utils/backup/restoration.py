# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restores the files of a snapshot, and artifacts that were deleted or overwritten since it was taken."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.backup.artifacts import Bucket, read
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.stores import environment

TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?(?:Z|\+00:00)?")


def chosen(repository, wanted):
    """Return the snapshot that is meant: `latest`, an id, or the last one not after a time (UTC)."""
    there = repository.snapshots()
    if not there:
        raise Refused(f"backup_repository: {repository.where} holds no snapshots yet; run playbooks/backup.yml")
    if wanted == "latest":
        return there[-1]
    if match := TIME.fullmatch(wanted):
        day, minute, second = match.groups()
        limit = f"{day}T{minute or '23:59'}{second or ':59'}Z"
        there = [each for each in there if each["time"] <= limit]
    else:
        there = [each for each in there if each["id"].startswith(wanted)]
    if not there:
        raise Refused(
            f"backup_restore_snapshot: {wanted} is not a snapshot of {repository.where}; give latest, an id or a time "
            "in UTC such as 2026-11-30 14:05, of those that `mlflow-backup list` shows"
        )
    return there[-1]


def files_of(settings, repository, wanted, target, *paths):
    """Restore the dump and the manifest of a snapshot, and other paths, below a directory.

    Returns:
        dict: id, time (str) and directory (str, where the dump is).

    """
    snapshot = chosen(repository, wanted)
    spool = next((path for path in snapshot["paths"] if path.endswith("/snapshot")), str(settings.spool))
    repository.restore(snapshot["id"], target, spool, *paths)
    return {"id": snapshot["id"], "time": snapshot["time"], "directory": f"{target}{spool}"}


def contents(directory):
    """Return what a snapshot says about itself."""
    try:
        return json.loads(Path(directory, "about.json").read_text())
    except FileNotFoundError as error:
        raise Refused(f"backup_repository: the snapshot holds no backup of MLflow ({error.filename})") from error


def fetch(settings, repository, wanted):
    """Restore a snapshot's files to where the playbook expects them.

    Returns:
        dict: id, time, directory, dump (str) and about (dict).

    """
    shutil.rmtree(settings.fetched, ignore_errors=True)
    chosen(repository, wanted)
    settings.fetched.mkdir(parents=True)
    snapshot = files_of(settings, repository, wanted, settings.fetched, *settings["paths"])
    snapshot["dump"] = f"{snapshot['directory']}/database.dump"
    found = snapshot | {"about": contents(snapshot["directory"])}
    (settings.fetched / "fetched.json").write_text(json.dumps(found))
    return found


def secrets(settings):
    """Return the secret environment variables of MLflow that a fetched snapshot holds (dict[str, str])."""
    path = Path(f"{settings.fetched}{settings['credentials']}", "environment")
    found = environment(path, "/nowhere", 0) if path.exists() else {}
    return {name: value for name, value in found.items() if name != "PGCONNECT_TIMEOUT"}


def artifacts(settings, repository):
    """Bring the artifacts of a fetched snapshot back, as far as there are versions of them.

    Newer versions of objects stay as older ones. A directory is restored beside the one that is in use, which is kept
    under another name.

    Returns:
        dict: brought_back (int), missing (list[str], paths of which nothing is left) and left (str | None, where the
        directory that was used until now is kept).

    """
    settings.load_environment()
    try:
        fetched = json.loads((settings.fetched / "fetched.json").read_text())
    except FileNotFoundError as error:
        raise Refused("backup_restore_snapshot: none is fetched; run `mlflow-backup fetch` first") from error
    about = fetched["about"]
    if settings.destination != about["destination"]:
        raise Refused(
            f"mlflow_artifacts_destination: the artifacts of the snapshot are in {about['destination']}, and this "
            f"MLflow keeps its artifacts in {settings.destination}; set it to the former, or copy them and set "
            "backup_restore_artifacts to false"
        )
    if not settings.destination.startswith("s3:"):
        directory = Path(settings.destination.removeprefix("file://"))
        left = put_directory_back(repository, fetched["id"], directory)
        return {"brought_back": about["artifacts"]["objects"], "missing": [], "left": str(left)}
    bucket = Bucket(settings.destination)
    now = {entry["path"]: entry["checksum"] for entry in bucket.entries()}
    listed = read(Path(fetched["directory"], "artifacts.jsonl.gz"))
    wanted = [entry for entry in listed if now.get(entry["path"]) != entry["checksum"]]
    missing = [entry["path"] for entry in wanted if not bucket.put_back(entry)]
    return {"brought_back": len(wanted) - len(missing), "missing": missing, "left": None}


def put_directory_back(repository, snapshot, directory):
    """Let a directory of a snapshot take the place of the one that is in use; return where that is kept."""
    beside = directory.with_name(f"{directory.name}.restored")
    left = directory.with_name(f"{directory.name}.left-{time.strftime('%Y%m%dt%H%M%S', time.gmtime())}")
    shutil.rmtree(beside, ignore_errors=True)
    repository.restore(snapshot, beside, directory)
    directory.rename(left)
    Path(f"{beside}{directory}").rename(directory)
    shutil.rmtree(beside)
    return left
