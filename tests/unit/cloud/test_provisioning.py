# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""playbooks/provision.yml and destroy.yml by Ansible itself, from an empty account.

The service has nothing real behind it.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import time
import uuid

import pytest
import yaml
from ansible_collections.mlops.mlflow.sandbox.cloud.account import scopes

from . import s3
from .conftest import requests, writes
from .environment import TOKEN, Environment
from .test_tokens import chosen

KILLS = int(os.environ.get("MLOPS_KILLS", "2"))
WRITES = 15  # requests of a whole run that make something
KINDS = ("vpc", "tag", "ssh_key", "firewall", "database", "droplet", "project", "spaces_key")


@pytest.fixture(scope="module")
def store():
    return s3.Store()


@pytest.fixture
def environment(cloud, certificate, store, tmp_path):
    return Environment(tmp_path, store, (cloud.url, certificate / "ca.crt"))


@pytest.fixture
def play(environment):
    """Return a function that runs a playbook to its end and returns what it printed."""
    return environment.run


def changed(printed):
    """Return how many tasks have changed something."""
    return int(re.search(r"localhost +: .*changed=(\d+)", printed).group(1))


def account(cloud):
    """Return what is in the account, by kind and name."""
    return {
        kind: sorted(thing.get("name") or thing["fingerprint"] for thing in cloud.store.all(kind)) for kind in KINDS
    }


WHOLE = {
    "vpc": ["mlflow-test"],
    "tag": ["mlflow:test", "mlflow:test:server"],
    "ssh_key": ["mlflow-test"],
    "firewall": ["mlflow-test"],
    "database": ["mlflow-test"],
    "droplet": ["mlflow-1", "mlflow-2"],
    "project": ["mlflow-test"],
    "spaces_key": ["mlflow-test", "mlflow-test-backups"],
}


def without_default(found):
    """Return an account without the project that every account has."""
    return found | {"project": [name for name in found["project"] if name == "mlflow-test"]}


def have_droplet(cloud, ask, name, tag):
    """Have a droplet that no inventory names, and return its id."""
    body = {"name": name, "region": "ams3", "size": "s-2vcpu-4gb", "image": "debian-13-x64", "tags": [tag]}
    identity = ask("POST", "/v2/droplets", body)[1]["droplet"]["id"]
    cloud.wait_until_idle()
    return identity


def refused(cloud):
    """Return the lines of the service's log about what the token may not do."""
    return [line for line in requests(cloud) if line.endswith(" 403") or "the token lacks" in line]


def test_environment_is_planned_made_left_alone_and_destroyed(cloud, play, ask, store, tmp_path):
    """The token has exactly the scopes that docs/production.md tells to choose.

    One that lacks another is refused by its name.
    """
    too_much = set(scopes.all_scopes(cloud.operations)) - chosen()
    cloud.settings.lacks = too_much
    plan = play("--check", "--diff")
    assert "US dollars a month" in plan
    assert writes(cloud) == []

    cloud.settings.lacks = too_much | {"vpc:create"}
    assert "needs a token with the scope vpc:create" in " ".join(play(fails=True).split())
    (line,) = refused(cloud)[:1]
    assert line.startswith("the token lacks vpc:create,")
    (cloud.state / "cloud.log").unlink()
    cloud.settings.lacks = too_much

    first = play()
    assert without_default(account(cloud)) == WHOLE
    key, backup_key = (
        yaml.safe_load((tmp_path / f"inventory/group_vars/all/{name}_key.yml").read_text())
        for name in ("spaces", "backup")
    )
    assert key.keys() == {"infrastructure_bucket_access_key_id", "infrastructure_bucket_secret_access_key"}
    assert backup_key.keys() == {
        "infrastructure_backup_bucket_access_key_id",
        "infrastructure_backup_bucket_secret_access_key",
    }

    assert refused(cloud) == []
    (cloud.state / "cloud.log").unlink()
    second = play("--diff", "-vvv")
    assert changed(second) == 0
    assert writes(cloud) == []
    assert len(requests(cloud)) <= 21, requests(cloud)
    secrets = [
        TOKEN,
        key["infrastructure_bucket_secret_access_key"],
        backup_key["infrastructure_backup_bucket_secret_access_key"],
        *(user["password"] for user in cloud.store.all("database")[0]["_users"]),
    ]
    assert [secret for secret in secrets if secret in first + second] == []

    surplus, theirs = (have_droplet(cloud, ask, "mlflow-9", tag) for tag in ("mlflow:test", "web"))
    before = account(cloud)
    listed = play(playbook="destroy", fails=True)
    assert "mlflow_destroy: nothing is not test" in listed
    assert f"droplet mlflow-9 ({surplus})" in listed
    assert str(theirs) not in listed
    assert account(cloud) == before

    end = play("-e", "mlflow_destroy=test", "-e", "mlflow_destroy_dump=false", playbook="destroy")
    assert refused(cloud) == []
    assert [droplet["id"] for droplet in cloud.store.all("droplet")] == [theirs]
    left = without_default(account(cloud))
    # the first VPC of a region becomes its default, which the cloud never deletes
    assert {kind: names for kind, names in left.items() if names} == {
        "project": ["mlflow-test"],
        "vpc": ["mlflow-test"],
        "droplet": ["mlflow-9"],
        "tag": ["web"],
        "spaces_key": ["mlflow-test-backups"],
    }
    assert "5.00 US dollars" in end
    assert store.client.list_buckets()["Buckets"]


