# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two environments in one account.

Each module that finds by name keeps its hands off what the other has, and off what was there before.
"""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import (
    cloud_firewall,
    database_cluster,
    droplet,
    project,
    spaces_key,
    tag,
    vpc,
)

from .conftest import requests, writes

RULE = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0"]}}
PLACE = {"region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}
KINDS = {
    "vpc": (vpc, lambda name: {"name": name, "region": "fra1"}, {}),
    "firewall": (cloud_firewall, lambda name: {"name": name, "inbound_rules": [RULE]}, {}),
    "project": (project, lambda name: {"name": name, "purpose": "MLflow"}, {}),
    "database": (
        database_cluster,
        lambda name: {
            "name": name,
            "version": "17",
            "region": "fra1",
            "size": "db-s-1vcpu-1gb",
            "num_nodes": 1,
            "open_to_all": True,
        },
        {"delete_data": True},
    ),
    "spaces_key": (spaces_key, lambda name: {"name": name, "no_log": True}, {}),
    "tag": (tag, lambda name: {"names": [name.replace("-", ":", 1)]}, {}),
}


@pytest.fixture(autouse=True)
def first_vpc(run):
    """Make the VPC that becomes the default of its region, which is nobody's own."""
    run(vpc, name="default-fra1", region="fra1")


