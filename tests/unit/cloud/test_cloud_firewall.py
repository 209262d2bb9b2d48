# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import copy

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import cloud_firewall, tag

from .conftest import requests, writes

EVERYWHERE = {"addresses": ["0.0.0.0/0", "::/0"]}
SSH = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24"]}}
WEB = {"protocol": "tcp", "ports": "443", "sources": {"tags": ["lb"], "addresses": ["10.20.0.0/20"]}}
PING = {"protocol": "icmp", "sources": EVERYWHERE}
OUT = {"protocol": "tcp", "ports": "all", "destinations": EVERYWHERE}


@pytest.fixture
def present(run):
    """Return a function that runs the module on one firewall, for tags that exist."""
    run(tag, names=["web", "lb"])
    args = {"name": "fence", "inbound_rules": [SSH, WEB, PING], "outbound_rules": [OUT], "tags": ["web"]}
    return lambda **other: run(cloud_firewall, **(copy.deepcopy(args) | other))


def kept(cloud):
    """Return the one firewall of the account."""
    cloud.wait_until_idle()
    (found,) = cloud.store.all("firewall")
    return found


def test_name_is_required(run):
    assert "missing required arguments: name" in run(cloud_firewall)["msg"]


def test_firewall_without_a_rule_is_refused(cloud, run):
    assert "would have no rule" in run(cloud_firewall, name="fence")["msg"]
    assert writes(cloud) == []


def test_rule_without_sources_is_refused(present):
    assert "has no sources" in present(inbound_rules=[{"protocol": "tcp", "ports": "22", "sources": {}}])["msg"]


def test_firewall_that_is_missing_would_be_created_by_check_mode(cloud, present):
    before = writes(cloud)
    result = present(check=True)
    assert result["changed"]
    assert result["cloud_firewall"]["tags"] == ["web"]
    assert writes(cloud) == before


def test_firewall_is_created_and_a_second_run_looks_once_and_changes_nothing(cloud, present):
    first = present()
    seen = len(requests(cloud))
    second = present()
    assert first["changed"]
    assert not second["changed"]
    assert first["cloud_firewall"] == second["cloud_firewall"]
    assert len(requests(cloud)) == seen + 1


@pytest.mark.parametrize(
    "sides",
    [{"inbound_rules": [SSH]}, {"outbound_rules": [OUT]}, {"inbound_rules": [SSH, WEB], "outbound_rules": [OUT]}],
)
def test_one_side_is_enough(present, run, sides):
    assert run(cloud_firewall, name="one", **copy.deepcopy(sides))["changed"]
    assert not run(cloud_firewall, name="one", **copy.deepcopy(sides))["changed"]


@pytest.mark.parametrize("spelling", ["0", "all", "1-65535", "ALL"])
def test_all_ports_are_the_same_in_every_spelling(present, spelling):
    present()
    assert not present(outbound_rules=[OUT | {"ports": spelling}])["changed"]


def test_ports_of_icmp_have_no_meaning(present):
    present()
    assert not present(inbound_rules=[SSH, WEB, PING | {"ports": "all"}])["changed"]


def test_order_and_spelling_of_rules_and_addresses_have_no_meaning(present):
    present()
    out = OUT | {"destinations": {"addresses": ["0:0:0:0:0:0:0:0/0", "0.0.0.0/0"], "tags": []}}
    assert not present(inbound_rules=[PING, WEB, SSH, SSH], outbound_rules=[out])["changed"]


def test_single_address_is_itself_with_or_without_its_length(present):
    present(inbound_rules=[SSH | {"sources": {"addresses": ["203.0.113.7/32"]}}])
    assert not present(inbound_rules=[SSH | {"sources": {"addresses": ["203.0.113.7"]}}])["changed"]


def test_tags_are_compared_without_regard_to_case(present):
    present()
    result = present(
        tags=["Web"], inbound_rules=[SSH, PING, WEB | {"sources": {"tags": ["LB"], "addresses": ["10.20.0.0/20"]}}]
    )
    assert not result["changed"]
    assert result["cloud_firewall"]["tags"] == ["Web"]


def test_address_that_is_none_is_refused_in_words(present):
    assert (
        "office is neither an address nor a range"
        in present(inbound_rules=[SSH | {"sources": {"addresses": ["office"]}}])["msg"]
    )


