# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is new is shown late.

Answers of creations lack properties, lists lag, names are unknown for a moment, answers are lost. A second of the cloud
is 50 ms here, and lists lag by 10 s as the cloud's may.
"""

from __future__ import annotations

import itertools
import time

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter
from ansible_collections.mlops.mlflow.plugins.modules import (
    cloud_firewall,
    database_cluster,
    droplet,
    project,
    spaces_key,
    ssh_key,
    tag,
    vpc,
)

from .conftest import requests, writes

SECOND = 0.05
RULE = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0"]}}
PLACE = {"region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}
CLUSTER = {"version": "17", "region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1, "open_to_all": True}
KINDS = {
    "vpc": (vpc, {"name": "net", "region": "fra1", "description": "ours"}),
    "firewall": (cloud_firewall, {"name": "fence", "inbound_rules": [RULE]}),
    "project": (project, {"name": "mlflow", "purpose": "MLflow", "description": "ours"}),
    "droplet": (droplet, {"names": ["web"], "monitoring": True} | PLACE),
    "database": (database_cluster, {"name": "mlflow"} | CLUSTER),
    "spaces_key": (spaces_key, {"name": "mlflow", "no_log": True}),
    "tag": (tag, {"names": ["mlflow:test"]}),
}


@pytest.fixture
def slow(cloud, run, monkeypatch):
    """Let the cloud be late and the modules wait, and return a function that runs one of them."""
    cloud.settings.delays |= {"list": 10 * SECOND, "lag": 2 * SECOND, "droplet": 5 * SECOND, "database": 8 * SECOND}
    monkeypatch.setattr(Waiter, "sleep", staticmethod(lambda seconds: time.sleep(seconds * SECOND)))
    return run


@pytest.fixture
def ours(cloud):
    """Return a function that counts what is in the account, without what every account has."""
    default = {"vpc": "default", "project": "is_default"}
    return lambda kind: len([each for each in cloud.store.all(kind) if not each.get(default.get(kind, ""))])


def put_default_vpc(cloud):
    """Let the account have the VPC that the first resource of a region makes."""
    identity = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"
    facts = {
        "urn": f"do:vpc:{identity}",
        "name": "default-fra1",
        "region": "fra1",
        "ip_range": "10.9.0.0/20",
        "description": "",
        "default": True,
    }
    cloud.store.put(
        "vpc", identity, facts | {"id": identity, "created_at": "2026-01-15T00:00:00Z", "_first": True, "_made": 0}
    )


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_one_run_creates_and_the_next_changes_nothing(cloud, slow, ours, kind, wait):
    module, options = KINDS[kind]
    put_default_vpc(cloud)
    first = slow(module, wait=wait, **options)
    assert first["changed"], first
    second = slow(module, wait=wait, **options)
    assert (second.get("changed"), second.get("msg")) == (False, second.get("msg")), second
    cloud.wait_until_idle()
    assert not slow(module, **options)["changed"]
    assert ours(kind) == 1


@pytest.mark.parametrize("wait", [True, False])
def test_vpc_and_features_are_judged_by_what_is_there_not_by_the_answer_to_the_creation(cloud, slow, wait):
    net = slow(vpc, name="net", region="fra1")["vpc"]["id"]
    options = {"names": ["web", "db"], "vpc": net, "monitoring": True, "ipv6": True, "tags": ["a"]} | PLACE
    made = slow(droplet, wait=wait, **options)
    assert [(each["vpc"], each["monitoring"], each["ipv6"]) for each in made["droplets"]] == [(net, True, True)] * 2
    assert not slow(droplet, **options)["changed"]


@pytest.mark.parametrize("owner", [{}, {"owner_tag": "mlflow:test"}])
def test_droplet_of_a_run_that_was_killed_after_its_request_is_found_by_the_next_run(cloud, slow, ask, owner):
    """The other run is over at once; this one begins while lists do not show the droplet yet."""
    options = {"names": ["web"]} | PLACE | owner
    ask("POST", "/v2/droplets", {"name": "web", "tags": list(owner.values())} | PLACE)
    result = slow(droplet, **options)
    assert (result["changed"], len(cloud.store.all("droplet"))) == (False, 1), result


def test_several_droplets_are_looked_for_twice_together(cloud, slow):
    names = ["web-1", "web-2", "web-3"]
    assert slow(droplet, names=names, owner_tag="mlflow:test", **PLACE)["changed"]
    lists = [line for line in requests(cloud, "GET") if line.startswith("GET /v2/droplets?")]
    assert len([line for line in lists if "tag_name=" in line]) == 2
    assert len(lists) <= 2 + len(names) + 1


@pytest.fixture
def pauses(run, monkeypatch):
    """Return the list of the pauses, in seconds, that modules make; they take no time, and the cloud is never late."""
    made = []
    monkeypatch.setattr(Waiter, "sleep", staticmethod(made.append))
    return made


@pytest.mark.parametrize("expected", [(None, 12, 2), (0, 12, 2), (9, 3, 2), (12, 0, 1), (3600, 0, 1), (-3600, 12, 2)])
@pytest.mark.parametrize("kind", ["droplet", "spaces_key"])
def test_time_since_the_run_started_counts_before_something_is_created(cloud, run, pauses, kind, expected):
    (module, options), (ago, seconds, looks) = KINDS[kind], expected
    started_at = {} if ago is None else {"started_at": time.time() - ago}
    assert run(module, **options, **started_at)["changed"]
    before = itertools.takewhile(lambda line: not line.startswith("POST"), requests(cloud))
    assert len([line for line in before if line.startswith(("GET /v2/droplets?", "GET /v2/spaces/keys?"))]) == looks
    assert sum(pauses[: looks - 1]) == pytest.approx(seconds, abs=1)


def test_droplet_of_an_earlier_run_is_found_12_seconds_after_this_run_started(cloud, slow, ask):
    ask("POST", "/v2/droplets", {"name": "web"} | PLACE)
    time.sleep(4 * SECOND)  # of the cloud's time, which is faster here than the modules'
    result = slow(droplet, names=["web"], started_at=time.time() - 4, **PLACE)
    assert (result["changed"], len(cloud.store.all("droplet"))) == (False, 1), result


def test_nothing_is_looked_for_twice_where_nothing_is_created(cloud, slow):
    slow(droplet, names=["web"], owner_tag="mlflow:test", **PLACE)
    time.sleep(10 * SECOND)
    seen = len(requests(cloud))
    assert not slow(droplet, names=["web"], owner_tag="mlflow:test", **PLACE)["changed"]
    assert len(requests(cloud)) == seen + 1


def test_key_of_a_run_that_was_killed_after_its_request_is_not_made_twice(cloud, slow, ask):
    """Its secret is lost, so the next run replaces it, as the role does where its file is missing."""
    ask("POST", "/v2/spaces/keys", {"name": "mlflow", "grants": []})
    assert slow(spaces_key, name="mlflow", replace=True, no_log=True)["secret_key"]
    assert len(cloud.store.all("spaces_key")) == 1


@pytest.mark.parametrize("kind", ["503", "drop_after"])
@pytest.mark.parametrize("thing", KINDS)
def test_lost_answer_makes_one_of_each_though_lists_are_late(cloud, slow, ours, thing, kind):
    module, options = KINDS[thing]
    put_default_vpc(cloud)
    cloud.faults.add(kind=kind, method="POST", path="/v2/")
    assert "changed" in slow(module, **options)
    assert ours(thing) == 1


@pytest.fixture
def learning(cloud, run, monkeypatch):
    """Let the cloud know of a new name only once it has refused it, and return a function that runs a module."""
    cloud.settings.delays |= {"key": 3600, "bucket": 3600}

    def sleep(_seconds):
        if [line for line in writes(cloud) if line.endswith((" 400", " 422"))]:
            cloud.settings.delays |= {"key": 0, "bucket": 0}

    monkeypatch.setattr(Waiter, "sleep", staticmethod(sleep))
    return run


def test_ssh_key_that_droplets_do_not_know_yet_is_waited_for(cloud, learning, public_key):
    key = learning(ssh_key, name="me", public_key=public_key)["ssh_key"]
    assert learning(droplet, names=["web"], ssh_keys=[key["fingerprint"]], **PLACE)["changed"]
    assert [line for line in writes(cloud) if line.startswith("POST /v2/droplets ")] == [
        "POST /v2/droplets 422",
        "POST /v2/droplets 202",
    ]


def test_ssh_key_that_never_comes_is_refused_in_the_words_of_the_cloud(cloud, run):
    assert "invalid key identifiers" in run(droplet, names=["web"], ssh_keys=["12:34"], **PLACE)["msg"]
    assert len(writes(cloud)) == 6  # all of them refused


@pytest.mark.parametrize("there", [False, True])
def test_bucket_that_keys_do_not_know_yet_is_waited_for(cloud, learning, there):
    if there:
        learning(spaces_key, name="mlflow", no_log=True)
    cloud.world.spaces.has_bucket = lambda _cloud, name: name == "artifacts"
    grants = [{"bucket": "artifacts", "permission": "readwrite"}]
    assert learning(spaces_key, name="mlflow", grants=grants, no_log=True)["changed"]
    assert len([line for line in writes(cloud) if line.endswith(" 400")]) == 1
    assert [key["grants"] for key in cloud.store.all("spaces_key")] == [grants]
