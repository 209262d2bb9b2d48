# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes a backup: what is needed to begin again on empty machines."""

from __future__ import annotations

import json
import os
import shutil
import time

from ansible_collections.mlops.mlflow.plugins.module_utils.backup.artifacts import manifest, write
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.settings import run
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.status import utc
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import dump


def take(settings, repository, known):
    """Store the database, the configuration and a list of the artifacts as a snapshot, and apply the retention.

    The list is made after the dump, so it has every artifact that the dump knows. A directory of artifacts is stored
    as well, because it has no older versions.

    Args:
        settings (Settings): The settings of the program.
        repository (Repository): Where snapshots are stored.
        known (dict): What is known about the last backup.

    Returns:
        dict: id, made (str, ISO 8601, the moment that a restoration leads to), seconds (float), bytes, added (int, as
        restic counts them), database (dict, as dump returns it) and artifacts (dict: objects, bytes).

    """
    settings.load_environment()
    start, made = time.monotonic(), utc()
    shutil.rmtree(settings.spool, ignore_errors=True)
    settings.spool.mkdir(parents=True)
    try:
        database = dump(os.environ["MLFLOW_BACKEND_STORE_URI"], str(settings.spool / "database.dump"), run)
        refuse_emptiness(database, repository, known)
        artifacts = write(manifest(settings.destination), settings.spool / "artifacts.jsonl.gz")
        about = {"made": made, "name": settings["name"], "destination": settings.destination}
        about |= {"database": database, "artifacts": artifacts}
        (settings.spool / "about.json").write_text(json.dumps(about, indent=2) + "\n")
        paths = [str(settings.spool), *settings["paths"]]
        if not settings.destination.startswith("s3:"):
            paths.append(settings.destination.removeprefix("file://"))
        stored = repository.back_up(paths, made)
    finally:
        shutil.rmtree(settings.spool, ignore_errors=True)
    repository.forget()
    return about | stored | {"seconds": round(time.monotonic() - start, 1)}


def refuse_emptiness(database, repository, known):
    """Refuse to store a database without runs in a repository whose snapshots have some: they are to be restored.

    Otherwise, the latest snapshot after a disaster would be that of the new, empty database.
    """
    if database["tables"].get("runs", {"rows": 0})["rows"] or known["backup"]["success"]:
        return
    if repository.snapshots():
        raise Refused(
            f"backup_repository: {repository.where} holds snapshots of an MLflow, and the database of this one has no "
            "runs; restore with playbooks/restore.yml first, or give this MLflow another repository"
        )
