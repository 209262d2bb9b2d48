# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of `mlflow-backup`."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import sys
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.backup import drill, restoration, snapshot
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.repository import Repository
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.settings import Settings, make
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.status import Status
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

SETTINGS = "/etc/mlflow-backup/settings.json"
VERBS = {
    "backup": "back up the database, the configuration and a list of the artifacts; apply the retention",
    "drill": "restore the latest snapshot to a scratch database, compare it, and read a sample of the artifacts",
    "create": "create the repository unless it exists, and check that the password opens it",
    "list": "list the snapshots",
    "fetch": "restore a snapshot's files, for a restoration by the playbook: latest, an id, or a time",
    "secrets": "print the secret environment variables of MLflow that a fetched snapshot holds",
    "artifacts": "bring artifacts that were deleted or overwritten since a fetched snapshot back",
    "status": "print what is known about the last backup and the last drill",
    "ended": "note how a unit ended, which systemd tells in the environment, and report a failure",
    "restic": "run restic with the repository and its keys",
}


def main(arguments=None):
    """Run a command; an error ends in one sentence."""
    parser = argparse.ArgumentParser(prog="mlflow-backup", description="Backups of MLflow on this host.")
    parser.add_argument("--settings", default=SETTINGS, help="default: %(default)s")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in VERBS.items():
        known = verbs.add_parser(verb, help=text, description=text)
        if verb == "fetch":
            known.add_argument("snapshot", nargs="?", default="latest")
        if verb == "ended":
            known.add_argument("unit", choices=["backup", "drill"])
        if verb == "restic":
            known.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    os.umask(0o077)
    settings = Settings(given.settings)
    status = Status(settings)
    try:
        return run(given, settings, status)
    except Exception as error:
        if given.verb in ("backup", "drill"):
            status.failed(given.verb, str(error) or repr(error))
        if not isinstance(error, Refused):
            raise
        sys.stderr.write(f"mlflow-backup: {error}\n")
        return 1


def run(given, settings, status):
    """Do what a verb says, and return the exit code."""
    repository = Repository(settings)
    if given.verb == "restic":
        return repository.by_hand(given.arguments)
    if given.verb == "ended":
        return status.ended(given.unit)
    if given.verb == "status":
        return show(status.read())
    if given.verb == "list":
        return show(repository.snapshots())
    if given.verb == "secrets":
        return show(restoration.secrets(settings))
    if given.verb == "create":
        return show({"created": repository.create()})
    with alone(settings):
        if given.verb == "backup":
            return show(status.succeeded("backup", snapshot.take(settings, repository, status.read())))
        if given.verb == "drill":
            return show(status.succeeded("drill", drill.run(settings, repository)))
        if given.verb == "fetch":
            return show(restoration.fetch(settings, repository, given.snapshot))
        return show(restoration.artifacts(settings, repository))


@contextlib.contextmanager
def alone(settings):
    """Hold a lock that one process at a time holds."""
    make(settings.directory, 0o711)  # the scratch server of a drill runs below it as another user
    with Path(settings.directory, "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("another backup, drill or restoration is running on this host; wait for it") from error
        yield


def show(found):
    """Print what was found or done, as JSON."""
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
