# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recovery that ends without a server is told by the server's reason, and by nobody else's.

That real servers end so is tried in tests/integration/test_wal_archive.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.mlops.mlflow.plugins.modules.postgresql_recovery import Server

BEFORE = "2026-11-30 13:00:00.000 UTC [7] FATAL:  an error of last week\n"
CUT = """2026-11-30 13:06:46.616 UTC [7076] LOG:  last completed transaction was at log time 2026-11-30 13:05:25.84+00
2026-11-30 13:06:46.617 UTC [7076] FATAL:  recovery ended before configured recovery target was reached
"""
OTHER = """2026-11-30 13:06:46.616 UTC [7076] FATAL:  could not locate a valid checkpoint record
2026-11-30 13:06:46.700 UTC [7080] postgres@postgres FATAL:  the database system is starting up
"""


@pytest.fixture
def server(tmp_path):
    def make(said="", state=""):
        module = SimpleNamespace(
            params={"version": "15", "cluster": "main", "port": 5432, "at_variable": "time"},
            run_command=lambda *_arguments, **_options: (0, state, ""),
        )
        server = Server(module)
        server.log, server.before = tmp_path / "log", len(BEFORE)
        server.log.write_text(BEFORE + said)
        return server

    return make


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (CUT, "time: the archive ends at 2026-11-30 13:05:25.84+00; give a time before that, or latest"),
        (CUT.splitlines()[1], "time: the archive ends earlier; give a time before that, or latest"),
        (OTHER, "postgresql@15-main.service does not start (could not locate a valid checkpoint record)"),
    ],
)
def test_the_reason_is_the_one_of_the_server(server, said, reason):
    assert server(said).reason() == reason


def test_a_server_without_a_word_leads_to_its_log(server):
    assert server().reason().startswith("postgresql@15-main.service does not start (see ")


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        ("ActiveState=active\nJob=\n", False),
        ("ActiveState=activating\nJob=77\n", False),
        ("ActiveState=inactive\nJob=77\n", False),
        ("ActiveState=inactive\nJob=\n", True),
        ("ActiveState=failed\nJob=0\n", True),
        ("ActiveState=failed\n", True),
    ],
)
def test_a_server_has_ended_if_none_is_there_and_none_is_to_come(server, state, ended):
    assert server(state=state).ended() is ended
