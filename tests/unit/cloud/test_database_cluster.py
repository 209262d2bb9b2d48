# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import database_cluster, droplet, project, vpc
from ansible_collections.mlops.mlflow.plugins.modules import tag as tag_module

from .conftest import requests, writes

MINE = {"type": "ip_addr", "value": "203.0.113.7"}
NEW = {"version": "16", "region": "ams3", "size": "db-s-1vcpu-2gb", "num_nodes": 1, "trusted_sources": [MINE]}

LATEST = {"cluster": "mlflow-test"}
PAST = time.time() - 3 * 3600


@pytest.fixture
def present(run):
    return lambda **args: run(database_cluster, **({"name": "mlflow-test"} | NEW | args))


@pytest.fixture
def only(run):
    """Return a function that gives nothing but the name and what it is told."""
    return lambda **args: run(database_cluster, name="mlflow-test", **args)


def record(cloud):
    """Return the cluster as the cloud has it."""
    return cloud.store.all("database")[0]


def values(rules):
    return [(rule["type"], rule["value"]) for rule in rules]


def test_name_is_needed(cloud, run):
    assert "name" in run(database_cluster)["msg"]
    assert requests(cloud) == []


@pytest.mark.parametrize("option", ["version", "region", "size", "num_nodes"])
def test_what_creation_needs_is_said(cloud, run, option):
    given = {name: value for name, value in NEW.items() if name != option}
    assert f"give {option} to create it" in run(database_cluster, name="mlflow-test", **given)["msg"]
    assert writes(cloud) == []


def test_check_mode_shows_what_is_missing_and_writes_nothing(cloud, present):
    result = present(check=True)
    assert result["changed"]
    assert result["diff"]["before"]["database_cluster"] == {}
    assert result["database_cluster"]["trusted_sources"] == [MINE]
    assert writes(cloud) == []


def test_cluster_is_created_closed_and_waited_for(cloud, present):
    cloud.faults.add(kind="slow", path="database", seconds=0.2)
    cluster = present()["database_cluster"]
    assert cluster["status"] == "online"
    assert (cluster["host"], cluster["private_host"]) == (
        "mlflow-test-do-user-19081923-0.b.db.ondigitalocean.test",
        "private-mlflow-test-do-user-19081923-0.b.db.ondigitalocean.test",
    )
    assert (cluster["port"], cluster["storage_size_mib"], cluster["urn"]) == (25060, 30720, f"do:dbaas:{cluster['id']}")
    assert len(writes(cloud)) == 1


def test_second_run_changes_nothing_with_few_requests(cloud, present, run):
    run(vpc, name="mlflow", region="ams3")
    most = {
        "vpc": "mlflow",
        "tags": ["mlflow:test"],
        "settings": {"work_mem": 8, "autovacuum_vacuum_scale_factor": 0.1},
        "maintenance_window": {"day": "sunday", "hour": "03:00"},
    }
    assert present(**most)["changed"]
    cloud.wait_until_idle()
    made, before = len(requests(cloud)), len(writes(cloud))
    assert not present(**most)["changed"]
    assert len(writes(cloud)) == before
    assert len(requests(cloud)) - made <= 5


def test_whole_cluster_is_made_in_one_run(present):
    result = present(
        settings={"work_mem": 8},
        maintenance_window={"day": "sunday", "hour": "03:00"},
        storage_autoscale={"enabled": True},
        tags=["a"],
    )
    cluster = result["database_cluster"]
    assert (cluster["settings"], cluster["storage_autoscale"], cluster["tags"]) == (
        {"work_mem": 8},
        {"enabled": True},
        ["a"],
    )
    assert cluster["maintenance_window"] == {"day": "sunday", "hour": "03:00"}
    assert result["diff"]["before"]["database_cluster"] == {}


