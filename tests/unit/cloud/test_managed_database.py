# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import database_cluster, managed_database
from ansible_collections.mlops.mlflow.sandbox.cloud.databases.dns import hosts

from .conftest import requests, writes

POOL = {"name": "mlflow-pool", "size": 10}


CLUSTER = {
    "name": "mlflow-test",
    "version": "17",
    "region": "ams3",
    "size": "db-s-1vcpu-1gb",
    "num_nodes": 1,
    "trusted_sources": [{"type": "ip_addr", "value": "203.0.113.7"}],
}


@pytest.fixture
def cluster(cloud, run):
    """Have a cluster that is online, and forget the requests that made it."""
    run(database_cluster, **CLUSTER)
    cloud.wait_until_idle()
    (cloud.state / "cloud.log").unlink()
    return cloud.store.all("database")[0]


@pytest.fixture
def present(cluster, run):
    return lambda **args: run(
        managed_database, **({"cluster": "mlflow-test", "user": "mlflow", "database": "mlflow"} | args)
    )


def record(cloud):
    """Return the cluster as the cloud has it."""
    return cloud.store.all("database")[0]


@pytest.mark.parametrize("option", ["cluster", "user", "database"])
def test_names_are_needed(cloud, run, option):
    names = {"cluster": "mlflow-test", "user": "mlflow", "database": "mlflow"}
    del names[option]
    assert option in run(managed_database, **names)["msg"]
    assert requests(cloud) == []


def test_check_mode_shows_what_is_missing_and_writes_nothing(cloud, present):
    result = present(pool=POOL, check=True)
    assert result["changed"]
    assert result["diff"]["before"] == {"user": {}, "database": {}, "pool": {}}
    assert result["pool"] == {
        "name": "mlflow-pool",
        "size": 10,
        "mode": "transaction",
        "database": "mlflow",
        "user": "mlflow",
    }
    assert writes(cloud) == []


def test_all_are_created_and_tell_how_to_connect(cloud, cluster, present):
    result = present(pool=POOL)
    public, private = hosts(cluster)
    assert result["changed"]
    assert result["user"] == {"name": "mlflow"}
    assert {key: result["database"][key] for key in ("name", "host", "private_host", "port")} == {
        "name": "mlflow",
        "host": public,
        "private_host": private,
        "port": 25060,
    }
    assert result["database"]["ca_certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert (result["pool"]["name"], result["pool"]["port"], result["pool"]["private_host"]) == (
        "mlflow-pool",
        25061,
        private,
    )
    assert len(writes(cloud)) == 3


def test_second_run_changes_nothing_with_few_requests(cloud, present):
    first = present(pool=POOL)
    before = len(requests(cloud))
    second = present(pool=POOL)
    assert not second["changed"]
    assert second["database"] == first["database"]
    assert len(writes(cloud)) == 3
    assert len(requests(cloud)) - before <= 3


def test_password_is_only_for_a_task_that_hides_it(cloud, present):
    created = present(pool=POOL, no_log=True)
    password = next(user["password"] for user in record(cloud)["_users"] if user["name"] == "mlflow")
    admin = next(user["password"] for user in record(cloud)["_users"] if user["name"] == "doadmin")
    assert created["password"] == password
    assert (created["admin_user"], created["admin_password"]) == ("doadmin", admin)
    assert present(no_log=True)["password"] == password
    open_result = json.dumps(present(pool=POOL))
    assert password not in open_result
    assert admin not in open_result


def test_token_that_may_not_see_passwords_is_said_and_gives_none(cloud, present):
    present()
    cloud.settings.lacks = {"database:view_credentials"}
    result = present(no_log=True)
    assert "password" not in result
    assert "admin_password" not in result
    assert "database:view_credentials" in result["msg"]
    assert not result["changed"]


