# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known about the last backup and the last drill: for people, for Prometheus, and who is told of a failure."""

from __future__ import annotations

import calendar
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.backup.settings import make

SECONDS = 60


def utc():
    """Return the time as ISO 8601 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def timestamp(text):
    """Return the seconds since 1970 of a time in ISO 8601."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


class Status:
    """The notes about the last backup and the last drill."""

    def __init__(self, settings):
        self.settings, self.path = settings, settings.directory / "status.json"

    def read(self):
        """Return what is known: for backup and drill each, success (dict | None) and failure (dict | None)."""
        known = json.loads(self.path.read_text()) if self.path.exists() else {}
        return {unit: {"success": None, "failure": None} | known.get(unit, {}) for unit in ("backup", "drill")}

    def write(self, unit, **said):
        """Note something about a unit, in the file and for Prometheus."""
        known = self.read()
        known[unit] |= said
        put(self.path, json.dumps(known, indent=2) + "\n", 0o600)
        if self.settings["metrics_directory"]:
            put(Path(self.settings["metrics_directory"], "mlflow_backup.prom"), metrics(known), 0o644)

    def succeeded(self, unit, said):
        """Note a success, and return what is known about it."""
        said = {"ended": utc()} | said
        self.write(unit, success=said, failure=None)
        return said

    def failed(self, unit, why):
        """Note a failure; the last success is kept."""
        self.write(unit, failure={"ended": utc(), "why": why, "invocation": os.environ.get("INVOCATION_ID", "")})

    def ended(self, unit):
        """Note how systemd ended a unit; tell the operator of a failure."""
        result = os.environ.get("SERVICE_RESULT", "success")
        if result == "success":
            return 0
        noted = self.read()[unit]["failure"]
        if not noted or noted["invocation"] != os.environ.get("INVOCATION_ID", ""):
            self.failed(unit, f"systemd ended it: {result} {os.environ.get('EXIT_STATUS', '')}".strip())
        tell(self.settings["on_failure"], unit, self.read()[unit]["failure"]["why"], self.settings["name"])
        return 0


def put(path, text, mode):
    """Replace a file in one go."""
    make(path.parent, 0o711 if mode == 0o600 else 0o755)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.chmod(mode)
    new.replace(path)


def tell(whom, unit, why, name):
    """Call a webhook with JSON, or run a command with the same in its environment; the journal has what that says."""
    if not whom:
        return
    message = {"unit": f"mlflow-{unit}" if unit == "backup" else f"mlflow-backup-{unit}", "name": name, "why": why}
    if whom.startswith(("http://", "https://")):
        request = urllib.request.Request(whom, json.dumps(message).encode(), {"Content-Type": "application/json"})
        try:
            urllib.request.build_opener().open(request, timeout=SECONDS).close()
        except OSError as error:
            sys.stderr.write(f"mlflow-backup: backup_on_failure: the webhook fails ({error})\n")
    else:
        given = {f"MLFLOW_BACKUP_{key.upper()}": value for key, value in message.items()}
        command = ["timeout", str(SECONDS), "/bin/sh", "-c", whom]
        done = subprocess.run(command, env=os.environ | given, check=False)
        if done.returncode:
            sys.stderr.write(f"mlflow-backup: backup_on_failure: the command ends with {done.returncode}\n")


def metrics(known):
    """Return what is known in Prometheus' text format."""
    rows = []
    for unit, said in known.items():
        prefix = f"mlflow_{unit}" if unit == "backup" else f"mlflow_backup_{unit}"
        rows.append((f"{prefix}_failed", "Whether the last attempt failed.", int(bool(said["failure"]))))
        if success := said["success"]:
            rows.append(
                (f"{prefix}_last_success_timestamp_seconds", "End of the last success.", timestamp(success["ended"]))
            )
            rows += [
                (f"{prefix}_{name}", text, success[key])
                for key, name, text in (
                    ("seconds", "duration_seconds", "Duration of the last success."),
                    ("bytes", "bytes", "Size of the last snapshot."),
                    ("rto_seconds", "rto_seconds", "Time from the start of the restoration to an equal database."),
                    ("rpo_seconds", "rpo_seconds", "Age of the snapshot that was restored."),
                    ("artifacts_damaged", "artifacts_damaged", "Artifacts of the sample that are gone or differ."),
                )
                if key in success
            ]
    return "".join(f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {value}\n" for name, text, value in rows)