def test_one_that_is_still_created_is_resumed_and_not_created_again(cloud, present):
    cloud.faults.add(kind="slow", path="database", seconds=1.5)
    begun = present(wait=False)
    assert begun["changed"]
    assert begun["waits_for"] == {"database cluster mlflow-test": "creating"}
    again = present(wait=False)
    assert (again["changed"], again["waits_for"]) == (False, begun["waits_for"])
    last = present()
    assert (last["changed"], last["waits_for"], last["database_cluster"]["status"]) == (False, {}, "online")
    assert len(writes(cloud)) == 1


def test_settings_of_one_that_was_created_without_waiting_come_with_the_next_run(cloud, present):
    cloud.faults.add(kind="slow", path="database", seconds=0.2)
    present(settings={"work_mem": 8}, wait=False)
    assert record(cloud)["_config"] == {}
    cloud.wait_until_idle()
    assert present(settings={"work_mem": 8}, wait=False)["changed"]
    assert record(cloud)["_config"] == {"work_mem": 8}


def test_cluster_that_the_cloud_does_not_show_at_once_is_waited_for(cloud, present):
    cloud.settings.delays |= {"lag": 0.2}
    cloud.faults.add(kind="slow", path="database", seconds=0.3)
    assert present()["database_cluster"]["status"] == "online"


def test_end_of_patience_names_the_cluster_and_its_id(cloud, present):
    cloud.faults.add(kind="slow", path="database", seconds=0.5)
    message = present(wait_timeout=0)["msg"]
    assert record(cloud)["id"] in message
    assert "is creating after 0 s (wait_timeout)" in message


def test_administrators_password_is_only_for_a_task_that_hides_it(cloud, present):
    password = present(no_log=True)["admin_password"]
    assert password == record(cloud)["_users"][0]["password"]
    assert password not in json.dumps(present())
    cloud.settings.lacks = {"database:view_credentials"}
    result = present(no_log=True)
    assert "admin_password" not in result
    assert "database:view_credentials" in result["msg"]


def test_vpc_is_found_by_name_and_its_id_is_the_same(run, present):
    identity = run(vpc, name="mlflow", region="ams3")["vpc"]["id"]
    assert present(vpc="mlflow")["database_cluster"]["vpc"] == identity
    assert not present(vpc=identity)["changed"]


def test_vpc_that_is_missing_is_said(present):
    assert present(vpc="nope")["msg"] == "vpc nope does not exist"


def test_project_is_for_a_new_cluster_only(run, present):
    projects = [run(project, name=name, purpose="test")["project"]["id"] for name in ("one", "two")]
    assert present(project_id=projects[0])["database_cluster"]["project_id"] == projects[0]
    assert not present(project_id=projects[1])["changed"]


def test_size_nodes_and_storage_grow_in_one_request(cloud, present, only):
    present()
    cloud.faults.add(kind="slow", path="resize", seconds=0.2)
    larger = {"size": "db-s-2vcpu-4gb", "num_nodes": 2, "storage_size_mib": 71680}
    assert only(check=True, **larger)["changed"]
    cluster = only(**larger)["database_cluster"]
    assert {option: cluster[option] for option in larger} == larger
    assert cluster["status"] == "online"
    assert not only(**larger)["changed"]
    assert len(writes(cloud)) == 2


def test_resize_that_is_not_waited_for_tells_so(cloud, present, only):
    present()
    cloud.faults.add(kind="slow", path="resize", seconds=0.2)
    assert only(size="db-s-2vcpu-4gb", wait=False)["waits_for"] == {"database cluster mlflow-test": "resizing"}
    assert not only(size="db-s-2vcpu-4gb")["changed"]


@pytest.mark.parametrize(("option", "value"), [("size", "db-s-1vcpu-1gb"), ("storage_size_mib", 10240)])
def test_what_cannot_shrink_is_refused_in_words(cloud, present, only, option, value):
    present()
    assert f"{option} is" in only(**{option: value})["msg"]
    assert len(writes(cloud)) == 1


