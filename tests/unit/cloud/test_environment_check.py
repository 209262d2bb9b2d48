# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cloud would refuse is told before anything is made.

Each mistake has a sentence of its own, and all are told at once.
"""

from __future__ import annotations

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.modules import (
    database_cluster,
    droplet,
    environment_check,
    spaces_key,
    vpc,
)

from . import s3
from .conftest import requests, writes

GOOD = {
    "name": "mlflow-test",
    "region": "ams3",
    "ip_range": "10.110.0.0/20",
    "tag": "mlflow:test",
    "droplets": ["mlflow-1", "mlflow-2"],
    "droplet_size": "s-2vcpu-4gb",
    "droplet_image": "debian-13-x64",
    "version": "17",
    "database_size": "db-s-1vcpu-2gb",
    "num_nodes": 1,
    "storage_size_mib": 0,
    "settings": {"work_mem": "16", "jit": False, "pgbouncer": {"min_pool_size": 5}},
    "maintenance_window": {"day": "sunday", "hour": "03:00"},
    "database_user": "mlflow",
    "pool_size": 0,
    "bucket": "free-and-ours",
    "backup_bucket": "free-and-ours-backups",
}


@pytest.fixture(scope="module")
def store():
    store = s3.Store()
    store.client.create_bucket(Bucket="ours")
    return store


@pytest.fixture
def look(run, store):
    """Return a function that looks at an environment which differs from a good one, and returns all that it says."""
    store.faults.clear()
    return lambda **differs: run(environment_check, **(GOOD | {"endpoint_url": store.url} | s3.KEYS | differs))


def test_good_environment_passes_and_nothing_is_written(cloud, look, store, public_key):
    store.requests.clear()
    result = look(ssh_public_key=public_key, names={"region": "infrastructure_region"})
    assert (result["mistakes"], result["changed"]) == ([], False)
    assert result["database_connections"] == 47
    assert writes(cloud) == store.writes() == []
    assert len(requests(cloud)) <= 10


MISTAKES = [
    ({"region": "xyz9"}, "region: xyz9 is not a region of DigitalOcean; use one such as "),
    (
        {"region": "nyc1", "endpoint_url": None},
        "region: nyc1 has no Spaces (as of March 2026); use one such as nyc3, ams3",
    ),
    ({"droplet_size": "s-99vcpu-1tb"}, "droplet_size: s-99vcpu-1tb is not a size of a droplet; use one such as s-"),
    (
        {"droplet_image": "debian13"},
        (
            "droplet_image: debian13 is not an image that the roles know; "
            "use debian-12-x64, debian-13-x64 or ubuntu-24-04-x64"
        ),
    ),
    (
        {"ip_range": "10.244.4.0/24"},
        (
            "ip_range: 10.244.4.0/24 overlaps 10.244.0.0/16, which DigitalOcean keeps for itself in ams3; "
            "use a range such as 10.110.0.0/24"
        ),
    ),
    (
        {"ip_range": "10.18.1.0/24"},
        "ip_range: 10.18.1.0/24 overlaps 10.18.0.0/16, which DigitalOcean keeps for itself in ams3; ",
    ),
    (
        {"ip_range": "8.8.8.0/24"},
        (
            "ip_range: 8.8.8.0/24 cannot be the range of a VPC; "
            "use a private network from /16 to /28, such as 10.110.0.0/20"
        ),
    ),
    ({"ip_range": "10.110.0.0/29"}, "ip_range: 10.110.0.0/29 cannot be the range of a VPC; "),
    (
        {"ip_range": "10.110.0.7/20"},
        (
            "ip_range: 10.110.0.7/20 is not a network; "
            "use CIDR notation with no bits after the prefix, such as 10.110.0.0/20"
        ),
    ),
    (
        {"bucket": "My_Bucket"},
        "bucket: My_Bucket cannot be the name of a bucket; use 3 to 63 lower-case letters, digits and hyphens, ",
    ),
    (
        {"ssh_public_key": "~/.ssh/id_ed25519.pub"},
        "ssh_public_key: this is not a public SSH key; give the text of a .pub file",
    ),
    ({"ssh_public_key": "ssh-ed25519 AAAA me@home"}, "ssh_public_key: this is not a public SSH key; "),
    ({"version": "9.6"}, "version: 9.6 is not a version of PostgreSQL that DigitalOcean offers; use "),
    (
        {"database_size": "db-s-9vcpu-1tb"},
        "database_size: db-s-9vcpu-1tb is not a size of a managed PostgreSQL; use one such as db-s-",
    ),
    (
        {"database_size": "db-s-1vcpu-1gb", "num_nodes": 3},
        "database_size: db-s-1vcpu-1gb cannot have 3 nodes; use one such as ",
    ),
    ({"num_nodes": 7}, "num_nodes: 7 is not a number of nodes that a cluster can have; use 1, 2 or 3"),
    (
        {"storage_size_mib": 1},
        (
            "storage_size_mib: 1 MiB cannot be had with db-s-1vcpu-2gb; "
            "use a multiple of 10240 from 30720 to 307200, or 0 for what the size has"
        ),
    ),
    ({"storage_size_mib": 30721}, "storage_size_mib: 30721 MiB cannot be had"),
    ({"storage_size_mib": 10**9}, "storage_size_mib: 1000000000 MiB cannot be had"),
    (
        {"pool_size": 1000},
        "pool_size: 1000 is not from 1 to 47, the connections that db-s-1vcpu-2gb has; use fewer, or 0 for no pool",
    ),
    ({"pool_size": -1}, "pool_size: -1 is not from 1 to 47"),
    (
        {"database_user": "doadmin"},
        "database_user: doadmin is a name that the managed PostgreSQL keeps for itself; use another, such as mlflow",
    ),
    ({"database_user": "pg_mlflow"}, "database_user: pg_mlflow is a name"),
    (
        {"maintenance_window": {"day": "someday", "hour": "03:00"}},
        "maintenance_window: day someday is not a weekday; use one such as sunday",
    ),
    (
        {"maintenance_window": {"day": "sunday", "hour": "25:00"}},
        "maintenance_window: hour 25:00 is not a time; use one such as '03:00', in quotes",
    ),
    (
        {"settings": {"work_men": 4}},
        "settings: work_men is not a setting that DigitalOcean lets one change; use work_mem, or leave it out",
    ),
    ({"settings": {"work_mem": 4096}}, "settings: work_mem 4096 is not a whole number from 1 to 1024"),
    ({"settings": {"work_mem": "lots"}}, "settings: work_mem 'lots' is not a whole number from 1 to 1024"),
    ({"settings": {"work_mem": None}}, "settings: work_mem None is not a whole number"),
    ({"settings": {"jit": "maybe"}}, "settings: jit 'maybe' is not true or false"),
    (
        {"settings": {"pgbouncer": {"autodb_pool_mode": "none"}}},
        "settings: pgbouncer.autodb_pool_mode 'none' is not one of 'session', 'transaction', 'statement'",
    ),
    ({"settings": {"pgbouncer": 7}}, "settings: pgbouncer 7 is not a dictionary of settings"),
    (
        {"endpoint_ca_file": "/nope/ca.crt"},
        (
            "endpoint_ca_file: /nope/ca.crt does not exist; "
            "give the path of a file with certificates in PEM, or leave it out"
        ),
    ),
    ({"token": "wrong"}, "DigitalOcean: Unable to authenticate you (status 401"),
    ({"ca_file": "/nope/ca.crt"}, "ca_file: /nope/ca.crt does not exist"),
    ({"api_url": "https://localhost:9"}, "DigitalOcean: the API does not answer: "),
]


@pytest.mark.parametrize(("differs", "sentence"), MISTAKES, ids=[sentence[:60] for _differs, sentence in MISTAKES])
def test_mistake_is_told_in_one_sentence(cloud, look, differs, sentence):
    result = look(**differs)
    mistakes = result.get("mistakes") or [result["msg"].removeprefix("DigitalOcean: ")]
    assert len(mistakes) == 1, mistakes
    assert mistakes[0].startswith(sentence), mistakes
    assert writes(cloud) == []


def test_all_mistakes_are_told_at_once_by_the_names_of_variables(look):
    names = {
        "region": "infrastructure_region",
        "version": "infrastructure_database_version",
        "ip_range": "vpc_ip_range",
    }
    differs = {
        "region": "nyc2",
        "endpoint_url": None,
        "version": "99",
        "ip_range": "10.13.0.0/24",
        "settings": {"a": 1, "b": 2},
        "access_key_id": None,
    }
    mistakes = look(names=names, **differs)["mistakes"]
    assert [each.split(":")[0] for each in mistakes] == [
        "settings",
        "settings",
        "infrastructure_region",
        "vpc_ip_range",
        "infrastructure_database_version",
    ]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            {"status": "locked", "status_message": "unpaid"},
            (
                "token: the account is locked (unpaid), so nothing can be made in it; "
                "ask DigitalOcean's support to unlock it"
            ),
        ),
        (
            {"email_verified": False},
            "token: the e-mail address of the account is not verified, so nothing can be made in it; ",
        ),
        (
            {"droplet_limit": 1},
            (
                "droplets: mlflow-1, mlflow-2 would be droplet 1 to 2 of an account that may have 1; "
                "delete some, or ask DigitalOcean's support"
            ),
        ),
    ],
)
def test_account_that_may_not_have_it_is_told(ask, look, state, sentence):
    ask("PATCH", "/sandbox/account", state)
    (mistake,) = look()["mistakes"]
    assert mistake.startswith(sentence)


def test_all_scopes_that_a_token_lacks_for_looking_are_told_at_once(cloud, look):
    lacks = {"account:read", "image:read", "vpc:read", "spaces_key:read", "database:read"}
    cloud.settings.lacks = lacks
    mistakes = look()["mistakes"]
    assert len(mistakes) == len(lacks), (cloud.state / "cloud.log").read_text()
    assert [each for each in mistakes if "status 403" not in each or "scope" not in each] == []


def test_droplet_that_is_not_among_the_planned_ones_is_a_warning_with_its_id_and_price(look, run, monkeypatch):
    told = []
    # else Ansible prints it once it has loaded its controller
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text, **_: told.append(text))
    options = {"region": "ams3", "size": "s-2vcpu-4gb", "image": "debian-13-x64"}
    made = run(droplet, names=["mlflow-1", "mlflow-9"], tags=["mlflow:test"], **options)["droplets"]
    run(droplet, names=["mlflow-8"], tags=["mlflow:test-2"], **options)
    look(surplus=["mlflow-9", "mlflow-8"], complete=True)
    (warning,) = told
    assert f"the droplet mlflow-9 ({made[1]['id']}) has the tag mlflow:test" in warning
    assert "24.00 US dollars a month" in warning


def test_droplets_that_exist_do_not_count_as_new(ask, look, run):
    run(droplet, names=["mlflow-1"], tags=["mlflow:test"], region="ams3", size="s-2vcpu-4gb", image="debian-13-x64")
    ask("PATCH", "/sandbox/account", {"droplet_limit": 2})
    assert look()["mistakes"] == []
    ask("PATCH", "/sandbox/account", {"droplet_limit": 1})
    assert look()["mistakes"][0].startswith("droplets: mlflow-2 would be droplet 2 to 2 of an account that may have 1")


def test_range_of_another_vpc_is_told(look, run):
    run(vpc, name="office", region="fra1", ip_range="10.110.0.0/16")
    (mistake,) = look()["mistakes"]
    assert mistake == (
        "ip_range: 10.110.0.0/20 overlaps 10.110.0.0/16 of the VPC office in the same account; "
        "use a range such as 10.111.0.0/20"
    )


def test_vpc_of_ours_keeps_range_and_region(look, run):
    run(vpc, name="mlflow-test", region="fra1", ip_range="10.112.0.0/20")
    assert look()["mistakes"] == [
        (
            "ip_range: 10.110.0.0/20 is not the range of the VPC mlflow-test, "
            "which has 10.112.0.0/20 for good; set it to 10.112.0.0/20"
        ),
        "region: ams3 is not the region of the VPC mlflow-test, which is in fra1 for good; set it to fra1",
    ]


@pytest.fixture
def cluster(cloud, run):
    """Have the cluster of the environment."""
    options = {
        "version": "17",
        "region": "ams3",
        "size": "db-s-2vcpu-4gb",
        "num_nodes": 1,
        "trusted_sources": [{"type": "ip_addr", "value": "192.0.2.1"}],
    }
    assert run(database_cluster, name="mlflow-test", **options)["changed"]
    cloud.wait_until_idle()


@pytest.mark.parametrize(
    ("differs", "sentence"),
    [
        ({"version": "15"}, "version: 15 is below 17, which the cluster mlflow-test runs for good; set it to '17'"),
        (
            {"database_size": "db-s-1vcpu-2gb"},
            "database_size: db-s-1vcpu-2gb is smaller than db-s-2vcpu-4gb, and the cluster mlflow-test cannot shrink; ",
        ),
        (
            {"region": "fra1"},
            "region: fra1 is not the region of the cluster mlflow-test, which is in ams3; set it to ams3",
        ),
        (
            {"database_size": "db-s-9vcpu-16gb"},
            "database_size: db-s-9vcpu-16gb is not a size of a managed PostgreSQL; ",
        ),
    ],
)
@pytest.mark.parametrize("complete", [False, True])
def test_cluster_that_exists_cannot_become_anything(look, cluster, differs, sentence, complete):
    mistakes = look(**({"database_size": "db-s-2vcpu-4gb", "complete": complete} | differs))["mistakes"]
    assert [each for each in mistakes if each.startswith(sentence)], mistakes
    assert len(mistakes) == 1


def test_complete_environment_is_looked_at_with_two_requests(cloud, look, cluster):
    (cloud.state / "cloud.log").unlink()
    result = look(complete=True, database_size="db-s-2vcpu-4gb")
    assert result["mistakes"] == []
    assert len(result["database_hosts"]) == 2
    assert len(requests(cloud)) <= 2


def test_bucket_of_ours_passes(look):
    assert look(bucket="ours")["mistakes"] == []


def test_bucket_of_somebody_else_is_told(look, store):
    store.fail("403 AccessDenied", "HEAD")
    (mistake,) = look(bucket="ours")["mistakes"]
    assert mistake.startswith(
        "bucket: ours belongs to somebody else, or is in another region; use a name that nobody else has, such as ours-"
    )


def test_public_bucket_of_somebody_else_is_told(look, store):
    store.fail("403 AccessDenied", "GET")
    assert look(bucket="ours")["mistakes"][0].startswith("bucket: ours belongs to somebody else")


def test_backup_bucket_of_somebody_else_is_told_beside_that_of_artifacts(look, store):
    store.fail("403 AccessDenied", "HEAD", 2)
    mistakes = look(bucket="ours", backup_bucket="theirs", names={"backup_bucket": "infrastructure_backup_bucket"})[
        "mistakes"
    ]
    assert [each.partition(" belongs to somebody else, or is in another region; ")[0] for each in mistakes] == [
        "bucket: ours",
        "infrastructure_backup_bucket: theirs",
    ]


def test_both_buckets_cannot_be_one(look):
    (mistake,) = look(bucket="ours", backup_bucket="ours", names={"bucket": "infrastructure_bucket"})["mistakes"]
    assert mistake == (
        "backup_bucket: ours is the same as infrastructure_bucket, so one key would open both; "
        "use another name, such as ours-backups"
    )


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_wrong_key_of_spaces_is_told_as_such(look, store, code):
    store.fail("403 Forbidden", "HEAD")
    store.fail(f"403 {code}", "GET")
    (mistake,) = look()["mistakes"]
    assert mistake.startswith("access_key_id: Spaces do not accept the key DO00TEST (")
    assert "check SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY" in mistake


def test_limited_key_is_told_where_the_bucket_has_to_be_made(look, store):
    store.fail("403 AccessDenied", "GET")
    (mistake,) = look()["mistakes"]
    assert mistake.startswith(
        "access_key_id: the key DO00TEST cannot list buckets, so it has no full access; use one that has ("
    )


def test_limited_key_of_the_account_is_told_by_the_api(look, run):
    key = run(spaces_key, no_log=True, name="small", grants=[{"bucket": "ours", "permission": "read"}])["spaces_key"][
        "access_key"
    ]
    assert look(access_key_id=key)["mistakes"][0].startswith(
        "access_key_id: the key small does not have full access to Spaces, so it cannot make a bucket"
    )


def test_bucket_is_not_renamed_under_an_environment(look, run):
    run(spaces_key, no_log=True, name="mlflow-test", grants=[{"bucket": "ours", "permission": "readwrite"}])
    (mistake,) = look(bucket="another")["mistakes"]
    assert mistake.startswith(
        "bucket: another is not the bucket of this environment, whose key opens ours; "
        "set it to ours, where the artifacts are. "
    )
    assert look(bucket="ours")["mistakes"] == []


def test_backup_bucket_is_not_renamed_under_an_environment(look, run):
    run(spaces_key, no_log=True, name="mlflow-test-backups", grants=[{"bucket": "ours", "permission": "readwrite"}])
    (mistake,) = look(backup_bucket="another")["mistakes"]
    assert mistake == (
        "backup_bucket: another is not the backup bucket of this environment, whose key opens ours; "
        "set it to ours, where the backups are. "
        "To start again with another bucket, delete the key mlflow-test-backups in the control panel first"
    )
    assert look(backup_bucket="ours")["mistakes"] == []


def test_object_store_that_does_not_answer_is_told(look):
    (mistake,) = look(endpoint_url="http://127.0.0.1:9")["mistakes"]
    assert mistake.startswith("endpoint_url: Spaces do not answer: ")


def test_without_a_token_only_what_needs_none_is_judged(cloud, look):
    assert look(token="", database_user="doadmin", region="xyz9")["mistakes"] == [
        "database_user: doadmin is a name that the managed PostgreSQL keeps for itself; use another, such as mlflow"
    ]
    assert requests(cloud) == []
