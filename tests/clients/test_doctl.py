# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the official CLI sends, by the structs of its Go library, godo, against the API's own document.

It sends null and "" for what is not set.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

PAGE = "page=1&per_page=200"
NOTHING = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30"
CLUSTER = {
    "name": "postgres",
    "engine": "pg",
    "version": "16",
    "size": "db-s-1vcpu-1gb",
    "region": "fra1",
    "num_nodes": 1,
    "private_network_uuid": "",
    "project_id": "",
    "rules": None,
}
DROPLET = {
    "name": "mlflow-1",
    "region": "fra1",
    "size": "s-1vcpu-1gb",
    "image": "debian-12-x64",
    "ssh_keys": None,
    "backups": False,
    "ipv6": False,
    "private_networking": False,
    "monitoring": False,
    "tags": ["mlflow"],
}


@pytest.fixture
def get(ask):
    """Return a function that gets what is there."""

    def call(path):
        status, answer = ask("GET", path)
        assert status == 200, f"{path}: {answer}"
        return answer

    return call


@pytest.fixture
def droplet(cloud, ask):
    """Return the answer to the creation of a droplet."""
    status, answer = ask("POST", "/v2/droplets", DROPLET)
    assert status == 202, answer
    cloud.wait_until_idle()
    return answer


@pytest.fixture
def cluster(cloud, ask):
    """Return the path of a cluster that is online."""
    status, answer = ask("POST", "/v2/databases", CLUSTER)
    assert status == 201, answer
    cloud.wait_until_idle()
    return f"/v2/databases/{answer['database']['id']}"


def test_account_and_balance(get):
    assert get("/v2/account")["account"]["status"] == "active"
    assert float(get("/v2/customers/my/balance")["account_balance"]) == 0


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/v2/regions", "regions"),
        ("/v2/sizes", "sizes"),
        ("/v2/images", "images"),
        ("/v2/images?type=distribution", "images"),
        ("/v2/images?private=true", "images"),
        ("/v2/account/keys", "ssh_keys"),
        ("/v2/tags", "tags"),
        ("/v2/vpcs", "vpcs"),
        ("/v2/droplets", "droplets"),
        ("/v2/droplets?tag_name=mlflow", "droplets"),
        ("/v2/actions", "actions"),
        ("/v2/firewalls", "firewalls"),
        ("/v2/projects", "projects"),
        ("/v2/databases", "databases"),
        ("/v2/spaces/keys", "keys"),
    ],
)
def test_every_list_has_pages(get, path, key):
    answer = get(f"{path}{'&' if '?' in path else '?'}{PAGE}")
    assert isinstance(answer[key] or [], list)
    assert isinstance(answer.get("links", {}), dict)


def test_created_droplet_names_an_action_that_can_be_waited_for(get, droplet):
    action = droplet["links"]["actions"][0]
    assert action["rel"] == "create"
    assert get(urlsplit(action["href"]).path)["action"]["status"] == "completed"


def test_droplet_has_what_the_cli_shows(get, droplet):
    shown = get(f"/v2/droplets/{droplet['droplet']['id']}")["droplet"]
    assert {
        "memory",
        "vcpus",
        "disk",
        "region",
        "image",
        "status",
        "tags",
        "features",
        "volume_ids",
        "vpc_uuid",
        "networks",
        "size_slug",
    } <= shown.keys()
    assert {network["type"] for network in shown["networks"]["v4"]} == {"public", "private"}


@pytest.mark.parametrize(
    "body", [{"type": "reboot"}, {"type": "power_cycle"}, {"type": "rename", "name": "other"}, {"type": "shutdown"}]
)
def test_droplet_acts(cloud, ask, get, droplet, body):
    path = f"/v2/droplets/{droplet['droplet']['id']}/actions"
    status, answer = ask("POST", path, body)
    assert status == 201
    cloud.wait_until_idle()
    assert get(f"/v2/actions/{answer['action']['id']}")["action"]["status"] == "completed"
    assert get(f"{path}/{answer['action']['id']}")["action"]["type"] == body["type"]


def test_parts_of_a_droplet(get, droplet):
    path = f"/v2/droplets/{droplet['droplet']['id']}"
    for part, key in {
        "kernels": "kernels",
        "snapshots": "snapshots",
        "backups": "backups",
        "actions": "actions",
        "neighbors": "droplets",
    }.items():
        assert isinstance(get(f"{path}/{part}?{PAGE}")[key] or [], list)


def test_firewall_with_nulls(ask, get, droplet):
    source = {"addresses": ["0.0.0.0/0"]}
    rules = [{"protocol": "tcp", "ports": "22", "sources": source}, {"protocol": "icmp", "sources": source}]
    body = {"name": "fw", "inbound_rules": rules, "outbound_rules": None, "droplet_ids": None, "tags": None}
    status, answer = ask("POST", "/v2/firewalls", body)
    assert status == 202, answer
    path = f"/v2/firewalls/{answer['firewall']['id']}"
    assert ask("PUT", path, body | {"tags": ["mlflow"]})[0] == 200
    assert ask("POST", f"{path}/droplets", {"droplet_ids": [droplet["droplet"]["id"]]})[0] == 204
    assert (
        get(f"/v2/droplets/{droplet['droplet']['id']}/firewalls?{PAGE}")["firewalls"][0]["id"]
        == answer["firewall"]["id"]
    )
    assert ask("POST", f"{path}/rules", {"inbound_rules": rules[:1], "outbound_rules": None})[0] == 204
    assert ask("DELETE", path)[0] == 204


