# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the service behaves where the real cloud surprises its clients.

That is at creation, with lists that lag, limits of the account, and names that are taken.
"""

from __future__ import annotations

import time

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.databases.options import known_storage

from .test_network_endpoints import REQUEST, RULE


def until(look, seconds=20):
    """Return what `look` finds as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_answer_to_the_creation_of_a_droplet_lacks_vpc_and_features(cloud, ask):
    vpc = ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1"})[1]["vpc"]["id"]
    made = ask("POST", "/v2/droplets", {"name": "web", "monitoring": True, "vpc_uuid": vpc} | REQUEST)[1]["droplet"]
    several = ask("POST", "/v2/droplets", {"names": ["a", "b"], "vpc_uuid": vpc} | REQUEST)[1]["droplets"]
    for droplet in (made, *several):
        assert "vpc_uuid" not in droplet
        assert (droplet["features"], droplet["networks"], droplet["status"]) == ([], {"v4": [], "v6": []}, "new")
    cloud.wait_until_idle()
    there = ask("GET", f"/v2/droplets/{made['id']}")[1]["droplet"]
    assert there["vpc_uuid"] == vpc
    assert "monitoring" in there["features"]


MADE = {
    "/v2/vpcs": ("vpcs", {"name": "net", "region": "fra1"}),
    "/v2/firewalls": ("firewalls", {"name": "fence", "inbound_rules": [RULE]}),
    "/v2/droplets": ("droplets", {"name": "web"} | REQUEST),
    "/v2/databases": (
        "databases",
        {"name": "database", "engine": "pg", "region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1},
    ),
    "/v2/projects": ("projects", {"name": "ours", "purpose": "IoT"}),
    "/v2/tags": ("tags", {"name": "web"}),
    "/v2/spaces/keys": ("keys", {"name": "key"}),
}


@pytest.mark.parametrize("path", MADE)
def test_lists_show_what_is_new_some_time_later(cloud, ask, path):
    key, body = MADE[path]
    cloud.settings.delays["list"] = 0.5
    before = time.monotonic()
    assert ask("POST", path, body)[0] in (201, 202)

    def names():
        return [each["name"] for each in ask("GET", path)[1][key] or []]

    if time.monotonic() < before + 0.3:
        assert body["name"] not in names()
    until(lambda: body["name"] in names())
    assert time.monotonic() >= before + 0.5


def test_ssh_keys_are_listed_and_known_to_droplets_some_time_later(cloud, ask, public_key):
    cloud.settings.delays |= {"list": 0.3, "key": 0.6}
    key = ask("POST", "/v2/account/keys", {"name": "me", "public_key": public_key})[1]["ssh_key"]
    assert ask("GET", f"/v2/account/keys/{key['id']}")[0] == 200
    body = {"name": "web", "ssh_keys": [key["fingerprint"]]} | REQUEST
    status, answer = ask("POST", "/v2/droplets", body)
    assert status == 422
    assert "invalid key identifiers" in answer["message"]
    until(lambda: ask("POST", "/v2/droplets", body)[0] == 202)
    assert ask("GET", "/v2/account/keys")[1]["ssh_keys"][0]["id"] == key["id"]


def test_new_bucket_is_unknown_to_keys_for_a_moment(cloud, ask):
    cloud.settings.delays["bucket"] = 0.3
    body = {"name": "key", "grants": [{"bucket": "artifacts", "permission": "readwrite"}]}
    status, answer = ask("POST", "/v2/spaces/keys", body)
    assert (status, answer["message"]) == (400, "bucket artifacts does not exist")
    until(lambda: ask("POST", "/v2/spaces/keys", body)[0] == 201)


def test_purpose_that_is_not_on_the_list_is_another_and_environments_may_be_empty(ask):
    project = ask("POST", "/v2/projects", {"name": "ours", "purpose": "MLflow"})[1]["project"]
    assert (project["purpose"], project["environment"]) == ("Other: MLflow", "")
    path = f"/v2/projects/{project['id']}"
    assert ask("PATCH", path, {"purpose": "Other: MLflow"})[1]["project"]["purpose"] == "Other: MLflow"
    assert ask("PATCH", path, {"purpose": "Web Application"})[1]["project"]["purpose"] == "Web Application"
    assert ask("PATCH", path, {"environment": "production"})[1]["project"]["environment"] == "Production"
    assert ask("PATCH", path, {"environment": "Moon"})[0] == 422


def test_name_of_a_firewall_is_taken_once(cloud, ask):
    first = ask("POST", "/v2/firewalls", {"name": "fence", "inbound_rules": [RULE]})[1]["firewall"]
    status, answer = ask("POST", "/v2/firewalls", {"name": "fence", "inbound_rules": [RULE]})
    assert (status, answer["id"], answer["message"]) == (409, "conflict", "duplicate name")
    other = ask("POST", "/v2/firewalls", {"name": "other", "inbound_rules": [RULE]})[1]["firewall"]
    assert ask("PUT", f"/v2/firewalls/{other['id']}", {"name": "fence", "inbound_rules": [RULE]})[0] == 409
    assert ask("PUT", f"/v2/firewalls/{first['id']}", {"name": "fence", "inbound_rules": [RULE]})[0] == 200
    cloud.wait_until_idle()


@pytest.mark.parametrize(
    "ip_range", ["10.244.0.0/20", "10.245.64.0/24", "10.246.0.0/28", "10.229.128.0/20", "10.10.0.0/20"]
)
def test_ranges_that_the_cloud_keeps_for_itself_are_refused(ask, ip_range):
    status, answer = ask("POST", "/v2/vpcs", {"name": "net", "region": "nyc1", "ip_range": ip_range})
    assert status == 422
    assert "reserved" in answer["message"]


def test_range_of_another_region_is_free_and_one_that_overlaps_is_not(ask):
    assert ask("POST", "/v2/vpcs", {"name": "net", "region": "ams3", "ip_range": "10.10.0.0/20"})[0] == 201
    assert ask("POST", "/v2/vpcs", {"name": "other", "region": "fra1", "ip_range": "10.10.8.0/24"})[0] == 422
    assert ask("POST", "/v2/vpcs", {"name": "other", "region": "fra1", "ip_range": "10.246.1.0/24"})[0] == 201


def test_droplets_beyond_the_limit_of_the_account_are_refused(cloud, ask):
    assert ask("PATCH", "/sandbox/account", {"droplet_limit": 2})[1]["account"]["droplet_limit"] == 2
    assert ask("GET", "/v2/account")[1]["account"]["droplet_limit"] == 2
    status, answer = ask("POST", "/v2/droplets", {"names": ["a", "b", "c"]} | REQUEST)
    assert (status, answer["message"]) == (422, "creating this/these droplet(s) will exceed your droplet limit")
    assert cloud.store.all("droplet") == []
    assert ask("POST", "/v2/droplets", {"names": ["a", "b"]} | REQUEST)[0] == 202
    assert ask("POST", "/v2/droplets", {"name": "c"} | REQUEST)[0] == 422
    cloud.wait_until_idle()


def test_locked_account_can_be_looked_at_and_emptied_only(ask):
    vpc = [ask("POST", "/v2/vpcs", {"name": name, "region": "fra1"})[1]["vpc"]["id"] for name in ("first", "net")][1]
    ask(
        "PATCH",
        "/sandbox/account",
        {"status": "locked", "status_message": "Verify your email address", "email_verified": False},
    )
    found = ask("GET", "/v2/account")[1]["account"]
    assert (found["status"], found["status_message"], found["email_verified"]) == (
        "locked",
        "Verify your email address",
        False,
    )
    assert ask("POST", "/v2/vpcs", {"name": "other", "region": "fra1"})[0] == 403
    assert ask("PATCH", f"/v2/vpcs/{vpc}", {"name": "other"})[0] == 403
    assert ask("DELETE", f"/v2/vpcs/{vpc}")[0] == 204
    ask("PATCH", "/sandbox/account", {"status": "warning"})
    assert ask("POST", "/v2/vpcs", {"name": "other", "region": "fra1"})[0] == 201


@pytest.mark.parametrize(
    "change", [{"status": "asleep"}, {"droplet_limit": "3"}, {"droplet_limit": True}, {"colour": "red"}]
)
def test_account_that_cannot_be_is_refused(ask, change):
    assert ask("PATCH", "/sandbox/account", change)[0] == 422


def test_clusters_have_no_pages(ask):
    """The document has no parameters for pages here, and no links.

    Whoever asks for the next page gets the same clusters again.
    """
    for name in ("one", "two"):
        ask(
            "POST",
            "/v2/databases",
            {"name": name + "-pg", "engine": "pg", "region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1},
        )
    answers = [ask("GET", f"/v2/databases{query}")[1] for query in ("", "?page=1&per_page=1", "?page=7")]
    assert [[each["name"] for each in answer["databases"]] for answer in answers] == [["one-pg", "two-pg"]] * 3
    assert all(answer.keys() == {"databases"} for answer in answers)


@pytest.mark.parametrize(
    ("requested", "region"),
    [
        ({}, None),
        ({"region": "nyc"}, "nyc"),
        ({"region": "NYC2"}, "nyc2"),
        ({"region": "ric1"}, "ric1"),
        ({"region": None}, None),
    ],
)
def test_region_of_a_droplet_may_be_any_or_begin_like_a_slug(cloud, ask, requested, region):
    status, answer = ask(
        "POST",
        "/v2/droplets",
        {"name": "web"} | {key: value for key, value in REQUEST.items() if key != "region"} | requested,
    )
    assert status == 202
    assert answer["droplet"]["region"]["slug"].startswith(region or "")
    cloud.wait_until_idle()


def test_region_of_a_droplet_without_one_is_that_of_its_vpc(cloud, ask):
    vpc = ask("POST", "/v2/vpcs", {"name": "net", "region": "syd1"})[1]["vpc"]["id"]
    body = {"name": "web", "size": REQUEST["size"], "image": REQUEST["image"], "vpc_uuid": vpc}
    assert ask("POST", "/v2/droplets", body)[1]["droplet"]["region"]["slug"] == "syd1"
    assert "same region" in ask("POST", "/v2/droplets", body | {"region": "nyc"})[1]["message"]
    cloud.wait_until_idle()


def test_droplet_may_be_without_public_address_and_without_agent(cloud, ask):
    made = ask(
        "POST", "/v2/droplets", {"name": "web", "public_networking": False, "with_droplet_agent": False} | REQUEST
    )[1]["droplet"]
    cloud.wait_until_idle()
    there = ask("GET", f"/v2/droplets/{made['id']}")[1]["droplet"]
    assert [leg["type"] for leg in there["networks"]["v4"]] == ["private"]
    assert there["features"] == ["private_networking"]


def test_every_image_that_is_listed_can_be_made(cloud, ask):
    for image in ask("GET", "/v2/images")[1]["images"]:
        assert ask("POST", "/v2/droplets", {"name": "web"} | REQUEST | {"image": image["id"]})[0] == 202
        assert ask("POST", "/v2/droplets", {"name": "web"} | REQUEST | {"image": image["slug"]})[0] == 202
    cloud.wait_until_idle()


def test_options_of_postgresql_are_those_that_can_be_made(cloud, ask):
    answer = ask("GET", "/v2/databases/options")[1]
    options, ends = answer["options"]["pg"], {each["version"]: each for each in answer["version_availability"]["pg"]}
    assert options["versions"] == list(ends) == ["13", "14", "15", "16", "17", "18"]
    assert ends["16"]["end_of_life"] == "2028-11-09T00:00:00Z"
    assert [version for version, each in ends.items() if each["default"]] == [options["default_version"]]
    assert len(options["regions"]) == 14
    for version in options["versions"]:
        requested = {"engine": "pg", "region": "nyc1", "size": "db-s-1vcpu-1gb", "num_nodes": 1}
        assert (
            ask("POST", "/v2/databases", requested | {"name": f"pg-{version}", "version": version})[1]["database"][
                "version"
            ]
            == version
        )
    for size in {size for layout in options["layouts"] for size in layout["sizes"]}:
        least = known_storage(None, size)
        assert least >= 10 * 1024
    cloud.wait_until_idle()


def test_ports_are_given_back_as_they_were_asked_for_but_for_all(cloud, ask):
    rules = [
        RULE | {"protocol": protocol, "ports": ports}
        for protocol in ("tcp", "icmp")
        for ports in ("all", "0", "1-65535")
    ]
    made = ask("POST", "/v2/firewalls", {"name": "fence", "inbound_rules": rules})[1]["firewall"]
    assert [rule["ports"] for rule in made["inbound_rules"]] == ["0", "0", "1-65535"] * 2
    cloud.wait_until_idle()


def test_what_a_project_cannot_hold_is_refused(ask):
    vpc = ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1"})[1]["vpc"]
    status, answer = ask("POST", "/v2/projects/default/resources", {"resources": [vpc["urn"]]})
    assert status == 400
    assert "resource types must be one of" in answer["message"]


def test_cluster_moves_to_another_region_and_its_default_vpc(cloud, ask):
    requested = {"engine": "pg", "region": "nyc1", "size": "db-s-1vcpu-1gb", "num_nodes": 1}
    path = f"/v2/databases/{ask('POST', '/v2/databases', requested | {'name': 'mlflow'})[1]['database']['id']}"
    cloud.wait_until_idle()
    before = ask("GET", path)[1]["database"]
    assert ask("PUT", f"{path}/migrate", {"region": "moon1"})[0] == 422
    assert ask("PUT", f"{path}/migrate", {"region": "lon1"})[0] == 202
    cloud.wait_until_idle()
    after = ask("GET", path)[1]["database"]
    assert (after["region"], after["status"]) == ("lon1", "online")
    assert cloud.store.get("vpc", after["private_network_uuid"])["region"] == "lon1"
    assert after["private_network_uuid"] != before["private_network_uuid"]
    assert after["private_connection"]["host"] == before["private_connection"]["host"]  # a name, which clients keep


def test_growth_of_storage_is_shown_to_clients_of_both_kinds(cloud, ask):
    storage = {"enabled": True, "threshold_percent": 70, "increment_gib": 20}
    requested = {"engine": "pg", "region": "nyc1", "size": "db-s-1vcpu-1gb", "num_nodes": 1}
    for name, body in (("one", {"autoscale": {"storage": storage}}), ("two", {"storage_autoscale": storage})):
        made = ask("POST", "/v2/databases", requested | {"name": f"pg-{name}"} | body)[1]["database"]
        answer = ask("GET", f"/v2/databases/{made['id']}/autoscale")[1]
        assert answer["autoscale"]["storage"] == answer["storage"] == storage
    cloud.wait_until_idle()
