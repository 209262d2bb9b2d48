# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an archive holds, and from what it can bring back a moment."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

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
        clock = shown(now.replace(microsecond=0))
        raise Refused(f"{text} is in the future by the clock of the host ({clock}); give a time that has passed")
    return found.astimezone(UTC)


def shown(time):
    """Return a time as pgBackRest and PostgreSQL read it."""
    return re.sub(r"(\.\d+?)0*(?=\+)", r"\1", time.astimezone(UTC).isoformat(" "))[:-3]


def ended(backup):
    """Return when a backup was complete."""
    return datetime.fromtimestamp(backup["timestamp"]["stop"], UTC)


def timeline(histories, at):
    """Return the timeline that the server was on at a time, 0 for the first one.

    The latest one leaves out what an earlier restore discarded: it begins where that restore branched off.

    Args:
        histories (dict): For each name of a history file, when it was archived: just after the promotion.
        at (datetime | None): The time, None for the latest.

    Returns:
        int: Its number.

    """
    moments = {int(name[:8], 16): datetime.fromtimestamp(archived, UTC) for name, archived in histories.items()}
    return max((number for number, began in moments.items() if at is None or began <= at), default=0)


def leads_to(backup, line, history):
    """Return whether a timeline goes through a backup.

    Args:
        backup (dict): What pgBackRest tells of it.
        line (int): The timeline, 0 for the first one.
        history (str): The text of its history file: where it left each timeline before it.

    """
    own = int(backup["archive"]["start"][:8], 16)
    left = {int(each[0]): position(each[1]) for each in map(str.split, history.splitlines()) if each}
    return line in (0, own) or position(backup["lsn"]["stop"]) <= left.get(own, -1)


def position(lsn):
    """Return a place in the WAL as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def chosen(backups, at):
    """Return the backup from which a time is restored: the last one that was complete by then."""
    if not backups:
        raise Refused("the archive holds no backup; take one with systemctl start postgresql-backup@full")
    fitting = [each for each in backups if at is None or ended(each) <= at]
    if not fitting:
        first = min(map(ended, backups))
        raise Refused(f"{shown(at)} is before the end of the first backup; give a time from {shown(first)} on")
    return max(fitting, key=ended)


class Archive:
    """The archive as pgBackRest tells of it."""

    def __init__(self, program):
        self.program = program
        found = json.loads(program.run("info", "--output=json"))
        told = found[0] if found else {"status": {"code": 0}, "backup": [], "archive": []}
        if told["status"]["code"] == 99:
            raise Refused(program.sentence("info", told["repo"][0]["status"]["message"]))
        self.backups = told["backup"]
        self.place = f"archive/main/{told['archive'][-1]['id']}" if told["archive"] else ""

    def histories(self):
        """Return when each history file was archived."""
        files = json.loads(self.program.run(f"repo-ls {self.place}", "--output=json", r"--filter=\.history$"))
        return {name: file["time"] for name, file in files.items() if name.endswith(".history")}

    def way(self, at):
        """Return the backup for a time, None for the latest, and the timeline as recovery_target_timeline wants it."""
        line = timeline(self.histories(), at) if self.backups else 0
        history = self.program.run(f"repo-get {self.place}/{line:08X}.history") if line else ""
        backup = chosen([each for each in self.backups if leads_to(each, line, history)], at)
        return backup, str(line) if line else "current"
