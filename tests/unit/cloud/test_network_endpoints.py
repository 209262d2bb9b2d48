# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other people's clients ask of VPCs, droplets, firewalls and projects, and our modules do not."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.api.service import application
from ansible_collections.mlops.mlflow.sandbox.cloud.core.cloud import Cloud, Settings
from ansible_collections.mlops.mlflow.sandbox.cloud.core.world import World

from .conftest import TOKEN

REQUEST = {"region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}
RULE = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0"]}}


@pytest.fixture
def droplet(cloud, ask):
    """Return a droplet that is active."""
    made = ask("POST", "/v2/droplets", {"name": "web", "tags": ["web"]} | REQUEST)[1]["droplet"]
    cloud.wait_until_idle()
    return ask("GET", f"/v2/droplets/{made['id']}")[1]["droplet"]


@pytest.fixture
def firewall(ask):
    """Return a firewall with one rule."""
    return ask("POST", "/v2/firewalls", {"name": "fence", "inbound_rules": [RULE]})[1]["firewall"]


def test_catalogue_has_regions_sizes_with_prices_and_images(ask):
    assert {region["slug"] for region in ask("GET", "/v2/regions")[1]["regions"]} == {
        *(
            "nyc1",
            "nyc2",
            "nyc3",
            "sfo2",
            "sfo3",
            "ams3",
            "sgp1",
            "lon1",
            "fra1",
            "tor1",
            "blr1",
            "syd1",
            "atl1",
            "ric1",
        )
    }
    sizes = {size["slug"]: size for size in ask("GET", "/v2/sizes?per_page=200")[1]["sizes"]}
    assert {slug: sizes[slug]["price_monthly"] for slug in ("s-1vcpu-1gb", "g-2vcpu-8gb", "m-2vcpu-16gb")} == {
        "s-1vcpu-1gb": 6.0,
        "g-2vcpu-8gb": 63.0,
        "m-2vcpu-16gb": 84.0,
    }
    assert sizes["s-1vcpu-1gb"]["price_hourly"] == 0.00893
    image = ask("GET", "/v2/images/debian-13-x64")[1]["image"]
    assert ask("GET", f"/v2/images/{image['id']}")[1]["image"] == image
    assert ask("GET", "/v2/images?type=distribution&per_page=200")[1]["meta"]["total"] == 5
    assert ask("GET", "/v2/images?private=true")[1]["images"] == []
    assert ask("GET", "/v2/images/windows-95")[0] == 404


def test_droplets_are_found_by_name_and_tag(ask, droplet):
    assert [each["id"] for each in ask("GET", "/v2/droplets?name=WEB")[1]["droplets"]] == [droplet["id"]]
    assert [each["id"] for each in ask("GET", "/v2/droplets?tag_name=web")[1]["droplets"]] == [droplet["id"]]
    assert ask("GET", "/v2/droplets?name=other")[1]["droplets"] == []
    assert ask("GET", "/v2/droplets?type=gpus")[1]["droplets"] == []
    assert ask("GET", "/v2/droplets?name=web&tag_name=web")[0] == 422


def test_several_names_are_several_droplets_with_an_action_each(cloud, ask):
    status, answer = ask("POST", "/v2/droplets", {"names": ["one", "two"]} | REQUEST)
    cloud.wait_until_idle()
    assert status == 202
    assert [each["name"] for each in answer["droplets"]] == ["one", "two"]
    assert [link["rel"] for link in answer["links"]["actions"]] == ["create", "create"]
    assert ask("GET", f"/v2/actions/{answer['links']['actions'][1]['id']}")[1]["action"]["status"] == "completed"
    assert ask("POST", "/v2/droplets", {"names": [f"n{number}" for number in range(11)]} | REQUEST)[0] == 422


def test_what_is_not_set_may_be_null_or_empty(cloud, ask):
    nothing = {
        "ssh_keys": None,
        "vpc_uuid": "",
        "user_data": "",
        "tags": None,
        "volumes": None,
        "backup_policy": None,
        "ipv6": False,
    }
    assert ask("POST", "/v2/droplets", {"name": "web"} | REQUEST | nothing)[0] == 202
    body = {
        "name": "fence",
        "inbound_rules": [RULE | {"sources": RULE["sources"] | {"tags": None}}],
        "outbound_rules": None,
        "tags": None,
        "droplet_ids": None,
    }
    assert ask("POST", "/v2/firewalls", body)[0] == 202
    assert ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1", "ip_range": "", "description": ""})[0] == 201
    assert (
        ask("POST", "/v2/projects", {"name": "ours", "purpose": "Ours", "description": "", "environment": ""})[0] == 201
    )
    cloud.wait_until_idle()


@pytest.mark.parametrize(
    ("requested", "words"),
    [
        ({"size": "huge"}, "invalid size"),
        ({"image": "windows"}, "invalid image"),
        ({"region": "moon1"}, "not available"),
        ({"name": "my web"}, "valid hostname characters"),
        ({"ssh_keys": [1]}, "invalid key identifiers"),
        ({"vpc_uuid": "5a4981aa-9653-4bd1-bef5-d6bff52042e4"}, "VPC does not exist"),
        ({"tags": ["a.b"]}, "is invalid"),
    ],
)
def test_droplet_that_cannot_be_is_refused(ask, requested, words):
    status, answer = ask("POST", "/v2/droplets", {"name": "web"} | REQUEST | requested)
    assert status in (400, 422)
    assert words in answer["message"]


def test_default_vpc_is_made_with_the_first_droplet_and_stays(ask, droplet):
    (vpc,) = ask("GET", "/v2/vpcs")[1]["vpcs"]
    assert (vpc["default"], vpc["id"]) == (True, droplet["vpc_uuid"])
    assert (
        ask("GET", f"/v2/vpcs/{vpc['id']}/members?resource_type=droplet")[1]["members"][0]["urn"]
        == f"do:droplet:{droplet['id']}"
    )
    assert ask("GET", f"/v2/vpcs/{vpc['id']}/members?resource_type=dbaas")[1]["members"] == []
    assert ask("DELETE", f"/v2/vpcs/{vpc['id']}")[0] == 403
    other = ask("POST", "/v2/vpcs", {"name": "other", "region": "fra1"})[1]["vpc"]
    assert ask("PATCH", f"/v2/vpcs/{other['id']}", {"default": False})[0] == 200
    assert ask("PUT", f"/v2/vpcs/{other['id']}", {"name": "renamed", "default": True})[1]["vpc"]["default"]
    assert not ask("GET", f"/v2/vpcs/{vpc['id']}")[1]["vpc"]["default"]
    assert ask("DELETE", f"/v2/vpcs/{vpc['id']}")[0] == 403
    assert ask("PUT", f"/v2/vpcs/{other['id']}", {"description": "x"})[0] == 422


def test_actions_change_a_droplet_one_at_a_time(cloud, ask, droplet):
    path = f"/v2/droplets/{droplet['id']}/actions"
    cloud.settings.delays["droplet_action"] = 0.2
    status, answer = ask("POST", path, {"type": "rename", "name": "db"})
    assert (status, answer["action"]["status"]) == (201, "in-progress")
    assert ask("POST", path, {"type": "reboot"})[1]["message"] == "Droplet already has a pending event."
    cloud.wait_until_idle()
    assert ask("GET", f"{path}/{answer['action']['id']}")[1]["action"]["status"] == "completed"
    assert ask("GET", f"/v2/droplets/{droplet['id']}")[1]["droplet"]["name"] == "db"
    assert [each["type"] for each in ask("GET", path)[1]["actions"]] == ["rename", "create"]
    assert ask("POST", path, {"type": "rebuild", "image": "windows"})[0] == 422
    assert ask("POST", path, {"type": "resize", "size": "s-2vcpu-2gb"})[1]["message"].startswith(
        "Droplet is currently on"
    )


def test_droplet_that_is_on_may_be_powered_on_as_others_do_after_each_creation(cloud, ask, droplet):
    assert ask("POST", f"/v2/droplets/{droplet['id']}/actions", {"type": "power_on"})[0] == 201
    cloud.wait_until_idle()
    assert ask("GET", f"/v2/droplets/{droplet['id']}")[1]["droplet"]["status"] == "active"


def test_actions_and_deletion_by_tag_are_for_all_that_have_it(cloud, ask, droplet):
    assert len(ask("POST", "/v2/droplets/actions?tag_name=web", {"type": "power_off"})[1]["actions"]) == 1
    cloud.wait_until_idle()
    assert ask("GET", f"/v2/droplets/{droplet['id']}")[1]["droplet"]["status"] == "off"
    assert ask("DELETE", "/v2/droplets?tag_name=web")[0] == 204
    assert ask("GET", f"/v2/droplets/{droplet['id']}")[0] == 404
    assert ask("DELETE", f"/v2/droplets/{droplet['id']}")[0] == 404


@pytest.mark.parametrize(
    "part", ["neighbors", "kernels", "backups", "snapshots", "firewalls", "destroy_with_associated_resources"]
)
def test_parts_of_a_droplet_are_empty(ask, droplet, part):
    status, answer = ask("GET", f"/v2/droplets/{droplet['id']}/{part}")
    assert status == 200
    assert not any(value for key, value in answer.items() if key not in ("links", "meta"))


def test_rebuild_gives_a_droplet_another_image(cloud, ask, droplet):
    ask("POST", f"/v2/droplets/{droplet['id']}/actions", {"type": "rebuild", "image": "debian-13-x64"})
    cloud.wait_until_idle()
    there = ask("GET", f"/v2/droplets/{droplet['id']}")[1]["droplet"]
    assert (there["image"]["slug"], there["networks"]) == ("debian-13-x64", droplet["networks"])


def test_backups_have_a_policy_that_can_be_changed(cloud, ask, droplet):
    path = f"/v2/droplets/{droplet['id']}"
    assert ask("GET", f"{path}/backups/policy")[1]["policy"] == {"droplet_id": droplet["id"], "backup_enabled": False}
    assert (
        ask("POST", f"{path}/actions", {"type": "change_backup_policy", "backup_policy": {"plan": "daily", "hour": 4}})[
            0
        ]
        == 422
    )
    assert ask("POST", f"{path}/actions", {"type": "enable_backups"})[0] == 201
    cloud.wait_until_idle()
    assert (
        ask("GET", "/v2/droplets/backups/policies")[1]["policies"][str(droplet["id"])]["backup_policy"]["plan"]
        == "weekly"
    )
    assert (
        ask("POST", f"{path}/actions", {"type": "change_backup_policy", "backup_policy": {"plan": "daily", "hour": 5}})[
            0
        ]
        == 422
    )
    assert (
        ask("POST", f"{path}/actions", {"type": "change_backup_policy", "backup_policy": {"plan": "daily", "hour": 4}})[
            0
        ]
        == 201
    )
    cloud.wait_until_idle()
    assert ask("GET", f"{path}/backups/policy")[1]["policy"]["backup_policy"]["retention_period_days"] == 7
    assert len(ask("GET", "/v2/droplets/backups/supported_policies")[1]["supported_policies"]) == 2


def test_firewall_is_changed_in_parts(cloud, ask, firewall, droplet):
    path = f"/v2/firewalls/{firewall['id']}"
    ping = {"protocol": "icmp", "ports": "", "sources": {"tags": ["web"]}}
    assert ask("POST", f"{path}/rules", {"inbound_rules": [ping], "outbound_rules": None})[0] == 204
    assert ask("POST", f"{path}/tags", {"tags": ["web"]})[0] == 204
    assert ask("POST", f"{path}/tags", {"tags": ["nowhere"]})[0] == 422
    assert ask("POST", f"{path}/droplets", {"droplet_ids": [droplet["id"]]})[0] == 204
    assert ask("GET", f"/v2/droplets/{droplet['id']}/firewalls")[1]["firewalls"][0]["id"] == firewall["id"]
    cloud.wait_until_idle()
    there = ask("GET", path)[1]["firewall"]
    assert (there["tags"], there["droplet_ids"], len(there["inbound_rules"]), there["status"]) == (
        ["web"],
        [droplet["id"]],
        2,
        "succeeded",
    )
    assert ask("DELETE", f"{path}/rules", {"inbound_rules": [ping]})[0] == 204
    assert ask("DELETE", f"{path}/tags", {"tags": ["web"]})[0] == 204
    assert ask("DELETE", f"{path}/droplets", {"droplet_ids": [droplet["id"]]})[0] == 204
    there = ask("GET", path)[1]["firewall"]
    assert (there["tags"], there["droplet_ids"], there["inbound_rules"]) == ([], [], [RULE])
    assert ask("DELETE", f"{path}/rules", {"inbound_rules": [RULE]})[0] == 422


def test_replacing_a_firewall_forgets_what_is_omitted(cloud, ask, firewall, droplet):
    path = f"/v2/firewalls/{firewall['id']}"
    ask("POST", f"{path}/tags", {"tags": ["web"]})
    assert (
        ask("PUT", path, {"name": "fence", "inbound_rules": [RULE | {"ports": "all"}]})[1]["firewall"]["inbound_rules"][
            0
        ]["ports"]
        == "0"
    )
    assert ask("GET", path)[1]["firewall"]["tags"] == []
    assert ask("PUT", path, {"name": "fence"})[0] == 422


def test_tag_that_is_deleted_leaves_firewalls(ask, firewall, droplet):
    path = f"/v2/firewalls/{firewall['id']}"
    ask(
        "PUT",
        path,
        {
            "name": "fence",
            "tags": ["web"],
            "inbound_rules": [RULE | {"sources": {"tags": ["web"], "addresses": ["10.0.0.0/8"]}}],
        },
    )
    assert ask("DELETE", "/v2/tags/web")[0] == 204
    there = ask("GET", path)[1]["firewall"]
    assert (there["tags"], there["inbound_rules"][0]["sources"].get("tags")) == ([], [])


def test_what_is_in_no_project_is_in_the_default_one(ask, droplet):
    default = ask("GET", "/v2/projects/default")[1]["project"]
    assert default["is_default"]
    assert [each["urn"] for each in ask("GET", "/v2/projects/default/resources")[1]["resources"]] == [
        f"do:droplet:{droplet['id']}"
    ]
    other = ask("POST", "/v2/projects", {"name": "other", "purpose": "Ours"})[1]["project"]
    urns = [f"do:droplet:{droplet['id']}", "do:droplet:1"]
    answer = ask("POST", f"/v2/projects/{other['id']}/resources", {"resources": urns})[1]["resources"]
    assert [each["status"] for each in answer] == ["assigned", "not_found"]
    assert ask("GET", "/v2/projects/default/resources")[1]["resources"] == []
    assert ask("DELETE", f"/v2/projects/{other['id']}")[0] == 415
    assert ask("DELETE", f"/v2/projects/{other['id']}", **{"content-type": "application/json"})[0] == 412
    assert (
        ask("POST", "/v2/projects/default/resources", {"resources": urns[:1]})[1]["resources"][0]["status"]
        == "assigned"
    )
    assert ask("DELETE", f"/v2/projects/{other['id']}", **{"content-type": "application/json"})[0] == 204


def test_replacing_a_project_needs_all_five(ask):
    project = ask("POST", "/v2/projects", {"name": "other", "purpose": "Ours"})[1]["project"]
    whole = {"name": "new", "description": "", "purpose": "Else", "environment": "Staging", "is_default": True}
    assert ask("PUT", f"/v2/projects/{project['id']}", whole)[1]["project"]["environment"] == "Staging"
    assert ask("GET", "/v2/projects/default")[1]["project"]["id"] == project["id"]
    assert ask("PUT", f"/v2/projects/{project['id']}", {"name": "new"})[0] == 422
    assert ask("PATCH", "/v2/projects/default", {"purpose": "More"})[1]["project"]["purpose"] == "Other: More"


def test_service_that_was_killed_goes_on_with_what_it_had_begun(cloud, ask):
    cloud.settings.delays["droplet"] = 1.0
    made = ask("POST", "/v2/droplets", {"name": "web"} | REQUEST)[1]["droplet"]
    again = Cloud(cloud.store, World(), Settings(TOKEN), state=cloud.state)
    application(again)
    again.wait_until_idle()
    assert ask("GET", f"/v2/droplets/{made['id']}")[1]["droplet"]["status"] == "active"
