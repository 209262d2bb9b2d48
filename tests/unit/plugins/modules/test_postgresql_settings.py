# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What PostgreSQL says, made into sentences.

That it is PostgreSQL who says so is tried on a host, in tests/integration/test_drift.py.
"""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql import scratch_cluster
from ansible_collections.mlops.mlflow.plugins.modules import postgresql_settings

FILE = "/etc/postgresql/17/main/conf.d/ansible.conf"
INVALID = f"""LOG:  invalid value for parameter "work_mem": "lots"
HINT:  Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".
LOG:  unrecognized configuration parameter "nosuch" in file "{FILE}" line 2
FATAL:  configuration file "/etc/postgresql/17/main/postgresql.conf" contains errors
"""
NOT_LOADED = """LOG:  skipping missing configuration directory
FATAL:  could not access file "nope": No such file or directory
LOG:  database system is shut down
"""


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", []),
        (INVALID, ['invalid value for parameter "work_mem": "lots"', 'unrecognized configuration parameter "nosuch"']),
        (NOT_LOADED, ['could not access file "nope": No such file or directory']),
        ("postgres: something else\n", ["something else"]),
        ("initdb: error: could not create directory\n", ["could not create directory"]),
    ],
)
def test_reasons_are_those_lines_that_say_why(text, reasons):
    assert scratch_cluster.reasons(text, FILE) == reasons


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ('invalid value for parameter "work_mem": "lots"', "work_mem: lots is"),
        ('could not access file "nope"', "shared_preload_libraries: nope is"),
        ("out of memory", "work_mem: lots, shared_preload_libraries: nope is"),
    ],
)
def test_sentence_names_the_setting_that_the_reason_is_about(reason, named):
    settings = {"work_mem": "lots", "shared_preload_libraries": "nope"}
    assert postgresql_settings.sentence("17", settings, reason).startswith(
        f"postgresql_settings: {named} refused by PostgreSQL 17 ({reason});"
    )


def test_only_what_alter_system_has_set_counts():
    assert not postgresql_settings.altered(None)
    assert not postgresql_settings.altered(postgresql_settings.NOTHING)
    assert postgresql_settings.altered(f"{postgresql_settings.NOTHING}fsync = 'off'\n")


def test_diff_holds_no_password():
    part = postgresql_settings.shown("auto.conf", "primary_conninfo = 'password=planted'\nfsync = 'off'\n", None)
    assert part["before"] == "primary_conninfo (hidden)\nfsync = 'off'\n"