def test_standby_node_can_go(present, only):
    present(num_nodes=2)
    assert only(num_nodes=1)["database_cluster"]["num_nodes"] == 1


def test_version_is_upgraded_only_when_that_is_said(cloud, present, only):
    present()
    assert "set upgrade to true" in only(version="17")["msg"]
    assert only(version="17", upgrade=True)["database_cluster"]["version"] == "17"
    assert not only(version="17")["changed"]
    assert len(writes(cloud)) == 2


def test_version_has_no_way_back_and_none_beside_a_resize(present, only):
    present()
    assert "cannot go back to 15" in only(version="15", upgrade=True)["msg"]
    assert "upgraded and resized at once" in only(version="17", upgrade=True, size="db-s-2vcpu-4gb")["msg"]


@pytest.mark.parametrize(("option", "value"), [("region", "nyc3"), ("vpc", "00000000-0000-4000-8000-000000000000")])
def test_what_a_cluster_keeps_for_life_is_refused_with_a_way_out(cloud, present, option, value):
    present()
    assert "backup_restore" in present(**{option: value})["msg"]
    assert len(writes(cloud)) == 1


def test_region_is_compared_without_regard_to_case(present):
    present()
    assert not present(region="AMS3")["changed"]


@pytest.mark.parametrize(
    ("first", "then"),
    [({"shared_buffers_percentage": 30.5}, {"shared_buffers_percentage": 20}), ({"work_mem": 32}, {"work_mem": 16})],
)
def test_settings_are_changed_and_compared_as_numbers(present, only, first, then):
    assert present(settings=first)["changed"]
    assert not only(settings={name: str(value) for name, value in first.items()})["changed"]
    assert only(settings=then, check=True)["changed"]
    assert only(settings=then)["database_cluster"]["settings"] == then
    assert not only(settings=then)["changed"]


def test_only_settings_that_differ_are_sent_and_others_stay(cloud, present, only):
    present(settings={"timezone": "Europe/Berlin", "jit": False, "pgbouncer": {"min_pool_size": 2}})
    assert only(settings={"jit": False, "work_mem": 8, "pgbouncer": {"server_lifetime": 600}})["changed"]
    config = record(cloud)["_config"]
    assert (config["timezone"], config["jit"], config["work_mem"]) == ("Europe/Berlin", False, 8)
    assert (config["pgbouncer"]["min_pool_size"], config["pgbouncer"]["server_lifetime"]) == (2, 600)


def test_switches_may_be_booleans_as_yaml_reads_them(cloud, present, only):
    present(settings={"track_io_timing": True})
    assert record(cloud)["_config"]["track_io_timing"] == "on"
    assert not only(settings={"track_io_timing": "on"})["changed"]


def test_settings_that_cannot_be_lowered_are_refused_in_words(cloud, present, only):
    present(settings={"max_locks_per_transaction": 128})
    before = len(writes(cloud))
    assert (
        "max_locks_per_transaction is 128 and can never be lowered to 64"
        in only(settings={"max_locks_per_transaction": 64})["msg"]
    )
    assert len(writes(cloud)) == before


def test_setting_that_the_api_refuses_ends_in_its_words(present, only):
    present()
    assert "invalid config" in only(settings={"max_connections": 100})["msg"]


def test_maintenance_window_is_moved_and_seconds_do_not_matter(cloud, present, only):
    present(maintenance_window={"day": "Sunday", "hour": "3:00"})
    assert not only(maintenance_window={"day": "sunday", "hour": "03:00:00"})["changed"]
    assert only(maintenance_window={"day": "monday", "hour": "13:30"})["changed"]
    assert record(cloud)["maintenance_window"]["hour"] == "13:30:00"


@pytest.mark.parametrize("window", [{"day": "someday", "hour": "03:00"}, {"day": "sunday", "hour": "25:00"}])
def test_maintenance_window_that_is_none_is_refused(present, window):
    assert "maintenance_window" in present(maintenance_window=window)["msg"]


