# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an archive holds, and from what it can bring back a moment."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

LATEST = "latest"
EXAMPLE = "'2026-11-30 14:05:00+00'"


def moment(text, now):
    """Return a time with an offset, None for the latest.

    Args:
        text (str): The time as a person wrote it.
        now (datetime): The time by the host's clock.

    Returns:
        datetime | None: The time in UTC.

    """
    if text == LATEST:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text} is not a time; write it as {EXAMPLE}, or {LATEST}") from error
    if found.tzinfo is None:
        raise Refused(f"{text} has no offset from UTC; write it as {EXAMPLE}")
    if found > now:
        raise Refused(f"{text} is in the future by the clock of the host ({shown(now.replace(microsecond=0))}); give a time that has passed")
    return found.astimezone(timezone.utc)


def shown(time):
    """Return a time as pgBackRest and PostgreSQL read it."""
    return re.sub(r"(\.\d+?)0*(?=\+)", r"\1", time.astimezone(timezone.utc).isoformat(" "))[:-3]


def ended(backup):
    """Return when a backup was complete."""
    return datetime.fromtimestamp(backup["timestamp"]["stop"], timezone.utc)


def chosen(backups, at):
    """Return the backup from which a time is restored: the last one that was complete by then."""
    if not backups:
        raise Refused("the archive holds no backup; take one with systemctl start postgresql-backup@full")
    fitting = [each for each in backups if at is None or ended(each) <= at]
    if not fitting:
        first = min(map(ended, backups))
        raise Refused(f"{shown(at)} is before the end of the first backup; give a time from {shown(first)} on")
    return max(fitting, key=ended)


def timeline(histories, at):
    """Return the timeline that the server was on at a time, as recovery_target_timeline wants it.

    The latest one would end where an earlier restore branched off, if the time is one that this restore discarded.

    Args:
        histories (dict): For each name of a history file, when it was archived: just after the promotion.
        at (datetime | None): The time, None for the latest.

    Returns:
        str: A number, V(current) for that of the backup, or V(latest).

    """
    if at is None:
        return LATEST
    began = [
        int(name[:8], 16)
        for name, archived in histories.items()
        if datetime.fromtimestamp(archived, timezone.utc) <= at + timedelta(seconds=1)
    ]
    return str(max(began)) if began else "current"


def read(program):
    """Return the backups of the archive, oldest first, and when each history file was archived."""
    found = json.loads(program.run("info", "--output=json"))
    archive = found[0] if found else {"status": {"code": 0}, "backup": [], "archive": []}
    if archive["status"]["code"] == 99:
        raise Refused(program.sentence("info", archive["repo"][0]["status"]["message"]))
    if not archive["backup"]:
        return [], {}
    place = f"archive/main/{archive['archive'][-1]['id']}"
    files = json.loads(program.run(f"repo-ls {place}", "--output=json", r"--filter=\.history$"))
    return archive["backup"], {name: file["time"] for name, file in files.items() if name.endswith(".history")}