def test_rotation_gives_a_new_password_and_is_always_a_change(present):
    first = present(no_log=True)["password"]
    second = present(rotate=True, no_log=True)
    third = present(rotate=True, no_log=True)
    assert second["changed"]
    assert third["changed"]
    assert len({first, second["password"], third["password"]}) == 3
    last = present(no_log=True)
    assert (last["changed"], last["password"]) == (False, third["password"])


def test_rotation_in_check_mode_keeps_the_password(cloud, present):
    first = present(no_log=True)["password"]
    assert present(rotate=True, check=True)["changed"]
    assert present(no_log=True)["password"] == first


def test_rotation_of_a_user_that_is_missing_only_creates_it(cloud, present):
    assert present(rotate=True)["changed"]
    assert [line for line in writes(cloud) if "reset_auth" in line] == []


def test_rotation_without_the_scope_is_refused_before_the_password_is_lost(cloud, present):
    first = present(no_log=True)["password"]
    cloud.settings.lacks = {"database:view_credentials"}
    assert "would be lost" in present(rotate=True, no_log=True)["msg"]
    cloud.settings.lacks = set()
    assert present(no_log=True)["password"] == first


@pytest.mark.parametrize("kind", ["500", "503", "drop", "drop_after"])
def test_rotation_that_failed_once_ends_with_the_password_that_is_true(cloud, present, kind):
    present()
    cloud.faults.add(kind=kind, path="reset_auth")
    result = present(rotate=True, no_log=True)
    assert result["password"] == next(user["password"] for user in record(cloud)["_users"] if user["name"] == "mlflow")


@pytest.mark.parametrize(("option", "value"), [("size", 5), ("mode", "session"), ("inbound_user", True)])
def test_pool_is_changed_in_place(cloud, present, option, value):
    present(pool=POOL)
    assert present(pool=POOL | {option: value}, check=True)["changed"]
    assert present(pool=POOL | {option: value})["changed"]
    assert not present(pool=POOL | {option: value})["changed"]
    assert [line.split()[0] for line in writes(cloud)] == ["POST", "POST", "POST", "PUT"]


def test_pool_goes_to_another_database_and_user(cloud, present):
    present(pool=POOL)
    assert present(pool=POOL, user="other", database="other")["pool"]["database"] == "other"
    assert record(cloud)["_pools"] == [
        {"name": "mlflow-pool", "mode": "transaction", "size": 10, "db": "other", "user": "other"}
    ]


def test_pool_that_another_hand_changed_is_repaired(cloud, present):
    present(pool=POOL)
    cloud.store.change("database", record(cloud)["id"], _pools=[record(cloud)["_pools"][0] | {"size": 1}])
    result = present(pool=POOL)
    assert (result["diff"]["before"]["pool"]["size"], result["diff"]["after"]["pool"]["size"]) == (1, 10)


def test_user_and_database_that_another_hand_deleted_are_made_again(cloud, present):
    present()
    cloud.store.change("database", record(cloud)["id"], _users=record(cloud)["_users"][:1], _dbs=["defaultdb"])
    assert present()["changed"]
    assert record(cloud)["_dbs"] == ["defaultdb", "mlflow"]


def test_pool_larger_than_the_cluster_is_refused_in_words(present):
    assert "have 1 to 22 connections" in present(pool=POOL | {"size": 23})["msg"]


def test_pool_mode_that_is_none_is_refused(present):
    assert "mode" in present(pool=POOL | {"mode": "sometimes"})["msg"]


def test_pools_that_are_not_named_are_left_alone(cloud, present):
    present(pool=POOL)
    assert not present()["changed"]
    assert len(record(cloud)["_pools"]) == 1


def test_refusal_of_the_api_ends_in_its_words_with_the_id_of_the_request(present):
    message = present(user="pg_mlflow")["msg"]
    assert "invalid user name pg_mlflow (status 422, request " in message


def test_cluster_can_be_given_by_id(cluster, present):
    assert present(cluster=cluster["id"])["changed"]
    assert not present()["changed"]


def test_missing_cluster_fails_in_words(present):
    assert present(cluster="nope")["msg"] == "database cluster nope does not exist"