def test_storage_autoscale_is_switched_on_changed_and_off(present, only):
    present()
    on = {"enabled": True, "threshold_percent": 70, "increment_gib": 20}
    for requested in (on, on | {"increment_gib": 50}, {"enabled": False}):
        assert only(storage_autoscale=requested)["changed"]
        assert not only(storage_autoscale=requested)["changed"]


def test_trusted_sources_of_several_kinds_are_a_set(cloud, run, present, only):
    present()
    run(tag_module, names=["server"])
    servers = run(droplet, names=["one"], region="ams3", size="s-1vcpu-1gb", image="debian-13-x64")
    sources = [
        MINE,
        {"type": "tag", "value": "server"},
        {"type": "droplet", "value": str(servers["droplets"][0]["id"])},
    ]
    assert only(trusted_sources=sources)["changed"]
    assert not only(trusted_sources=sources[::-1])["changed"]
    assert not only(trusted_sources=[{"type": "ip_addr", "value": "203.0.113.7/32"}, *sources[1:]])["changed"]
    assert only(trusted_sources=sources[1:])["changed"]
    assert sorted(values(record(cloud)["_rules"])) == sorted((each["type"], each["value"]) for each in sources[1:])


def test_trusted_source_that_another_hand_added_or_removed_is_repaired(cloud, present, only):
    present()
    for rules in ([], [*record(cloud)["_rules"], {**record(cloud)["_rules"][0], "value": "198.51.100.9"}]):
        cloud.store.change("database", record(cloud)["id"], _rules=rules)
        assert only(trusted_sources=[MINE], check=True)["changed"]
        assert only(trusted_sources=[MINE])["changed"]
        assert values(record(cloud)["_rules"]) == [("ip_addr", "203.0.113.7")]


def test_what_the_api_knows_more_of_a_trusted_source_stays(cloud, present, only):
    present()
    described = record(cloud)["_rules"][0] | {"description": "the office"}
    cloud.store.change("database", record(cloud)["id"], _rules=[described])
    other = {"type": "ip_addr", "value": "198.51.100.9"}
    only(trusted_sources=[other, MINE])
    assert described in record(cloud)["_rules"]


def test_empty_list_never_opens_a_cluster_by_accident(cloud, present, only):
    present()
    assert "set open_to_all to true" in only(trusted_sources=[])["msg"]
    assert len(writes(cloud)) == 1
    assert only(open_to_all=True)["changed"]
    assert not only(open_to_all=True)["changed"]
    assert record(cloud)["_rules"] == []


@pytest.mark.parametrize("sources", [None, []])
def test_new_cluster_is_never_open_by_accident(cloud, run, sources):
    given = NEW | {"trusted_sources": sources}
    assert "every address may connect" in run(database_cluster, name="mlflow-test", **given)["msg"]
    assert writes(cloud) == []
    assert run(database_cluster, name="mlflow-test", open_to_all=True, **given)["changed"]


def test_open_to_all_beside_trusted_sources_is_a_contradiction(present):
    assert "open_to_all removes" in present(open_to_all=True)["msg"]


def test_tags_are_given_and_taken_whatever_their_case(cloud, present, only):
    present(tags=["mlflow", "Test"])
    assert not only(tags=["test", "mlflow"])["changed"]
    assert only(tags=["mlflow", "other"])["database_cluster"]["tags"] == ["mlflow", "other"]
    cloud.store.change("database", record(cloud)["id"], tags=[])
    assert only(tags=["mlflow", "other"])["changed"]
    assert sorted(record(cloud)["tags"]) == ["mlflow", "other"]


def test_what_is_not_given_is_left_alone(present, only):
    present(tags=["a"], settings={"work_mem": 8}, maintenance_window={"day": "sunday", "hour": "03:00"})
    assert not only()["changed"]


