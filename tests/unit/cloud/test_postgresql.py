# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a node of a cluster is told."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.core.problems import Problem
from ansible_collections.mlops.mlflow.sandbox.cloud.databases.settings import checked, current, written
from ansible_collections.mlops.mlflow.sandbox.cloud.real import postgresql

CLUSTER = {"size": "db-s-1vcpu-2gb", "_config": {}, "_pools": []}


def test_connections_are_those_of_the_plan_and_buffers_fit_one_machine():
    assert "max_connections = '50'\n" in postgresql.settings(CLUSTER)
    assert "shared_buffers = '256MB'\n" in postgresql.settings(
        CLUSTER | {"_config": {"shared_buffers_percentage": 60.0}}
    )


def test_settings_are_written_with_the_units_of_the_api():
    assert written(
        {"work_mem": 8, "jit": False, "timezone": "UTC", "temp_file_limit": -1, "backup_hour": 3, "pgbouncer": {}}
    ) == {
        "work_mem": "8MB",
        "jit": "off",
        "timezone": "UTC",
        "temp_file_limit": "-1",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"work_mem": 4096},
        {"work_mem": 1.5},
        {"work_mem": True},
        {"jit": "on"},
        {"track_io_timing": False},
        {"unheard_of": 1},
        {"max_connections": 50},
        {"max_wal_senders": 19},
        {"pgbouncer": {"unheard_of": 1}},
    ],
)
def test_settings_that_cannot_be_are_refused(given):
    with pytest.raises(Problem, match="invalid config"):
        checked(given, current({}))


def test_pool_without_a_user_forces_none():
    pools = [
        {"name": "one", "db": "mlflow", "size": 3, "mode": "session", "user": "mlflow"},
        {"name": "two", "db": "mlflow", "size": 4, "mode": "transaction"},
    ]
    text = postgresql.pools(CLUSTER | {"_pools": pools}, {"mlflow": "secret"})
    one = "one = host=/var/run/postgresql port=25060 dbname=mlflow pool_size=3 pool_mode=session user=mlflow"
    assert f"{one} password='secret'\n" in text
    assert "two = host=/var/run/postgresql port=25060 dbname=mlflow pool_size=4 pool_mode=transaction\n" in text


def test_no_list_lets_in_all_but_an_empty_one_nobody():
    assert postgresql.packet_filter(None).count("accept") == 4
    assert postgresql.packet_filter([]).count("drop") == 1
    assert "elements = { 203.0.113.7, 10.0.0.0/8 }" in postgresql.packet_filter(["203.0.113.7", "10.0.0.0/8"])
