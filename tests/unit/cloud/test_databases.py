# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other clients ask of databases, and our modules do not."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.core.cloud import Cloud
from ansible_collections.mlops.mlflow.sandbox.cloud.databases import lifecycle

NEW = {"name": "mine", "engine": "pg", "version": "17", "region": "ams3", "size": "db-s-1vcpu-2gb", "num_nodes": 1}


@pytest.fixture
def cluster(cloud, ask):
    """Return the path of a cluster that is online."""
    path = f"/v2/databases/{ask('POST', '/v2/databases', NEW)[1]['database']['id']}"
    cloud.wait_until_idle()
    return path


def test_options_tell_what_can_be_had(ask):
    status, body = ask("GET", "/v2/databases/options")
    facts = body["options"]["pg"]
    assert status == 200
    assert "db-s-1vcpu-1gb" in facts["layouts"][0]["sizes"]
    assert "db-s-1vcpu-1gb" not in facts["layouts"][1]["sizes"]
    assert [each["version"] for each in body["version_availability"]["pg"]] == facts["versions"]


def test_cluster_is_born_creating_with_an_administrator_and_a_database(ask):
    status, body = ask("POST", "/v2/databases", NEW)
    assert (status, body["database"]["status"]) == (201, "creating")
    assert ([user["name"] for user in body["database"]["users"]], body["database"]["db_names"]) == (
        ["doadmin"],
        ["defaultdb"],
    )


def test_what_is_not_set_may_be_null_or_empty(cloud, ask):
    cloud.contract = None
    nothing = {
        "private_network_uuid": "",
        "project_id": "",
        "tags": None,
        "rules": None,
        "backup_restore": None,
        "storage_size_mib": 0,
    }
    assert ask("POST", "/v2/databases", NEW | nothing)[0] == 201


def test_names_are_taken_once(ask, cluster):
    assert ask("POST", "/v2/databases", NEW)[0] == 422


def test_certificate_is_base64_of_pem(ask, cluster):
    assert base64.b64decode(ask("GET", f"{cluster}/ca")[1]["ca"]["certificate"]).startswith(
        b"-----BEGIN CERTIFICATE-----"
    )


def test_list_can_be_of_a_tag(ask):
    ask("POST", "/v2/databases", NEW | {"tags": ["Blue"]})
    ask("POST", "/v2/databases", NEW | {"name": "other"})
    assert [each["name"] for each in ask("GET", "/v2/databases?tag_name=blue")[1]["databases"]] == ["mine"]


@pytest.mark.parametrize(
    ("request_", "body", "status"),
    [
        ("GET /replicas", None, 200),
        ("GET /events", None, 200),
        ("GET /do_settings", None, 200),
        ("PUT /do_settings", {"do_settings": {"service_cnames": ["db.example.com"]}}, 204),
        ("PUT /install_update", None, 204),
        ("PUT /migrate", {"region": "nyc3"}, 202),
        ("PUT /migrate", {"region": "moon1"}, 422),
        ("GET /users/nobody", None, 404),
        ("PUT /users/doadmin", {"settings": {"pg_allow_replication": True}}, 201),
        ("DELETE /users/doadmin", None, 422),
        ("DELETE /users/nobody", None, 404),
        ("DELETE /dbs/defaultdb", None, 422),
        ("DELETE /dbs/nothing", None, 404),
        ("DELETE /pools/none", None, 404),
        ("PUT /autoscale", {"storage": {"enabled": True, "increment_gib": 10, "threshold_percent": 80}}, 204),
        ("PUT /upgrade", {"version": "16"}, 422),
    ],
)
def test_rest_of_a_cluster_answers_as_the_cloud_does(ask, cluster, request_, body, status):
    method, path = request_.split()
    assert ask(method, cluster + path, body)[0] == status


def test_unknown_cluster_is_not_found(ask):
    assert ask("DELETE", "/v2/databases/00000000-0000-4000-8000-000000000000")[0] == 404


def test_backup_can_be_made_at_any_moment(ask, cluster, cloud):
    cloud.store.change("database", cluster.rpartition("/")[2], _backups=[])
    made = ask("POST", cluster.replace("/v2/", "/sandbox/") + "/backups")[1]["backup"]
    assert ask("GET", f"{cluster}/backups")[1]["backups"] == [made]


def test_service_that_was_killed_goes_on_with_what_it_had_begun(cloud, ask, monkeypatch):
    monkeypatch.setattr(cloud, "later", lambda *_job: None)
    again = Cloud(cloud.store, cloud.world, cloud.settings, state=cloud.state)
    ask("POST", "/v2/databases", NEW)
    lifecycle.resume(again)
    again.wait_until_idle()
    identity = next(each["id"] for each in cloud.store.all("database", status="online"))
    ask("PUT", f"/v2/databases/{identity}/resize", {"size": "db-s-2vcpu-4gb", "num_nodes": 2})
    assert ask("PUT", f"/v2/databases/{identity}/upgrade", {"version": "17"})[0] == 412
    lifecycle.resume(again)
    again.wait_until_idle()
    assert cloud.store.all("database", status="online", size="db-s-2vcpu-4gb")
    ask("DELETE", f"/v2/databases/{identity}")
    lifecycle.resume(again)
    again.wait_until_idle()
    assert cloud.store.all("database") == []


def test_vpc_keeps_a_deleted_cluster_for_a_while(cloud, ask, cluster):
    network = cloud.store.all("database")[0]["private_network_uuid"]
    cloud.settings.delays["deleting"] = 0.3
    ask("DELETE", cluster)
    assert ask("GET", "/v2/databases")[1]["databases"] == []
    assert len(ask("GET", f"/v2/vpcs/{network}/members")[1]["members"]) == 1
    cloud.wait_until_idle()
    assert ask("GET", f"/v2/vpcs/{network}/members")[1]["members"] == []
