# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import uuid

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter
from ansible_collections.mlops.mlflow.plugins.modules import vpc

from .conftest import requests, writes

TWIN = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"
NET = {"name": "net", "region": "fra1", "ip_range": "10.20.0.0/20"}


@pytest.fixture
def first(run):
    """Make the region's first VPC, which is its default for ever."""
    run(vpc, name="default-fra1", region="fra1")


@pytest.fixture
def present(run, first):
    return lambda **args: run(vpc, **(NET | args))


def test_name_is_required(run):
    assert "missing required arguments: name" in run(vpc, region="fra1")["msg"]


def test_region_is_needed_to_create(cloud, run):
    assert "give region to create it" in run(vpc, name="net")["msg"]
    assert writes(cloud) == []


def test_vpc_that_is_missing_would_be_created_by_check_mode(cloud, present):
    before = writes(cloud)
    result = present(check=True)
    assert result["changed"]
    assert result["vpc"]["ip_range"] == "10.20.0.0/20"
    assert result["diff"]["before"]["vpc"] == {}
    assert writes(cloud) == before


def test_vpc_is_created_and_a_second_run_looks_once_and_changes_nothing(cloud, present):
    first, seen = present(), len(requests(cloud))
    second = present()
    assert first["changed"]
    assert not second["changed"]
    assert first["vpc"] == second["vpc"]
    assert len(requests(cloud)) == seen + 1


def test_range_is_chosen_by_the_cloud_and_then_left_alone(run):
    chosen = run(vpc, name="net", region="fra1")["vpc"]["ip_range"]
    assert chosen.startswith("10.")
    assert not run(vpc, name="net", region="fra1")["changed"]


def test_description_that_another_hand_changed_is_repaired(cloud, present):
    made = present(description="ours")["vpc"]
    cloud.store.change("vpc", made["id"], description="theirs")
    result = present(description="ours", check=True)
    assert result["diff"]["before"]["vpc"]["description"] == "theirs"
    assert result["diff"]["after"]["vpc"]["description"] == "ours"
    assert cloud.store.get("vpc", made["id"])["description"] == "theirs"
    assert present(description="ours")["changed"]
    assert not present(description="ours")["changed"]


def test_description_that_is_not_given_stays(cloud, present):
    made = present(description="ours")["vpc"]
    assert not present()["changed"]
    assert cloud.store.get("vpc", made["id"])["description"] == "ours"


def test_description_can_be_emptied(present):
    present(description="ours")
    assert present(description="")["vpc"]["description"] == ""


def test_default_moves_and_cannot_be_taken_away(cloud, present):
    assert present(default=True)["vpc"]["default"]
    assert not present(default=True)["changed"]
    assert [each["default"] for each in cloud.store.all("vpc")] == [False, True]
    assert "make another VPC of fra1 the default" in present(default=False)["msg"]


@pytest.mark.parametrize(("option", "value"), [("region", "nyc3"), ("ip_range", "10.30.0.0/20")])
def test_what_cannot_change_is_refused_with_the_way_out(cloud, present, option, value):
    present()
    before = writes(cloud)
    assert f"and cannot become {value}; delete it first or keep {option}" in present(**{option: value})["msg"]
    assert f"cannot become {value}" in present(**{option: value}, check=True)["msg"]
    assert writes(cloud) == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"ip_range": "10.20.0.5/20"}, "use CIDR notation such as 10.20.0.0/20"),
        ({"ip_range": "8.8.0.0/16"}, "must be private"),
        ({"ip_range": "10.0.0.0/8"}, "between /16 and /28"),
        ({"name": "my net"}, "letters, digits, dashes and dots only"),
        ({"description": "x" * 256}, "has 256 characters"),
    ],
)
def test_what_cannot_be_is_refused_before_the_cloud_is_asked_to_make_it(present, args, words):
    assert words in present(**args)["msg"]


def test_range_that_overlaps_is_refused_in_the_words_of_the_cloud(present):
    present()
    assert "overlaps with another VPC" in present(name="other")["msg"]


def test_region_may_be_written_in_capitals(present):
    present()
    assert not present(region="FRA1")["changed"]


def test_vpc_is_found_on_the_second_page(cloud, present, run):
    present()
    made = cloud.store.all("vpc", name="net")[0]
    cloud.store.remove("vpc", made["id"])
    for number in range(250):
        cloud.store.put("vpc", number, made | {"id": str(uuid.uuid4()), "name": f"net-{number}"})
    cloud.store.put("vpc", made["id"], made)
    seen = len(requests(cloud))
    assert not present()["changed"]
    assert len(requests(cloud)) == seen + 2


def test_two_of_a_name_are_an_error_that_lists_them(cloud, present):
    made = present()["vpc"]
    cloud.store.put("vpc", "twin", cloud.store.get("vpc", made["id"]) | {"id": TWIN})
    assert f"there are 2 of that name ({made['id']}, {TWIN})" in present()["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_one_failure_makes_one_vpc(cloud, present, kind, method):
    cloud.faults.add(kind=kind, method=method, path="/v2/vpcs", retry_after=1)
    assert present(default=True)["changed"]
    assert not present(default=True)["changed"]
    assert len(cloud.store.all("vpc", name="net")) == 1


def test_two_plays_at_once_make_one_vpc(cloud, present, monkeypatch):
    """Another play makes it between the look and the request of this one."""
    make = vpc.Vpc.create

    def late(self):
        make(self)
        return make(self)

    monkeypatch.setattr(vpc.Vpc, "create", late)
    assert present()["vpc"]["name"] == "net"
    assert len(cloud.store.all("vpc", name="net")) == 1


def test_vpc_is_removed_once(cloud, present):
    present()
    before = writes(cloud)
    assert present(state="absent", check=True)["changed"]
    assert writes(cloud) == before
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


def test_vpc_is_removed_when_its_last_member_has_left(cloud, present, monkeypatch):
    made = present()["vpc"]
    add_member(cloud, made)
    monkeypatch.setattr(Waiter, "sleep", staticmethod(lambda _seconds: cloud.store.remove("droplet", 1)))
    assert present(state="absent")["changed"]
    assert len([line for line in writes(cloud) if line.startswith("DELETE") and line.endswith("403")]) == 1


def test_members_that_stay_are_named(cloud, present):
    add_member(cloud, present()["vpc"])
    sentence = "vpc net cannot be deleted: it still has the members web (do:droplet:1); delete them first"
    assert sentence in present(state="absent", wait=False)["msg"]
    assert sentence in present(state="absent")["msg"]


def test_default_vpc_is_not_even_tried_to_delete(cloud, run, first):
    before = writes(cloud)
    assert "is the default VPC of fra1, which cannot be deleted" in run(vpc, name="default-fra1", state="absent")["msg"]
    assert writes(cloud) == before


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
def test_one_failure_does_not_stop_the_removal(cloud, present, kind):
    present()
    cloud.faults.add(kind=kind, method="DELETE", retry_after=1)
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


def add_member(cloud, there):
    """Put a droplet into a VPC."""
    cloud.store.put(
        "droplet",
        1,
        {"id": 1, "name": "web", "vpc_uuid": there["id"], "created_at": "2026-11-21T00:00:00Z", "tags": []},
    )
