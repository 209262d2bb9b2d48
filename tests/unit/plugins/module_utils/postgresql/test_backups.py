# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A time is restored from a backup and along a timeline that lead to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql import backups

NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)


def hour(number):
    return datetime(2026, 11, 30, number, tzinfo=UTC)


def backup(label, timeline, ended, lsn):
    return {
        "label": label,
        "archive": {"start": f"{timeline:08X}0000000000000003"},
        "lsn": {"stop": lsn},
        "timestamp": {"stop": ended.timestamp()},
    }


# At 13 the server went back to 11: timeline 2 left timeline 1 before the backup of 12
BACKUPS = [backup("at 10", 1, hour(10), "0/3000100"), backup("at 12", 1, hour(12), "0/9000100")]
HISTORIES = {"00000002.history": hour(13).timestamp()}
HISTORY = "1\t0/6000000\tbefore 2026-11-30 11:00:00.123+00\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-30 14:05:00+00", "2026-11-30 14:05:00+00"),
        ("2026-11-30T14:05:00.250+02:00", "2026-11-30 12:05:00.25+00"),
        ("2026-11-30 10:00:00-05", "2026-11-30 15:00:00+00"),
    ],
)
def test_a_time_is_read_with_its_offset(text, shown):
    assert backups.shown(backups.moment(text, NOW)) == shown


def test_the_latest_is_no_time():
    assert backups.moment("latest", NOW) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yesterday", "yesterday is not a time; write it as '2026-11-30 14:05:00+00', or latest"),
        ("2026-11-30 14:05:00", "2026-11-30 14:05:00 has no offset from UTC; write it as '2026-11-30 14:05:00+00'"),
        (
            "2026-11-30 18:00:01+00",
            "2026-11-30 18:00:01+00 is in the future by the clock of the host (2026-11-30 18:00",
        ),
    ],
)
def test_what_is_no_time_that_has_passed_is_refused(text, sentence):
    with pytest.raises(Refused, match="^" + sentence.replace("+", r"\+").replace("(", r"\(")):
        backups.moment(text, NOW)


@pytest.mark.parametrize(("at", "line"), [(hour(12), 0), (hour(14), 2), (None, 2)])
def test_the_timeline_is_the_one_of_that_time(at, line):
    assert backups.timeline(HISTORIES, at) == line


class Program:
    """pgBackRest with the archive of the example."""

    def run(self, command, *_options):
        answers = {"repo-ls": {name: {"time": time} for name, time in HISTORIES.items()} | {".": {}}}
        answers["info"] = [{"status": {"code": 0}, "archive": [{"id": "15-1"}], "backup": BACKUPS}]
        return HISTORY if command.startswith("repo-get") else backups.json.dumps(answers[command.split()[0]])


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (hour(11), ("at 10", "current")),
        (hour(12), ("at 12", "current")),  # which the restore at 13 discarded
        (hour(14), ("at 10", "2")),  # not the one of 12, which timeline 2 does not go through
        (None, ("at 10", "2")),
    ],
)
def test_a_backup_is_chosen_that_leads_to_the_time(at, way):
    found, line = backups.Archive(Program()).way(at)
    assert (found["label"], line) == way


def test_a_time_before_the_first_backup_is_refused():
    sentence = (
        r"^2026-11-30 09:00:00\+00 is before the end of the first backup; give a time from 2026-11-30 10:00:00\+00 on$"
    )
    with pytest.raises(Refused, match=sentence):
        backups.Archive(Program()).way(hour(9))


def test_an_archive_without_backups_is_refused():
    with pytest.raises(Refused, match="the archive holds no backup"):
        backups.chosen([], None)
