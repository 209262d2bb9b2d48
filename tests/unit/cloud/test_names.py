# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sandbox's DNS is told; that it answers is shown by tests/integration/cloud/test_names.py."""

from __future__ import annotations

import time

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import database_cluster, tag
from ansible_collections.mlops.mlflow.sandbox.cloud.core.store import Store
from ansible_collections.mlops.mlflow.sandbox.cloud.real import zones

PLAN = {
    "region": "ams3",
    "version": "17",
    "size": "db-s-1vcpu-1gb",
    "num_nodes": 1,
    "trusted_sources": [{"type": "tag", "value": "mlflow"}],
}
CLUSTERS = "ondigitalocean.test"
HOST = "mlflow-do-user-19081923-0.b.db.ondigitalocean.test."


@pytest.fixture
def records(cloud, ask):
    """Return a function that gives the lines of a domain that has these records, after those that every domain has."""

    def call(*those):
        ask("POST", "/v2/domains", {"name": "example.com"})
        for record in those:
            status, answer = ask("POST", "/v2/domains/example.com/records", {"name": "www"} | record)
            assert status == 201, answer
        return zones.of(cloud.store, "")["example.com"].splitlines()[6:]

    return call


def addresses(cloud):
    return [line.split() for line in zones.of(cloud.store, "")[CLUSTERS].splitlines() if " A " in line]


def test_cluster_has_both_names_until_it_is_deleted(cloud, run):
    run(tag, names=["mlflow"])
    run(database_cluster, name="mlflow", **PLAN)
    cloud.wait_until_idle()
    public, private = cloud.store.all("database")[0]["_addresses"]
    assert addresses(cloud) == [[HOST, "A", public], [f"private-{HOST}", "A", private]]
    run(database_cluster, name="mlflow", state="absent", delete_data=True)
    assert addresses(cloud) == []


def test_names_may_come_later_than_the_cluster(cloud, run):
    run(tag, names=["mlflow"])
    cloud.faults.add(kind="slow", path="name", seconds=1)
    assert run(database_cluster, name="mlflow", **PLAN)["database_cluster"]["status"] == "online"
    assert addresses(cloud) == []
    deadline = time.monotonic() + 30
    while not addresses(cloud):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_spaces_and_its_buckets_have_names_in_every_region_that_has_spaces():
    lines = zones.of(Store(), "10.42.0.5")["digitaloceanspaces.test"].splitlines()
    assert "ams3.digitaloceanspaces.test. A 10.42.0.5" in lines
    assert "*.ams3.digitaloceanspaces.test. A 10.42.0.5" in lines
    assert not [line for line in lines if "nyc1" in line]


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"type": "A", "data": "192.0.2.1", "ttl": 60}, "www 60 A 192.0.2.1"),
        ({"type": "CNAME", "data": "other.example.net."}, "www 1800 CNAME other.example.net."),
        ({"type": "MX", "name": "@", "data": "@", "priority": 10}, "@ 1800 MX 10 example.com."),
        ({"type": "TXT", "data": "v=spf1 -all"}, 'www 1800 TXT "v=spf1 -all"'),
        (
            {"type": "SRV", "name": "_sip", "data": "sip.example.com.", "priority": 1, "weight": 2, "port": 5060},
            "_sip 1800 SRV 1 2 5060 sip.example.com.",
        ),
        (
            {"type": "CAA", "data": "letsencrypt.org.", "flags": 0, "tag": "issue"},
            'www 1800 CAA 0 issue "letsencrypt.org"',
        ),
    ],
)
def test_record_of_a_domain_becomes_a_line_of_its_zone(records, record, line):
    assert records(record) == [line]


def test_record_that_would_break_the_zone_is_left_out(records):
    broken = [{"type": "TXT", "data": 'a"\nb A 10.0.0.1'}, {"type": "CNAME", "name": "a b", "data": "x."}]
    assert records(*broken, {"type": "A", "data": "192.0.2.1"}) == ["www 1800 A 192.0.2.1"]