def test_cluster_is_made_from_a_backup_which_is_listed(cloud, present, run):
    present()
    cloud.wait_until_idle()
    backups = present()["database_cluster"]["backups"]
    assert len(backups) == 1
    for name, moment in (("latest", {}), ("moment", {"at": backups[0]["created_at"]})):
        restore = {"cluster": "mlflow-test"} | moment
        assert run(database_cluster, name=name, **NEW, backup_restore=restore)["database_cluster"]["status"] == "online"
        assert not run(database_cluster, name=name, **NEW, backup_restore=restore)["changed"]


def test_cluster_is_restored_to_a_moment_with_the_users_and_databases_of_that_time(cloud, present, run, ask):
    present()
    cloud.wait_until_idle()
    first = record(cloud)
    for name, made in (("before", PAST), ("after", time.time() + 9)):
        ask("POST", f"/v2/databases/{first['id']}/users", {"name": name})
        ask("POST", f"/v2/databases/{first['id']}/dbs", {"name": name})
        users = [user | ({"_made": made} if user["name"] == name else {}) for user in record(cloud)["_users"]]
        times = record(cloud)["_dbs_made"] | {name: made}
        cloud.store.change("database", first["id"], _users=users, _dbs_made=times)
    cloud.store.change("database", first["id"], _kept_since=PAST, created_at="2020-01-01T00:00:00Z")
    at = datetime.now(UTC) - timedelta(hours=2)
    restore = {"cluster": "mlflow-test", "at": at.astimezone(timezone(timedelta(hours=1))).isoformat()}
    shown = run(database_cluster, name="back", **NEW, backup_restore=restore, check=True)
    assert shown["diff"]["after"]["database_cluster"]["backup_restore"] == restore
    assert len(cloud.store.all("database")) == 1
    cloud.faults.add(kind="slow", path="database", seconds=0.2)
    assert run(database_cluster, name="back", **NEW, backup_restore=restore, wait=False)["waits_for"] == {
        "database cluster back": "forking"
    }
    made = run(database_cluster, name="back", **NEW, backup_restore=restore)["database_cluster"]
    assert (made["status"], made["trusted_sources"]) == ("online", [MINE])
    assert made["id"] != first["id"]
    back = cloud.store.get("database", made["id"])
    assert [user["name"] for user in back["_users"]] == ["doadmin", "before"]
    assert back["_dbs"] == ["defaultdb", "before"]
    later = {"cluster": "mlflow-test", "at": datetime.now(UTC).isoformat()}
    assert not run(database_cluster, name="back", **NEW, backup_restore=later)["changed"]


def test_restored_cluster_has_at_least_the_storage_of_the_other(cloud, present, run):
    present(storage_size_mib=51200)
    same = run(database_cluster, name="same", **NEW, backup_restore=LATEST)
    assert same["database_cluster"]["storage_size_mib"] == 51200
    small = run(database_cluster, name="less", **NEW, storage_size_mib=40960, backup_restore=LATEST)
    assert "cluster mlflow-test has 51200 MiB" in small["msg"]
    old = run(database_cluster, name="old", **(NEW | {"version": "15"}), backup_restore=LATEST)
    assert "cluster mlflow-test has version 16" in old["msg"]