def test_missing_cluster_is_to_be_created_first_in_check_mode(present):
    assert present(cluster="nope", check=True)["changed"]


def test_missing_cluster_has_nothing_to_delete(present):
    result = present(cluster="nope", state="absent", delete_data=True)
    assert not result["changed"]
    assert not result.get("failed")


def test_cluster_that_is_still_created_is_waited_for(cloud, run):
    cloud.faults.add(kind="slow", path="database", seconds=1.5)
    run(database_cluster, **CLUSTER, wait=False)
    names = {"cluster": "mlflow-test", "user": "mlflow", "database": "mlflow"}
    assert "still creating" in run(managed_database, wait=False, **names)["msg"]
    assert run(managed_database, check=True, **names)["changed"]
    assert run(managed_database, **names)["changed"]


def test_user_that_the_cloud_does_not_show_at_once_is_no_failure(cloud, present):
    cloud.settings.delays["lag"] = 0.3
    assert present(pool=POOL, no_log=True)["password"]
    assert present(pool=POOL, rotate=True, no_log=True)["password"]
    assert not present(pool=POOL)["changed"]


def test_pool_that_was_made_though_the_api_failed_is_not_made_again(cloud, present):
    cloud.faults.add(kind="503", method="POST", path="pools")
    assert present(pool=POOL)["pool"]["port"] == 25061
    assert len([line for line in writes(cloud) if "/pools" in line]) == 1


@pytest.mark.parametrize("kind", ["429", "500", "503", "timeout", "drop", "drop_after"])
@pytest.mark.parametrize("path", ["databases$", "ca$", "users$", "users/", "dbs$", "dbs/", "pools$", "pools/"])
def test_one_failure_of_any_call_does_no_harm(cloud, present, kind, path):
    cloud.faults.add(kind=kind, path=path, seconds=0.01)
    assert present(pool=POOL)["changed"]
    assert not present(pool=POOL)["changed"]
    assert [len(record(cloud)[key]) for key in ("_users", "_dbs", "_pools")] == [2, 2, 1]


@pytest.mark.parametrize("kind", ["500", "drop_after"])
def test_one_failure_while_changing_or_deleting_does_no_harm(cloud, present, kind):
    present(pool=POOL)
    cloud.faults.add(kind=kind, method="PUT")
    assert present(pool=POOL | {"size": 3})["changed"]
    cloud.faults.add(kind=kind, method="DELETE", times=2)
    assert present(pool=POOL, state="absent", delete_data=True)["changed"]
    assert [len(record(cloud)[key]) for key in ("_users", "_dbs", "_pools")] == [1, 1, 0]


def test_two_plays_at_once_make_one_of_each(cloud, cluster, run, monkeypatch):
    """Another play makes the user between the look and the request of this one."""
    make = managed_database.User.create

    def late(self):
        make(self)
        return make(self)

    monkeypatch.setattr(managed_database.User, "create", late)
    result = run(managed_database, cluster="mlflow-test", user="mlflow", database="mlflow", no_log=True)
    assert result["password"]
    assert [user["name"] for user in record(cloud)["_users"]] == ["doadmin", "mlflow"]


def test_data_is_only_deleted_when_that_is_said(cloud, present):
    present(pool=POOL)
    before = len(writes(cloud))
    assert "set delete_data to true" in present(pool=POOL, state="absent")["msg"]
    assert len(writes(cloud)) == before


def test_all_are_removed_once(cloud, present):
    present(pool=POOL)
    assert present(pool=POOL, state="absent", delete_data=True, check=True)["changed"]
    assert [line for line in writes(cloud) if line.startswith("DELETE")] == []
    result = present(pool=POOL, state="absent", delete_data=True)
    assert result["changed"]
    assert (result["user"], result["database"], result["pool"]) == ({}, {}, {})
    assert not present(pool=POOL, state="absent")["changed"]
    assert [len(record(cloud)[key]) for key in ("_users", "_dbs", "_pools")] == [1, 1, 0]
