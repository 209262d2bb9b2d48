# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import droplet, ssh_key, vpc

from .conftest import requests, writes

WEB = {"names": ["web"], "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "tags": ["mlflow:test"]}


@pytest.fixture
def present(run):
    return lambda **args: run(droplet, **(WEB | args))


def kept(cloud, name="web"):
    """Return the one droplet of a name."""
    cloud.wait_until_idle()
    (found,) = [each for each in cloud.store.all("droplet", name=name) if not each.get("_gone")]
    return found


def posts(cloud):
    """Return how often a droplet was asked for."""
    return len([line for line in writes(cloud) if line.startswith("POST /v2/droplets ")])


def test_names_are_required(run):
    assert "one of the following is required: names, owner_tag" in run(droplet)["msg"]
    assert (
        "state is present but all of the following are missing: names" in run(droplet, owner_tag="mlflow:test")["msg"]
    )


def test_region_size_and_image_are_needed_to_create(cloud, run):
    assert "give region and size and image to create it" in run(droplet, names=["web"])["msg"]
    assert writes(cloud) == []


def test_name_that_is_no_host_name_is_refused(present):
    assert "letters, digits, dashes and dots only" in present(names=["my web"])["msg"]


def test_droplets_that_are_missing_would_be_created_by_check_mode(cloud, present):
    result = present(names=["web", "db"], check=True)
    assert result["changed"]
    assert [each["name"] for each in result["droplets"]] == ["web", "db"]
    assert writes(cloud) == []


def test_droplet_is_created_with_addresses_and_a_second_run_looks_once_and_changes_nothing(cloud, present):
    first, seen = present(), len(requests(cloud))
    cloud.wait_until_idle()
    seen = len(requests(cloud))
    second = present()
    assert first["changed"]
    assert not second["changed"]
    assert first["droplets"] == second["droplets"]
    assert second["droplets"][0]["status"] == "active"
    assert second["droplets"][0]["public_ipv4"].startswith("198.18.")
    assert second["droplets"][0]["private_ipv4"].startswith("10.")
    assert len(requests(cloud)) == seen + 1


def test_droplets_of_one_task_are_begun_together(cloud, present):
    cloud.settings.delays["droplet"] = 0.2
    result = present(names=["web", "db", "lab"])
    assert [each["status"] for each in result["droplets"]] == ["active"] * 3
    lines = requests(cloud)
    last_post = max(number for number, line in enumerate(lines) if line.startswith("POST"))
    assert not [line for line in lines[:last_post] if line.startswith("GET /v2/droplets/")]


def test_names_given_twice_are_one_droplet(cloud, present):
    present(names=["web", "web"])
    assert posts(cloud) == 1


def test_keys_and_user_data_are_handed_over_and_never_compared(cloud, present, run, public_key):
    key = run(ssh_key, name="me", public_key=public_key)["ssh_key"]
    present(ssh_keys=[key["fingerprint"]], user_data="#cloud-config")
    assert kept(cloud)["_keys"] == [public_key]
    assert kept(cloud)["_user_data"] == "#cloud-config"
    assert not present(ssh_keys=[str(key["id"])], user_data="#cloud-config\n")["changed"]


def test_user_data_is_in_no_output(present):
    assert "hunter2" not in str(present(user_data="password: hunter2"))


def test_key_that_does_not_exist_is_refused_in_the_words_of_the_cloud(present):
    assert "invalid key identifiers" in present(ssh_keys=["12:34"])["msg"]


def test_vpc_is_given_by_name_or_id(cloud, present, run):
    net = run(vpc, name="net", region="fra1", ip_range="10.20.0.0/20")["vpc"]
    made = present(vpc="net")["droplets"][0]
    assert made["vpc"] == net["id"]
    assert made["private_ipv4"] == "10.20.0.2"
    seen = len(requests(cloud))
    assert not present(vpc=net["id"])["changed"]
    assert len(requests(cloud)) == seen + 1
    assert not present(vpc="net")["changed"]
    assert len(requests(cloud)) == seen + 3


def test_vpc_that_is_missing_is_told_from_a_missing_droplet(cloud, present):
    assert present(vpc="net")["msg"] == "vpc net does not exist"
    assert present(vpc="net", check=True)["changed"]
    assert not present(vpc="net", state="absent")["changed"]
    assert writes(cloud) == []


@pytest.mark.parametrize(("option", "value"), [("region", "nyc3"), ("image", "debian-13-x64"), ("monitoring", True)])
def test_what_cannot_change_is_refused_with_the_way_out(cloud, present, option, value):
    present()
    before = writes(cloud)
    assert f"cannot become {value}; delete it first or keep {option}" in present(**{option: value})["msg"]
    assert f"cannot become {value}" in present(**{option: value}, check=True)["msg"]
    assert writes(cloud) == before


def test_another_vpc_is_refused(present, run):
    net = run(vpc, name="net", region="fra1")["vpc"]
    run(vpc, name="other", region="fra1")
    present(vpc="other")
    assert "delete it first or keep vpc" in present(vpc=net["id"])["msg"]


def test_image_may_be_an_id_and_one_that_is_retired_is_left_alone(cloud, present):
    present(image="133100001")
    assert not present(image="debian-12-x64")["changed"]
    there = kept(cloud)
    cloud.store.change("droplet", there["id"], image=there["image"] | {"slug": None})
    assert not present(image="debian-12-x64")["changed"]


def test_size_is_changed_only_where_it_may_be_powered_off(cloud, present):
    present()
    before = writes(cloud)
    refusal = (
        "size is s-1vcpu-1gb and becomes s-2vcpu-2gb only while it is off; set allow_power_off to true, or keep size"
    )
    assert refusal in present(size="s-2vcpu-2gb")["msg"]
    assert refusal in present(size="s-2vcpu-2gb", check=True)["msg"]
    assert present(size="s-2vcpu-2gb", allow_power_off=True, check=True)["changed"]
    assert writes(cloud) == before
    result = present(size="s-2vcpu-2gb", allow_power_off=True)
    assert result["changed"]
    assert result["droplets"][0]["status"] == "active"
    assert kept(cloud)["memory"] == 2048
    assert kept(cloud)["disk"] == 25
    assert not present(size="s-2vcpu-2gb")["changed"]


def test_disk_grows_only_where_it_is_asked_for(cloud, present):
    present()
    present(size="s-2vcpu-2gb", allow_power_off=True, resize_disk=True)
    assert kept(cloud)["disk"] == 60


def test_size_with_a_smaller_disk_is_refused_and_the_next_run_starts_the_droplet(cloud, present):
    present(size="s-2vcpu-2gb")
    assert "smaller disk" in present(allow_power_off=True)["msg"]
    assert kept(cloud)["status"] == "off"
    assert present(size="s-2vcpu-2gb")["changed"]
    assert kept(cloud)["status"] == "active"


def test_droplet_that_another_hand_powered_off_is_started(cloud, present):
    present()
    cloud.store.change("droplet", kept(cloud)["id"], status="off")
    shown = present(check=True)
    assert shown["diff"]["before"]["web"]["status"] == "off"
    assert shown["diff"]["after"]["web"]["status"] == "active"
    assert kept(cloud)["status"] == "off"
    assert present()["changed"]
    assert kept(cloud)["status"] == "active"
    assert not present()["changed"]


def test_tags_are_given_and_taken(cloud, present):
    present()
    before = writes(cloud)
    assert present(tags=["a", "mlflow:test"], check=True)["changed"]
    assert writes(cloud) == before
    assert present(tags=["a", "mlflow:test"])["changed"]
    assert sorted(kept(cloud)["tags"]) == ["a", "mlflow:test"]
    assert present(tags=["a"])["changed"]
    assert kept(cloud)["tags"] == ["a"]
    assert not present(tags=["A"])["changed"]


def test_tag_that_another_hand_took_is_given_back(cloud, present):
    present()
    cloud.store.change("droplet", kept(cloud)["id"], tags=[])
    assert present()["changed"]
    assert kept(cloud)["tags"] == ["mlflow:test"]


def test_tags_that_are_not_given_stay(cloud, run, present):
    present()
    assert not run(droplet, names=["web"])["changed"]
    assert kept(cloud)["tags"] == ["mlflow:test"]


def test_backups_are_switched(cloud, present):
    present()
    assert present(backups=True)["changed"]
    assert "backups" in kept(cloud)["features"]
    assert not present(backups=True)["changed"]
    assert present(backups=False)["changed"]
    assert "backups" not in kept(cloud)["features"]


def test_backups_are_made_by_a_policy(cloud, present):
    weekly, daily = {"plan": "weekly", "weekday": "TUE", "hour": 4}, {"plan": "daily", "hour": 20}
    assert "set backups to true" in present(backup_policy=weekly)["msg"]
    assert present(backups=True, backup_policy=weekly)["droplets"][0]["backup_policy"] == weekly
    seen = len(requests(cloud))
    assert not present(backups=True, backup_policy=weekly)["changed"]
    assert len(requests(cloud)) == seen + 2
    assert present(backups=True, backup_policy=daily, check=True)["changed"]
    assert present(backups=True, backup_policy=daily)["changed"]
    assert not present(backups=True, backup_policy=daily)["changed"]
    assert kept(cloud)["_backup_policy"] == daily


def test_backups_begin_with_their_policy(cloud, present):
    daily = {"plan": "daily", "hour": 20}
    present()
    before = len(writes(cloud))
    assert present(backups=True, backup_policy=daily)["changed"]
    assert len(writes(cloud)) == before + 1
    assert not present(backups=True, backup_policy=daily)["changed"]


def test_ipv6_is_enabled_and_never_taken_away(cloud, present):
    present()
    assert present(ipv6=True)["changed"]
    assert not present(ipv6=True)["changed"]
    assert "ipv6 cannot be taken away" in present(ipv6=False)["msg"]


def test_several_changes_are_one_run(cloud, present):
    present()
    assert present(size="s-2vcpu-2gb", allow_power_off=True, tags=["b"], backups=True, ipv6=True)["changed"]
    assert not present(size="s-2vcpu-2gb", tags=["b"], backups=True, ipv6=True)["changed"]


def test_account_with_a_thousand_droplets_costs_five_requests(cloud, present):
    present()
    there = kept(cloud)
    cloud.store.remove("droplet", there["id"])
    for number in range(999):
        cloud.store.put("droplet", number, there | {"id": number, "name": f"other-{number}"})
    cloud.store.put("droplet", there["id"], there)
    seen = len(requests(cloud))
    assert not present()["changed"]
    assert len(requests(cloud)) == seen + 5


def test_number_of_named_droplets_costs_nothing(cloud, present):
    names = [f"web-{number}" for number in range(8)]
    present(names=names)
    cloud.wait_until_idle()
    seen = len(requests(cloud))
    assert not present(names=names)["changed"]
    assert len(requests(cloud)) == seen + 1


def test_two_of_a_name_are_an_error_that_lists_them(cloud, present):
    present()
    there = kept(cloud)
    cloud.store.put("droplet", 7, there | {"id": 7})
    assert f"there are 2 of that name ({there['id']}, 7)" in present()["msg"]
    assert "there are 2 of that name" in present(state="absent")["msg"]


def test_droplet_that_the_cloud_does_not_show_at_once_is_waited_for(cloud, present):
    cloud.settings.delays |= {"lag": 0.2, "droplet": 0.1}
    assert present()["droplets"][0]["status"] == "active"
    assert posts(cloud) == 1


def test_without_waiting_it_says_what_for_and_the_next_run_goes_on(cloud, present):
    cloud.settings.delays["droplet"] = 0.2
    assert present(wait=False)["waits_for"] == {"droplet web": "new"}
    assert present()["droplets"][0]["status"] == "active"
    assert posts(cloud) == 1


def test_droplet_that_is_never_ready_is_an_error_with_its_id(cloud, present):
    cloud.settings.delays["droplet"] = 1.5
    result = present(wait_timeout=0)
    assert f"droplet web ({cloud.store.all('droplet')[0]['id']}) is new after 0 s" in result["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_makes_one_droplet(cloud, present, kind, method):
    cloud.faults.add(kind=kind, method=method, path="/v2/droplets", retry_after=1)
    assert present()["changed"]
    assert not present()["changed"]
    assert kept(cloud)["status"] == "active"


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("call", range(6))
def test_one_failure_in_a_change_of_size_leaves_nothing_undone(cloud, present, kind, call):
    present()
    cloud.wait_until_idle()
    cloud.faults.add(kind=kind, method="POST" if call < 3 else "GET", path="/actions", retry_after=1, skip=call % 3)
    result = present(size="s-2vcpu-2gb", allow_power_off=True)
    assert result.get("changed"), result
    assert kept(cloud)["status"] == "active"
    assert not present(size="s-2vcpu-2gb")["changed"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("path", ["/v2/tags$", "/v2/tags/b/resources"])
def test_one_failure_in_a_change_of_tags_leaves_nothing_undone(cloud, present, kind, path):
    present()
    cloud.faults.add(kind=kind, method="POST", path=path, retry_after=1)
    assert present(tags=["b"])["changed"]
    assert kept(cloud)["tags"] == ["b"]


def test_droplets_are_removed_once(cloud, present):
    present(names=["web", "db"])
    before = writes(cloud)
    assert present(names=["web", "db"], state="absent", check=True)["changed"]
    assert writes(cloud) == before
    assert present(names=["web", "db"], state="absent")["changed"]
    assert not present(names=["web", "db"], state="absent")["changed"]
    cloud.wait_until_idle()
    assert cloud.store.all("droplet") == []


def test_droplet_needs_only_its_name_to_be_removed(present, run):
    present()
    assert run(droplet, names=["web"], state="absent")["changed"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
def test_one_failure_does_not_stop_the_removal(cloud, present, kind):
    present()
    cloud.faults.add(kind=kind, method="DELETE", retry_after=1)
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]
