# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The repository of snapshots, which restic encrypts and deduplicates."""

from __future__ import annotations

import json
import os
import re
import subprocess

from ansible_collections.mlops.mlflow.plugins.module_utils.backup.settings import make
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

TAG = "mlflow"
SECONDS = 20
ABSENT = r"Is there a repository at|unable to open config file|repository does not exist"
SAID = {  # what restic and its S3 client say: the sentence
    r"wrong password or no key found": (
        "backup_password: it does not open the repository {where}; give the password that it was created with"
    ),
    r"[Bb]ucket does not exist|NoSuchBucket": (
        "backup_repository: the bucket of {where} does not exist; create it or correct the name"
    ),
    r"InvalidAccessKeyId|SignatureDoesNotMatch|Access Key Id|[Aa]ccess ?[Dd]enied|403 Forbidden": (
        "backup_environment: the keys do not open {where} ({text}); "
        "give those of its bucket, which must exist, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    ),
    r"x509|certificate": "backup_ca: TLS to {where} fails ({text}); give the CA of the server's certificate",
    ABSENT: "backup_repository: there is no repository at {where}; run site.yml, which creates it",
    r"already locked": "backup_repository: {where} is locked by another process ({text}); wait for it",
}


class Absent(Refused):
    """There is no repository yet."""


def authority(settings):
    """Return the path of a file with the CA, which restic reads."""
    make(settings.directory, 0o711)
    path = settings.directory / "ca.crt"
    path.write_text(settings["ca"])
    return str(path)


class Repository:
    """A repository of restic.

    Args:
        settings (Settings): The settings of the program.

    """

    def __init__(self, settings):
        self.where, self.name = settings["repository"], settings["name"]
        self.keep, self.percent = settings["keep"], settings["check_percent"]
        self.options = ["--cacert", authority(settings)] if settings["ca"] else []
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": "/root",
            "TZ": "UTC",
            "RESTIC_REPOSITORY": self.where,
            "RESTIC_CACHE_DIR": settings["cache"],
            "RESTIC_PASSWORD": settings["password"],
            **settings["environment"],
        }

    def restic(self, *arguments, seconds=None):
        """Run restic and return what it prints; raise in one sentence."""
        try:
            done = subprocess.run(
                ["restic", *self.options, *arguments],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds,
            )
        except FileNotFoundError as error:
            raise Refused("restic is not installed on this host; run site.yml") from error
        except subprocess.TimeoutExpired as error:  # it repeats what fails for a quarter of an hour
            said = (error.stderr or b"").decode(errors="replace")
            raise self.error(said or f"no answer after {seconds} s; correct it") from error
        if done.returncode:
            raise self.error(done.stderr or done.stdout)
        return done.stdout

    def error(self, said):
        """Return the error for what restic says."""
        text = " ".join(said.split())[-400:].rstrip(".")
        for pattern, sentence in SAID.items():
            if re.search(pattern, said):
                return (Absent if pattern == ABSENT else Refused)(sentence.format(where=self.where, text=text))
        return Refused(f"backup_repository: {self.where} fails ({text})")

    def by_hand(self, arguments):
        """Run restic for an administrator, at the terminal, and return its exit code."""
        return subprocess.run(["restic", *self.options, *arguments], env=self.environment, check=False).returncode

    def create(self):
        """Create the repository unless it exists; return whether it was created."""
        try:
            self.restic("cat", "config", seconds=SECONDS)
        except Absent:
            self.restic("init", seconds=SECONDS)
            return True
        return False

    def snapshots(self):
        """Return the snapshots of this MLflow, the oldest first: id, time (ISO 8601, UTC) and paths."""
        found = json.loads(self.restic("snapshots", "--json", "--tag", TAG, "--host", self.name))
        known = [
            {"id": each["short_id"], "time": each["time"][:19] + "Z", "paths": each["paths"]} for each in found or []
        ]
        return sorted(known, key=lambda each: each["time"])

    def back_up(self, paths, made):
        """Store directories as a snapshot of a moment; return id (str), bytes and added (int, bytes).

        Locks of processes that do not run any more are removed first.
        """
        self.restic("unlock")
        printed = self.restic(
            "backup", "--json", "--tag", TAG, "--host", self.name, "--time", made.replace("T", " ").rstrip("Z"), *paths
        )
        said = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        summary = next(each for each in said if each["message_type"] == "summary")
        return {
            "id": summary["snapshot_id"][:8],
            "bytes": summary["total_bytes_processed"],
            "added": summary["data_added"],
        }

    def forget(self):
        """Remove the snapshots that the retention does not keep, and the data that only they had."""
        keep = [part for period, count in self.keep.items() if count for part in (f"--keep-{period}", str(count))]
        self.restic("forget", "--tag", TAG, "--host", self.name, "--group-by", "host,tags", "--prune", *keep)

    def restore(self, snapshot, target, *paths):
        """Restore paths of a snapshot below a directory."""
        included = [part for path in paths for part in ("--include", str(path))]
        self.restic("restore", snapshot, "--target", str(target), *included)

    def check(self):
        """Check the structure of the repository, and read a part of its data."""
        self.restic("check", f"--read-data-subset={self.percent}%")