def test_rule_is_changed_and_nothing_is_forgotten(cloud, present, run):
    present()
    result = run(cloud_firewall, name="fence", inbound_rules=[copy.deepcopy(SSH)])
    assert result["changed"]
    now = kept(cloud)
    assert len(now["inbound_rules"]) == 1
    assert now["outbound_rules"] == [{"protocol": "tcp", "ports": "0", "destinations": EVERYWHERE}]
    assert now["tags"] == ["web"]


def test_empty_list_takes_all_rules_of_a_side(cloud, present):
    present()
    present(outbound_rules=[])
    assert kept(cloud)["outbound_rules"] == []
    assert not present(outbound_rules=[])["changed"]


def test_rules_that_another_hand_added_and_removed_are_shown_and_repaired(cloud, present):
    present()
    drifted = kept(cloud)
    drifted["inbound_rules"] = [
        *drifted["inbound_rules"][1:],
        {"protocol": "tcp", "ports": "5000", "sources": EVERYWHERE},
    ]
    cloud.store.put("firewall", drifted["id"], drifted)
    before = writes(cloud)
    shown = present(check=True)
    assert writes(cloud) == before
    assert shown["changed"]
    assert any(rule["ports"] == "5000" for rule in shown["diff"]["before"]["cloud_firewall"]["inbound_rules"])
    assert not any(rule["ports"] == "5000" for rule in shown["diff"]["after"]["cloud_firewall"]["inbound_rules"])
    assert present()["changed"]
    assert not present()["changed"]


def test_tag_that_another_hand_took_off_is_put_back(cloud, present):
    present()
    cloud.store.change("firewall", kept(cloud)["id"], tags=[])
    assert present()["changed"]
    assert kept(cloud)["tags"] == ["web"]


def test_tag_must_exist(present):
    assert "nowhere does not exist" in present(tags=["nowhere"])["msg"]


def test_droplets_of_a_firewall_are_kept_when_they_are_not_given(cloud, present):
    cloud.store.put("droplet", 7, {"id": 7, "name": "web", "tags": [], "vpc_uuid": ""})
    assert present(droplet_ids=[7])["cloud_firewall"]["droplet_ids"] == [7]
    present(inbound_rules=[SSH])
    assert kept(cloud)["droplet_ids"] == [7]
    present(droplet_ids=[])
    assert kept(cloud)["droplet_ids"] == []


def test_it_waits_until_all_droplets_have_it(cloud, present):
    cloud.store.put("droplet", 7, {"id": 7, "name": "web", "tags": ["web"], "vpc_uuid": ""})
    cloud.settings.delays["firewall"] = 0.3
    assert present()["waits_for"] == {}
    assert kept(cloud)["status"] == "succeeded"


def test_without_waiting_it_says_what_for(cloud, present):
    cloud.store.put("droplet", 7, {"id": 7, "name": "web", "tags": ["web"], "vpc_uuid": ""})
    cloud.settings.delays["firewall"] = 5
    assert present(wait=False)["waits_for"] == {"cloud firewall fence": "waiting for droplets 7"}


def test_firewall_that_failed_is_an_error(cloud, present):
    present()
    cloud.store.change("firewall", kept(cloud)["id"], status="failed")
    assert "status failed" in present()["msg"]


def test_firewall_is_found_on_the_second_page(cloud, present):
    present()
    made = kept(cloud)
    cloud.store.remove("firewall", made["id"])
    for number in range(200):
        cloud.store.put("firewall", number, made | {"id": str(number), "name": f"fence-{number}"})
    cloud.store.put("firewall", made["id"], made)
    assert not present()["changed"]


def test_two_of_a_name_are_an_error_that_lists_them(cloud, present):
    present()
    made = kept(cloud)
    cloud.store.put("firewall", "twin", made | {"id": "twin"})
    assert f"there are 2 of that name ({made['id']}, twin)" in present()["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_one_failure_makes_one_firewall(cloud, present, kind, method):
    if method == "PUT":
        present(inbound_rules=[SSH])
    cloud.faults.add(kind=kind, method=method, path="/v2/firewalls", retry_after=1)
    assert present()["changed"]
    assert not present()["changed"]
    assert len(cloud.store.all("firewall")) == 1


def test_firewall_is_removed_once(cloud, present):
    present()
    before = writes(cloud)
    assert present(state="absent", check=True)["changed"]
    assert writes(cloud) == before
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
def test_one_failure_does_not_stop_the_removal(cloud, present, kind):
    present()
    cloud.faults.add(kind=kind, method="DELETE", retry_after=1)
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]