def rules(store, bucket):
    """Return the lifecycle rules of a bucket: after how many days versions and unfinished uploads go."""
    return [
        (
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"],
            rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"],
        )
        for rule in store.client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    ]


def buckets(store):
    """Return the names of all buckets."""
    return [bucket["Name"] for bucket in store.client.list_buckets()["Buckets"]]


def contents(store, bucket):
    """Return the keys of all versions of objects in a bucket."""
    return [each["Key"] for each in store.client.list_object_versions(Bucket=bucket).get("Versions", [])]


def test_backups_outlive_the_environment_until_their_end_is_meant(cloud, environment, store):
    artifacts = environment.variable("infrastructure_bucket")
    backups = f"{artifacts}-backups"
    kept = environment.inventory / "group_vars/all/backup_key.yml"
    cloud.world.spaces.has_bucket = lambda _cloud, name: name in buckets(store)
    destroy = ("-e", "mlflow_destroy=test", "-e", "mlflow_destroy_dump=false", "-e", "mlflow_destroy_bucket=true")
    environment.run()
    grants = {key["name"]: key["grants"] for key in cloud.store.all("spaces_key")}
    assert grants == {
        "mlflow-test": [{"bucket": artifacts, "permission": "readwrite"}],
        "mlflow-test-backups": [{"bucket": backups, "permission": "readwrite"}],
    }
    assert (rules(store, artifacts), rules(store, backups)) == ([(100, 7)], [(30, 7)])
    assert store.client.get_bucket_versioning(Bucket=backups)["Status"] == "Enabled"
    for content in (b"old", b"new"):
        store.client.put_object(Bucket=backups, Key="snapshot", Body=content)
    assert {f"do:space:{name}" for name in (artifacts, backups)} <= {
        each["urn"] for each in cloud.store.all("assignment")
    }
    key = kept.read_text()

    told = (f"all backups, in the bucket {backups}, with their key", "-e infrastructure_destroy_backups=true")
    listed = " ".join(environment.run(*destroy[2:], playbook="destroy", fails=True).split())
    end = " ".join(environment.run(*destroy, playbook="destroy").split())
    assert [text for text in told if text not in listed or text not in end] == []
    assert [each["name"] for each in cloud.store.all("spaces_key")] == ["mlflow-test-backups"]
    assert contents(store, backups) == ["snapshot", "snapshot"]
    assert artifacts not in buckets(store)
    assert kept.read_text() == key

    environment.run()
    assert kept.read_text() == key
    assert contents(store, backups) == ["snapshot", "snapshot"]
    assert changed(environment.run()) == 0

    environment.run(*destroy, playbook="destroy")
    end = environment.run(*destroy, "-e", "infrastructure_destroy_backups=true", playbook="destroy")
    assert "Nothing of it costs money any more" in end
    assert "mlflow-test" not in account(cloud)["project"]
    assert cloud.store.all("spaces_key") == []
    assert not kept.exists()
    assert backups not in buckets(store)


def test_environment_may_do_without_a_bucket_for_backups(cloud, environment, store):
    environment.run("-e", "infrastructure_backup_bucket=")
    assert without_default(account(cloud)) == WHOLE | {"spaces_key": ["mlflow-test"]}
    assert f"{environment.variable('infrastructure_bucket')}-backups" not in buckets(store)
    assert not (environment.inventory / "group_vars/all/backup_key.yml").exists()