def test_vpc_with_empty_fields(ask, get):
    status, answer = ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1"})
    assert status == 201, answer
    path = f"/v2/vpcs/{answer['vpc']['id']}"
    assert ask("PUT", path, {"name": "other"})[0] == 200
    assert get(f"{path}/members?{PAGE}")["members"] == []
    assert ask("PATCH", path, {"description": ""})[0] == 200


def test_project_with_empty_fields(ask, get, droplet):
    status, answer = ask(
        "POST", "/v2/projects", {"name": "mlflow", "description": "", "purpose": "Machine learning", "environment": ""}
    )
    assert status == 201, answer
    path = f"/v2/projects/{answer['project']['id']}"
    assert (
        ask(
            "PATCH",
            path,
            {"name": "other", "description": None, "purpose": None, "environment": None, "is_default": None},
        )[0]
        == 200
    )
    assert ask("POST", f"{path}/resources", {"resources": [f"do:droplet:{droplet['droplet']['id']}"]})[0] == 200
    assert get(f"{path}/resources?{PAGE}")["resources"][0]["urn"] == f"do:droplet:{droplet['droplet']['id']}"
    assert get("/v2/projects/default")["project"]["is_default"]


def test_cluster_with_nulls_comes_online(get, cluster):
    shown = get(cluster)["database"]
    assert shown["status"] == "online"
    assert {"uri", "host", "port", "user", "password", "database", "ssl"} <= shown["connection"].keys()
    assert get("/v2/databases/options")["options"]["pg"]["versions"]
    assert get(f"{cluster}/ca")["ca"]["certificate"]


def test_users_databases_and_pools(cloud, ask, get, cluster):
    assert ask("POST", f"{cluster}/users", {"name": "mlflow"})[0] == 201
    assert ask("POST", f"{cluster}/dbs", {"name": "mlflow"})[0] == 201
    pool = {"user": "mlflow", "name": "pool", "size": 5, "db": "mlflow", "mode": "transaction"}
    assert ask("POST", f"{cluster}/pools", pool)[0] == 201
    assert ask("PUT", f"{cluster}/pools/pool", {key: pool[key] for key in ("user", "size", "db", "mode")})[0] == 204
    assert ask("POST", f"{cluster}/users/mlflow/reset_auth", {})[0] == 200
    for part, key in {
        "users": "users",
        "dbs": "dbs",
        "pools": "pools",
        "backups": "backups",
        "replicas": "replicas",
        "firewall": "rules",
    }.items():
        assert isinstance(get(f"{cluster}/{part}?{PAGE}")[key] or [], list)
    for part in ("pools/pool", "users/mlflow", "dbs/mlflow"):
        assert get(f"{cluster}/{part}")
        assert ask("DELETE", f"{cluster}/{part}")[0] == 204


def test_trusted_sources_with_nulls(ask, get, cluster):
    rules = [
        {"uuid": "", "cluster_uuid": "", "type": "ip_addr", "value": "192.0.2.1", "created_at": "0001-01-01T00:00:00Z"}
    ]
    assert ask("PUT", f"{cluster}/firewall", {"rules": rules})[0] == 204
    assert get(f"{cluster}/firewall")["rules"][0]["value"] == "192.0.2.1"
    assert ask("PUT", f"{cluster}/firewall", {"rules": None})[0] == 204


def test_settings_maintenance_and_size(cloud, ask, get, cluster):
    assert ask("PATCH", f"{cluster}/config", {"config": {"work_mem": 8}})[0] == 200
    assert get(f"{cluster}/config")["config"]["work_mem"] == 8
    assert ask("PUT", f"{cluster}/maintenance", {"day": "sunday", "hour": "03:00"})[0] == 204
    assert ask("PUT", f"{cluster}/resize", {"size": "db-s-1vcpu-2gb", "num_nodes": 1})[0] == 202
    cloud.wait_until_idle()
    assert get(cluster)["database"]["size"] == "db-s-1vcpu-2gb"
    assert ask("DELETE", cluster)[0] == 204


def test_key_of_spaces(ask, get):
    status, answer = ask(
        "POST", "/v2/spaces/keys", {"name": "key", "grants": [{"bucket": "", "permission": "fullaccess"}]}
    )
    assert status == 201
    assert answer["key"]["secret_key"]
    path = f"/v2/spaces/keys/{answer['key']['access_key']}"
    assert ask("PUT", path, {"name": "renamed", "grants": answer["key"]["grants"]})[0] == 200
    assert get(path)["key"]["name"] == "renamed"
    assert ask("POST", "/v2/spaces/keys", {"name": "nothing", "grants": None})[0] == 201
    assert ask("DELETE", path)[0] == 204


@pytest.mark.parametrize(
    "path",
    [
        "/v2/droplets/7",
        f"/v2/databases/{NOTHING}",
        f"/v2/vpcs/{NOTHING}",
        f"/v2/projects/{NOTHING}",
        f"/v2/firewalls/{NOTHING}",
    ],
)
def test_what_is_not_there_is_said_with_the_id_of_the_request(ask, path):
    status, answer = ask("GET", path)
    assert status == 404
    assert answer["id"] == "not_found"
    assert answer["message"]
    assert answer["request_id"]