@pytest.mark.parametrize(
    ("name", "restore", "said"),
    [
        ("back", {"cluster": "nope"}, "there is no cluster nope in this account; use the name of one that exists"),
        (
            "mlflow-test",
            LATEST,
            "cluster mlflow-test is this one, and only a new cluster can be restored; give the new",
        ),
        ("back", LATEST | {"at": "2126-01-01T00:00:00Z"}, "at 2126-01-01T00:00:00Z is in the future, as it is now 20"),
        (
            "back",
            LATEST | {"at": "2026-01-01T00:00:00Z"},
            "at 2026-01-01T00:00:00Z is older than 7 days, for which the",
        ),
        ("back", LATEST | {"at": "yesterday"}, "at yesterday is not a time with a time zone; use a time from 20"),
        ("back", LATEST | {"at": "2026-11-30T14:05:00"}, "is not a time with a time zone; use a time from 20"),
        ("back", LATEST | {"at": f"{datetime.now(UTC) - timedelta(hours=1)}"}, "is before cluster mlflow-test was cre"),
    ],
)
def test_contents_that_the_cloud_does_not_have_are_refused_in_one_sentence(cloud, present, name, restore, said):
    present()
    before = writes(cloud)
    for check in (False, True):
        msg = present(name=name, backup_restore=restore, check=check)["msg"]
        assert msg.startswith(f"DigitalOcean: database cluster {name}: backup_restore: ")
        assert said in msg
    assert writes(cloud) == before


def test_name_that_cannot_be_is_refused_before_anything_is_asked(cloud, run):
    assert "lower-case letters" in run(database_cluster, name="MLflow", **NEW)["msg"]
    assert writes(cloud) == []


@pytest.mark.parametrize(
    ("option", "value"), [("size", "db-huge"), ("version", "9"), ("region", "mars1"), ("num_nodes", 5)]
)
def test_what_the_cloud_does_not_have_ends_in_its_words(cloud, present, option, value):
    assert "(status 422, request " in present(**{option: value})["msg"]
    assert cloud.store.all("database") == []


def test_engine_that_is_not_postgresql_is_refused(cloud, present):
    assert "engine" in present(engine="mysql")["msg"]
    assert requests(cloud) == []


@pytest.mark.parametrize("kind", ["429", "500", "503", "timeout", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_makes_one_cluster(cloud, present, kind, method):
    cloud.faults.add(kind=kind, method=method, seconds=0.01)
    assert present()["changed"]
    assert not present()["changed"]
    assert len(cloud.store.all("database")) == 1


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("firewall$", {"trusted_sources": [{"type": "ip_addr", "value": "198.51.100.9"}]}),
        ("config$", {"settings": {"work_mem": 8}}),
        ("resize$", {"size": "db-s-2vcpu-4gb"}),
        ("upgrade$", {"version": "17", "upgrade": True}),
        ("maintenance$", {"maintenance_window": {"day": "sunday", "hour": "03:00"}}),
        ("autoscale$", {"storage_autoscale": {"enabled": True}}),
        ("resources$", {"tags": ["a"]}),
    ],
)
def test_one_failure_of_any_change_does_no_harm(cloud, only, kind, path, change):
    only(**NEW)
    cloud.faults.add(kind=kind, path=path)
    assert only(**change)["changed"]
    assert not only(**change)["changed"]


def test_data_is_only_deleted_when_that_is_said(cloud, present, only):
    present()
    assert "set delete_data to true" in only(state="absent")["msg"]
    assert only(state="absent", delete_data=True, check=True)["changed"]
    assert len(writes(cloud)) == 1
    assert only(state="absent", delete_data=True)["database_cluster"] == {}
    assert not only(state="absent")["changed"]
    cloud.wait_until_idle()
    assert cloud.store.all("database") == []


@pytest.mark.parametrize("kind", ["500", "503", "drop", "drop_after"])
def test_one_failure_while_deleting_does_no_harm(present, only, kind, cloud):
    present()
    cloud.faults.add(kind=kind, method="DELETE")
    assert only(state="absent", delete_data=True)["changed"]
    assert not only(state="absent", delete_data=True)["changed"]


def test_cluster_of_the_second_page_is_found(cloud, present):
    present()
    first = record(cloud)
    for number in range(205):
        cloud.store.put(
            "database",
            f"other-{number}",
            first | {"id": f"00000000-0000-4000-8000-{number:012}", "name": f"other-{number}"},
        )
    cloud.store.remove("database", first["id"])
    cloud.store.put("database", first["id"], first)
    assert not present()["changed"]