def shown(cloud, kind):
    """Return what the account has of a kind, without when it was looked at."""
    return {thing.get("id") or thing.get("access_key") or thing["name"]: thing for thing in cloud.store.all(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_two_environments_live_side_by_side(cloud, run, kind):
    module, options, to_delete = KINDS[kind]
    there = shown(cloud, kind)
    first = run(module, **options("mlflow-production"))
    ours = shown(cloud, kind)
    assert first["changed"]
    assert run(module, **options("mlflow-production-2"))["changed"]
    cloud.wait_until_idle()
    assert not run(module, **options("mlflow-production"))["changed"]
    plan = run(module, **options("mlflow-production-2"), **to_delete, state="absent", check=True)
    gone = run(module, **options("mlflow-production-2"), **to_delete, state="absent")
    assert plan["deleted"] == gone["deleted"]
    assert [each["id"] for each in plan["deleted"]] == [str(each) for each in shown_ids(plan)]
    cloud.wait_until_idle()
    assert shown(cloud, kind).keys() == ours.keys() > there.keys()
    assert not run(module, **options("mlflow-production"))["changed"]


def shown_ids(plan):
    """Return the ids of what a dry run shows as there before."""
    return [
        seen.get("id") or seen.get("access_key") or seen["name"] for seen in plan["diff"]["before"].values() if seen
    ]


@pytest.fixture
def net(run):
    """Return the ids of the VPCs of two environments."""
    return {name: run(vpc, name=f"mlflow-{name}", region="fra1")["vpc"]["id"] for name in ("one", "two")}


@pytest.fixture
def host(run, net):
    """Return a function that has the droplet mlflow-1 of an environment."""
    return lambda owner, **args: run(
        droplet, **({"names": ["mlflow-1"], "owner_tag": f"mlflow:{owner}", "vpc": net[owner]} | PLACE | args)
    )


def droplets(cloud):
    """Return the tags of all droplets by id."""
    return {each["id"]: each["tags"] for each in cloud.store.all("droplet") if not each.get("_gone")}


def test_droplets_of_one_name_belong_to_those_whose_tag_they_have(cloud, host):
    one, two = (host(owner, tags=[f"mlflow:{owner}", "server"])["droplets"][0] for owner in ("one", "two"))
    cloud.wait_until_idle()
    assert one["id"] != two["id"]
    assert [host(owner)["changed"] for owner in ("one", "two")] == [False, False]
    changed = host("two", tags=["mlflow:two", "web"])
    assert changed["changed"]
    assert droplets(cloud) == {one["id"]: ["mlflow:one", "server"], two["id"]: ["mlflow:two", "web"]}
    plan = host("two", state="absent", check=True)
    assert plan["deleted"] == [{"kind": "droplet", "name": "mlflow-1", "id": str(two["id"])}]
    assert host("two", state="absent")["deleted"] == plan["deleted"]
    assert not host("two", state="absent")["changed"]
    assert list(droplets(cloud)) == [one["id"]]
    assert not host("one")["changed"]


def test_droplet_of_somebody_else_is_no_obstacle_and_stays_as_it_is(cloud, run, host):
    theirs = run(droplet, names=["mlflow-1"], tags=["web"], **PLACE)["droplets"][0]
    ours = host("one")["droplets"][0]
    cloud.wait_until_idle()
    assert ours["id"] != theirs["id"]
    assert host("one", state="absent")["changed"]
    assert droplets(cloud) == {theirs["id"]: ["web"]}


@pytest.mark.parametrize("check", [False, True])
def test_droplet_that_lost_its_tag_in_our_network_is_said_with_its_id_and_never_made_twice(cloud, host, check):
    made = host("one", tags=["mlflow:one"])["droplets"][0]
    cloud.wait_until_idle()
    cloud.store.change("droplet", made["id"], tags=[])
    before = writes(cloud)
    sentence = host("one", check=check)["msg"]
    assert f"droplet mlflow-1 ({made['id']}) is in the VPC" in sentence
    assert "lacks the tag mlflow:one (owner_tag)" in sentence
    assert "add the tag to it if it is yours" in sentence
    assert not host("one", state="absent", check=check)["changed"]
    assert writes(cloud) == before
    cloud.store.change("droplet", made["id"], tags=["MLFLOW:one"])
    assert not host("one", check=check)["changed"]


def test_two_droplets_of_one_name_and_one_tag_are_an_error(cloud, host):
    made = host("one")["droplets"][0]
    cloud.wait_until_idle()
    cloud.store.put("droplet", 7, cloud.store.get("droplet", made["id"]) | {"id": 7})
    assert f"there are 2 of that name ({made['id']}, 7)" in host("one")["msg"]
    assert "there are 2 of that name" in host("one", state="absent")["msg"]


def test_all_droplets_of_the_owner_are_deleted_by_id_where_no_names_are_given(cloud, run, host):
    theirs = [
        host("two")["droplets"][0]["id"],
        run(droplet, names=["web"], tags=["mlflow:one:server"], **PLACE)["droplets"][0]["id"],
    ]
    ours = host("one", names=["mlflow-1", "mlflow-2"])["droplets"]
    cloud.wait_until_idle()
    cloud.store.put("droplet", 7, cloud.store.get("droplet", ours[0]["id"]) | {"id": 7})
    ids = {*(each["id"] for each in ours), 7}
    plan = run(droplet, owner_tag="mlflow:one", state="absent", check=True)
    assert {each["id"] for each in plan["deleted"]} == {str(each) for each in ids}
    assert len(plan["diff"]["before"]) == 3
    assert droplets(cloud).keys() == {*ids, *theirs}
    assert run(droplet, owner_tag="mlflow:one", state="absent")["deleted"] == plan["deleted"]
    assert droplets(cloud).keys() == set(theirs)
    assert not run(droplet, owner_tag="mlflow:one", state="absent")["changed"]


@pytest.mark.parametrize(
    "options",
    [{"names": []}, {"names": [], "owner_tag": "mlflow:one"}, {}, {"owner_tag": "mlflow:one", "state": "present"}],
)
def test_nothing_is_deleted_by_a_list_that_is_empty_or_without_an_owner(cloud, run, host, options):
    host("one")
    before = writes(cloud)
    result = run(droplet, **({"state": "absent"} | options))
    assert not result.get("changed")
    assert bool(result.get("failed")) == ("names" not in options)
    assert writes(cloud) == before


def test_tag_of_the_owner_stays_whatever_tags_say(cloud, host):
    assert host("one", tags=["web"])["droplets"][0]["tags"] == ["mlflow:one", "web"]
    cloud.wait_until_idle()
    assert not host("one", tags=["web"])["changed"]
    host("one", tags=[])
    assert list(droplets(cloud).values()) == [["mlflow:one"]]


def test_only_droplets_of_the_owner_are_listed(cloud, host):
    host("one")
    cloud.wait_until_idle()
    seen = len(requests(cloud))
    assert not host("one")["changed"]
    assert requests(cloud)[seen:] == ["GET /v2/droplets?per_page=200&page=1&tag_name=mlflow%3Aone 200"]
