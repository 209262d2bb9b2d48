# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that the cloud may give and the sandbox does not.

Pages without end, tokens without scopes, other shapes of the same fact.
"""

from __future__ import annotations

import json

import pytest
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

from .conftest import requests

RULE = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["0.0.0.0/0"]}}
WEB = {"names": ["web"], "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}
CLUSTER = {
    "name": "mlflow",
    "version": "17",
    "region": "fra1",
    "size": "db-s-1vcpu-1gb",
    "num_nodes": 1,
    "open_to_all": True,
}
FORBIDDEN = {
    "id": "forbidden",
    "message": "You are not authorized to perform this operation",
    "request_id": "4d9d8375-3c56-4925-a3e7-eb137fed17e9",
}


class Altered:
    """The service, with an answer that `change` makes of each: of method, path, status and body."""

    def __init__(self, application, change):
        self.application, self.change = application, change

    async def __call__(self, scope, receive, send):
        start, body = {}, b""

        async def alter(message):
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            status, answer = self.change(
                scope["method"], scope["path"], start["status"], json.loads(body) if body else None
            )
            text = b"" if answer is None else json.dumps(answer).encode()
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send(start | {"status": status, "headers": [*headers, (b"content-length", str(len(text)).encode())]})
            await send({"type": "http.response.body", "body": text})

        await self.application(scope, receive, alter if scope["type"] == "http" else send)


@pytest.fixture
def alter(cloud, front):
    """Return a function that has the service answer otherwise from now on."""

    def change(function):
        front.application = Altered(front.application, function)

    return change


LISTS = [
    (droplet, WEB, True),
    (droplet, WEB, False),
    (vpc, {"name": "net", "region": "fra1"}, False),
    (database_cluster, CLUSTER, False),
]


@pytest.mark.parametrize("case", LISTS)
def test_list_that_always_has_a_next_page_ends(cloud, run, alter, case):
    module, options, total = case
    run(module, **options)
    cloud.wait_until_idle()

    def endless(method, path, status, body):
        if method == "GET" and path in ("/v2/droplets", "/v2/vpcs", "/v2/databases"):
            body["links"] = {"pages": {"next": "https://api.digitalocean.com/v2/droplets?page=2"}}
            if not total:
                body.pop("meta", None)
        return status, body

    alter(endless)
    seen = len(requests(cloud))
    assert not run(module, **options)["changed"]
    pages = [line for line in requests(cloud)[seen:] if "page=" in line]
    assert 1 <= len(pages) <= (1 if total else 2)


def test_list_of_backup_policies_that_always_has_a_next_page_ends(cloud, run, alter):
    backups = {"backups": True, "backup_policy": {"plan": "daily", "hour": 4}}
    run(droplet, **WEB, **backups)

    def endless(_method, path, status, body):
        return status, body | (
            {"links": {"pages": {"next": "?page=2"}}} if path.endswith("/policies") else {}
        ) if body else body

    alter(endless)
    assert not run(droplet, **WEB, **backups)["changed"]
    assert len([line for line in requests(cloud) if "policies" in line]) < 10


OPERATIONS = [
    (vpc, {"name": "net", "region": "fra1"}, "POST /v2/vpcs", "vpc:create"),
    (vpc, {"name": "net", "region": "fra1"}, "GET /v2/vpcs", "vpc:read"),
    (droplet, WEB, "GET /v2/droplets", "droplet:read"),
    (droplet, WEB, "POST /v2/droplets", "droplet:create"),
    (tag, {"names": ["a"]}, "POST /v2/tags", "tag:create"),
    (cloud_firewall, {"name": "fence", "inbound_rules": [RULE]}, "POST /v2/firewalls", "firewall:create"),
    (database_cluster, CLUSTER, "POST /v2/databases", "database:create"),
    (project, {"name": "mlflow", "purpose": "MLflow"}, "POST /v2/projects", "project:create"),
    (spaces_key, {"name": "mlflow", "no_log": True}, "POST /v2/spaces/keys", "spaces_key:create_credentials"),
    (ssh_key, {"name": "mlflow"}, "POST /v2/account/keys", "ssh_key:create"),
]


@pytest.mark.parametrize("case", OPERATIONS)
def test_scope_that_the_token_lacks_is_named_with_the_operation(run, alter, public_key, case):
    module, options, operation, scope = case
    alter(lambda method, path, status, body: (403, FORBIDDEN) if f"{method} {path}" == operation else (status, body))
    options = options | ({"public_key": public_key} if module is ssh_key else {})
    sentence = run(module, **options)["msg"]
    assert (
        f"(status 403, request {FORBIDDEN['request_id']}); "
        f"{operation} needs a token with the scope {scope}, check those of yours" in sentence
    )


@pytest.mark.parametrize("shape", ["as the document has it", "as godo has it"])
def test_autoscaling_is_read_in_both_shapes(run, alter, shape):
    requested = {"enabled": True, "threshold_percent": 70, "increment_gib": 20}
    run(database_cluster, **CLUSTER, storage_autoscale=requested)
    if shape == "as godo has it":
        alter(
            lambda method, path, status, body: (
                status,
                body["autoscale"] if method == "GET" and path.endswith("/autoscale") else body,
            )
        )
    assert not run(database_cluster, **CLUSTER, storage_autoscale=requested)["changed"]
    assert run(database_cluster, **CLUSTER, storage_autoscale={"enabled": False}, check=True)["changed"]


def test_key_of_spaces_is_read_in_both_shapes(run, alter):
    def listed(method, path, status, body):
        return status, {"keys": [body["key"]]} if method == "GET" and path.startswith(
            "/v2/spaces/keys/"
        ) and status == 200 else body

    alter(listed)
    assert run(spaces_key, name="mlflow", no_log=True)["secret_key"]
    assert not run(spaces_key, name="mlflow", no_log=True)["changed"]


@pytest.mark.parametrize(("gone", "seconds"), [(True, 600), (False, 120)])
def test_vpc_waits_longer_for_clusters_that_are_deleted(cloud, run, alter, gone, seconds):
    run(vpc, name="default-fra1", region="fra1")
    net = run(vpc, name="net", region="fra1")["vpc"]["id"]
    made = run(database_cluster, **CLUSTER, vpc=net)["database_cluster"]
    cloud.wait_until_idle()
    member = {"urn": made["urn"], "name": "mlflow", "created_at": "2026-11-01T10:00:00Z"}

    def lingering(method, path, status, body):
        if (method, path) == ("DELETE", f"/v2/vpcs/{net}"):
            return 403, {"id": "forbidden", "message": "Can not delete VPC with members"}
        if path == f"/v2/vpcs/{net}/members":
            return 200, {"members": [member], "links": {}, "meta": {"total": 1}}
        if gone and path == f"/v2/databases/{made['id']}":
            return 404, {"id": "not_found", "message": "not found"}
        return status, body

    alter(lingering)
    sentence = run(vpc, name="net", state="absent")["msg"]
    assert (
        f"it still has the members mlflow ({made['urn']}); delete them first (waited {seconds} s for that)" in sentence
    )
    assert "waited" not in run(vpc, name="net", state="absent", wait=False)["msg"]