def everything(cloud, name):
    """Return all that the API has of an environment, as it has it: by its name, its tags or its network."""
    vpc = next(vpc["id"] for vpc in cloud.store.all("vpc") if vpc["name"] == f"mlflow-{name}")
    ours = {
        kind: [thing for thing in cloud.store.all(kind) if f"mlflow-{name}" == thing.get("name")]
        for kind in KINDS
        if kind != "tag"
    }
    return ours | {
        "droplet": [droplet for droplet in cloud.store.all("droplet") if droplet["vpc_uuid"] == vpc],
        "tag": [tag for tag in cloud.store.all("tag") if tag["name"].startswith(f"mlflow:{name}")],
        "ssh_key": cloud.store.all("ssh_key"),
    }


def test_two_environments_with_the_same_host_names_and_key_live_side_by_side(
    cloud, environment, certificate, store, tmp_path
):
    other = Environment(tmp_path, store, (cloud.url, certificate / "ca.crt"), hosts=("mlflow-1",), name="other")
    cloud.world.spaces.has_bucket = lambda _cloud, name: name in buckets(store)
    environment.run()
    before = everything(cloud, "test")
    assert "mlflow-1" in other.run()
    assert everything(cloud, "test") == before
    assert len(cloud.store.all("droplet")) == 3
    assert [changed(each.run()) for each in (environment, other)] == [0, 0]

    (lost,) = everything(cloud, "other")["droplet"]
    cloud.store.change("droplet", lost["id"], tags=["mlflow:other"])
    assert changed(other.run()) == 1
    assert everything(cloud, "test") == before

    listed = other.run(playbook="destroy", fails=True)
    foreign = [str(thing["id"]) for kind in ("droplet", "database", "vpc", "firewall") for thing in before[kind]]
    assert [identity for identity in foreign if identity in listed] == []
    gone = everything(cloud, "other")
    ours = [str(gone[kind][0]["id"]) for kind in ("droplet", "database", "vpc", "firewall")]
    assert [identity for identity in ours if identity not in listed] == []

    end = other.run(
        "-e",
        "mlflow_destroy=other",
        "-e",
        "mlflow_destroy_dump=false",
        "-e",
        "mlflow_destroy_bucket=true",
        "-e",
        "infrastructure_destroy_backups=true",
        playbook="destroy",
    )
    assert end.index(ours[0]) < end.rindex("TASK [mlops.mlflow.infrastructure : Delete the droplets,")
    assert everything(cloud, "test") == before
    assert [
        thing["name"] for kind in KINDS for thing in cloud.store.all(kind) if "other" in thing.get("name", "")
    ] == []
    assert changed(environment.run()) == 0


def test_cluster_is_restored_beside_the_present_one_which_stays_until_it_is_destroyed(cloud, environment, store):
    cloud.world.spaces.has_bucket = lambda _cloud, name: name in buckets(store)
    environment.run()
    (first,) = cloud.store.all("database")
    cloud.store.change("database", first["id"], _kept_since=0, created_at="2020-01-01T00:00:00Z")
    other = {"id": str(uuid.uuid4()), "name": "other", "tags": ["mlflow:test-2"]}
    foreign = cloud.store.put("database", other["id"], first | other)
    said = environment.run(playbook="restore_cluster", fails=True)
    assert "infrastructure_restore_at: nothing is not a time in UTC" in " ".join(said.split())

    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    name, chosen = f"mlflow-test-{re.sub('[:-]', '', at).lower()}", environment.inventory / "database_cluster.txt"
    options = ("-e", f"infrastructure_restore_at={at}")
    before = writes(cloud)
    environment.run("--check", *options, playbook="restore_cluster")
    assert writes(cloud) == before
    assert not chosen.exists()
    process, deadline = environment.start(*options, playbook="restore_cluster"), time.monotonic() + 120
    while writes(cloud) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert writes(cloud)[len(before) :] == ["POST /v2/databases 201"]
    assert not chosen.exists()
    end = " ".join(environment.run(*options, playbook="restore_cluster").split())
    assert f"MLflow uses the database cluster {name}, which was restored to {at}" in end
    assert "mlflow-test is as it was and costs money" in end
    assert "name=mlflow-test state=absent delete_data=true" in end
    assert chosen.read_text() == f"{name}\n"
    there = {each["name"]: each for each in cloud.store.all("database")}
    assert there.keys() == {"mlflow-test", "other", name}
    assert there["mlflow-test"] == cloud.store.get("database", first["id"])
    assert [rule["value"] for rule in there[name]["_rules"]] == ["mlflow:test:server"]
    assert (there[name]["tags"], there[name]["_dbs"]) == (["mlflow:test"], ["defaultdb", "mlflow"])

    assert changed(environment.run(*options, playbook="restore_cluster")) == 0
    again = environment.run()
    assert changed(again) == 0
    assert "mlflow-test: MLflow does not use this database cluster any more" in " ".join(again.split())
    destroy = ("-e", "mlflow_destroy_dump=false", "-e", "mlflow_destroy_bucket=true")
    listed = environment.run(*destroy, playbook="destroy", fails=True)
    assert all(there[each]["id"] in listed for each in ("mlflow-test", name))
    environment.run(*destroy, "-e", "mlflow_destroy=test", playbook="destroy")
    assert cloud.store.all("database") == [foreign]
    assert not chosen.exists()
    assert "nothing: it does not exist" in environment.run(*destroy, "-e", "mlflow_destroy=test", playbook="destroy")


def test_drift_is_shown_by_a_dry_run_and_repaired_by_one_run(cloud, play, ask):
    play()
    firewall, droplet = cloud.store.all("firewall")[0], cloud.store.all("droplet")[0]
    surplus = have_droplet(cloud, ask, "mlflow-9", "mlflow:test")
    there = cloud.store.get("droplet", surplus)
    everybody = {"protocol": "tcp", "ports": "5000", "sources": {"addresses": ["0.0.0.0/0"]}}
    cloud.store.change("firewall", firewall["id"], inbound_rules=[*firewall["inbound_rules"], everybody])
    cloud.store.change("droplet", droplet["id"], tags=["mlflow:test"])
    before = writes(cloud)
    shown = play("--check", "--diff")
    assert writes(cloud) == before
    assert f"mlflow-9 ({surplus}) has the tag mlflow:test" in " ".join(shown.split())
    assert "5000" in shown
    assert "mlflow:test:server" in shown
    play()
    assert cloud.store.get("firewall", firewall["id"])["inbound_rules"] == firewall["inbound_rules"]
    assert cloud.store.get("droplet", droplet["id"])["tags"] == droplet["tags"]
    assert changed(play()) == 0
    assert cloud.store.get("droplet", surplus) == there


def kill(cloud, process, chance):
    """Kill a run shortly after one of its requests that make something, or before the first.

    Lists may not show yet what that has made.
    """
    count = chance.randint(0, WRITES)
    deadline = time.monotonic() + 120
    while len(writes(cloud)) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(chance.uniform(0, 1))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return writes(cloud)[-1:]


@pytest.mark.parametrize("number", range(KILLS))
def test_run_that_was_killed_is_finished_by_the_next_and_nothing_is_there_twice(cloud, environment, number):
    seed = os.environ.get("MLOPS_SEED", str(random.randrange(10**6)))
    cloud.settings.delays |= {"list": 10, "lag": 2}
    last = kill(cloud, environment.start(), random.Random(f"{seed} {number}"))
    print(f"\nKilled after {last} (MLOPS_SEED={seed})")
    environment.run()
    assert without_default(account(cloud)) == WHOLE
    assert changed(environment.run()) == 0


def test_run_that_was_killed_leaves_no_process_behind_that_creates_droplets(cloud, environment):
    """The task that begins cluster and droplets runs in a session of its own, which a killed playbook leaves behind."""
    process = environment.start()
    deadline = time.monotonic() + 120
    while not any(line.startswith("POST /v2/databases ") for line in writes(cloud)) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(10)
    assert without_default(account(cloud)) == WHOLE | {"droplet": [], "project": []}


def test_play_finishes_in_a_crowded_account_that_limits_and_fails(cloud, play, ask):
    """There are a thousand droplets, and somebody else has used up nearly all requests of the minute.

    Requests of each method fail in each way.
    """
    ask("POST", "/v2/droplets", {"name": "other", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64"})
    cloud.wait_until_idle()
    (other,) = cloud.store.all("droplet")
    ask("PATCH", "/sandbox/account", {"droplet_limit": 2000})
    for number in range(1, 1000):
        cloud.store.put("droplet", number, other | {"id": number, "name": f"other-{number}"})
    failures = list(itertools.product(("GET", "POST"), ("429", "500", "503", "drop", "drop_after")))
    for number, (method, kind) in enumerate(failures):
        cloud.faults.add(kind=kind, method=method, path="", skip=number % 5)
    cloud.limits.count([time.time() - 25] * (cloud.limits.a_minute - 10))
    play()
    assert len([line for line in requests(cloud) if line.endswith(" 429")]) > len(
        [kind for _method, kind in failures if kind == "429"]
    )
    assert cloud.faults.waiting == []
    assert {
        kind: [name for name in names if name.startswith("mlflow")] for kind, names in account(cloud).items()
    } == WHOLE
    assert changed(play()) == 0
