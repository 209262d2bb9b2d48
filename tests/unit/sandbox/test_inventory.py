# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From an inventory to machines, and what is refused."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mlops.mlflow.sandbox import inventory
from ansible_collections.mlops.mlflow.sandbox.model import Interface
from ansible_collections.mlops.mlflow.sandbox.say import SandboxError

COMMON = {
    "ansible_user": "deploy",
    "sandbox_name": "local",
    "sandbox_network": {"name": "net", "subnet": "10.42.0.0/24"},
}
OUTSIDE = {"subnet": "10.43.0.0/24", "address": "10.43.0.11"}


def host(**variables):
    """Return the variables of a good host with some of them changed; None takes one away."""
    merged = COMMON | {"ansible_host": "10.42.0.11", "sandbox_suite": "bookworm"} | variables
    return {name: value for name, value in merged.items() if value is not None}


def refusal(**hosts):
    with pytest.raises(SandboxError) as refused:
        inventory.parse({name.replace("_", "-"): variables for name, variables in hosts.items()})
    return str(refused.value).splitlines()


def test_the_local_inventory_is_an_account_of_the_cloud_and_a_store(root):
    local = inventory.load(str(root / "inventory" / "local"))
    assert (local.name, local.account.port) == ("local", 8443)
    assert [(each.container, each.suite, each.address, each.service) for each in local.machines] == [
        ("mlflow-local-s3", "trixie", "10.42.0.5", "s3")
    ]


def test_hosts_without_a_suite_are_not_machines():
    found = inventory.parse({"one": host(), "elsewhere": {"ansible_host": "192.0.2.1"}})
    assert [each.host for each in found.machines] == ["one"]


def test_a_host_may_have_more_legs():
    (one,) = inventory.parse({"one": host(sandbox_networks={"outside": OUTSIDE})}).machines
    assert one.interfaces == (
        Interface("net", "10.42.0.0/24", "10.42.0.11"),
        Interface("outside", "10.43.0.0/24", "10.43.0.11"),
    )


def test_a_client_outside_has_no_leg_inside():
    (client,) = inventory.parse(
        {"client": host(ansible_host="10.43.0.11", sandbox_networks={"outside": OUTSIDE})}
    ).machines
    assert client.interfaces == (Interface("outside", "10.43.0.0/24", "10.43.0.11"),)


def test_named_hosts_come_once_and_in_order():
    found = inventory.parse({"one": host(), "two": host(ansible_host="10.42.0.12")})
    assert [each.host for each in found.only(["two", "one", "two"])] == ["two", "one"]
    assert found.only([]) == found.machines


def test_a_stranger_among_the_named_hosts_is_refused():
    with pytest.raises(SandboxError, match=r"three is not a machine of this inventory: choose from one"):
        inventory.parse({"one": host()}).only(["three"])


def test_an_inventory_without_machines_is_refused():
    assert refusal(one={"ansible_host": "192.0.2.1"}) == [
        "No host of this inventory has the variable sandbox_suite or sandbox_cloud: there is nothing to create"
    ]


CLOUD = {"public": {"network": "net", "subnet": "10.42.0.0/24"}, "port": 8443}


def test_an_account_of_the_cloud_needs_no_machine():
    found = inventory.parse({"one": {"sandbox_name": "local", "sandbox_cloud": CLOUD}})
    assert (found.name, found.machines, found.networks, found.store) == ("local", (), {"net": "10.42.0.0/24"}, None)
    assert (found.account.port, found.account.delays, found.account.limit_memory) == (8443, "none", False)


def test_an_account_may_have_a_store_and_lifelike_delays():
    cloud = CLOUD | {"delays": "lifelike", "limit_memory": True}
    found = inventory.parse(
        {
            "one": {"sandbox_name": "local", "sandbox_cloud": cloud},
            "s3": host(sandbox_suite="trixie", sandbox_service="s3"),
        }
    )
    assert found.store.host == "s3"
    assert (found.account.delays, found.account.limit_memory) == ("lifelike", True)


@pytest.mark.parametrize(
    ("cloud", "sentence"),
    [
        ("yes", "sandbox_cloud does not have the expected form"),
        ({"port": 8443}, "sandbox_cloud does not have the expected form"),
        (CLOUD | {"speed": "high"}, "sandbox_cloud does not have the expected form"),
        (CLOUD | {"port": 443}, "choose one from 1024 to 65535"),
        (CLOUD | {"delays": "some"}, "choose none or lifelike"),
        (CLOUD | {"public": {"network": "net", "subnet": "10.42.0.1/24"}}, "use CIDR notation such as 10.42.0.0/24"),
        (CLOUD | {"public": {"network": "net", "subnet": "10.42.0.0/29"}}, "use /28 or larger"),
    ],
)
def test_an_account_that_cannot_be_is_refused(cloud, sentence):
    (said,) = refusal(one={"sandbox_name": "local", "sandbox_cloud": cloud})
    assert sentence in said


def test_two_accounts_in_one_inventory_are_refused():
    hosts = {
        name: {"sandbox_name": "local", "sandbox_cloud": CLOUD | {"port": port}}
        for name, port in (("one", 8443), ("two", 8444))
    }
    assert "an inventory has one account" in refusal(**hosts)[0]


def test_an_account_whose_network_overlaps_with_a_machine_is_refused():
    cloud = CLOUD | {"public": {"network": "other", "subnet": "10.42.0.0/16"}}
    assert "overlap" in refusal(one=host(sandbox_cloud=cloud))[0]


def test_what_only_the_cloud_knows_is_not_asked_for(tmp_path):
    (tmp_path / "hosts.yml").write_text(
        "all: {hosts: {one: {sandbox_name: local, sandbox_cloud: " + json.dumps(CLOUD) + "}}}"
    )
    (tmp_path / "digitalocean.yml").write_text("plugin: mlops.mlflow.digitalocean")
    assert inventory.load(str(tmp_path)).account.port == 8443


def test_an_inventory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SandboxError, match="There is no inventory"):
        inventory.load(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ansible_host": None}, "one: ansible_host is missing: use a value such as 10.42.0.11"),
        ({"ansible_host": "10.42.1.11"}, "one: 10.42.1.11 is outside network net: use an address in 10.42.0.0/24"),
        ({"ansible_host": "one.example"}, "one: one.example is not an IPv4 address: use an address such as 10.42.0.2"),
        ({"ansible_host": "{{ address }}"}, "one: ansible_host must be a plain value, without {{ }}"),
        (
            {"ansible_host": "10.42.0.1"},
            (
                "one: 10.42.0.1 is reserved in network net for the network itself, its gateway or broadcast: "
                "use 10.42.0.2 to 10.42.0.254"
            ),
        ),
        ({"ansible_user": "Mr X"}, "one: ansible_user Mr X is not valid: use a plain user name such as deploy"),
        (
            {"sandbox_name": "../etc"},
            "one: sandbox_name ../etc is not valid: use lower-case letters, digits and hyphens",
        ),
        ({"sandbox_suite": "noble"}, "one: sandbox_suite noble is not valid: choose bookworm or trixie"),
        ({"sandbox_service": "minio"}, "one: sandbox_service minio is not valid: choose s3, or leave it out"),
        ({"sandbox_service": "s3"}, "one: the S3 server needs sandbox_suite trixie"),
        ({"sandbox_memory": "2 GB"}, "one: sandbox_memory 2 GB is not valid: use a size such as 512m or 2g"),
        ({"sandbox_memory": 2048}, "one: sandbox_memory is not of the expected form: use a value such as 2g"),
        (
            {"sandbox_network": {"name": "net"}},
            (
                "one: sandbox_network is not of the expected form: "
                "use a value such as {'name': 'mlflow-local', 'subnet': '10.42.0.0/24'}"
            ),
        ),
        (
            {"sandbox_networks": {"outside": "10.43.0.0/24"}},
            (
                "one: sandbox_networks is not of the expected form: "
                "use a value such as {'outside': {'subnet': '10.43.0.0/24', 'address': '10.43.0.11'}}"
            ),
        ),
        (
            {"sandbox_network": {"name": "net", "subnet": "10.42.0.0/33"}},
            "Network net: '33' is not a valid netmask: use CIDR notation such as 10.42.0.0/24",
        ),
        (
            {"sandbox_network": {"name": "net", "subnet": "10.42.0.1/24"}},
            "Network net: 10.42.0.1/24 has host bits set: use CIDR notation such as 10.42.0.0/24",
        ),
        (
            {"sandbox_network": {"name": "net", "subnet": "10.42.0.8/30"}},
            "Network net: 10.42.0.8/30 is too small: use /29 or larger",
        ),
        (
            {"sandbox_networks": {"outside": OUTSIDE | {"address": "10.44.0.1"}}},
            "one: 10.44.0.1 is outside network outside: use an address in 10.43.0.0/24",
        ),
        (
            {"sandbox_networks": {"outside": {"subnet": "10.42.0.0/16", "address": "10.42.9.9"}}},
            "Networks net (10.42.0.0/24) and outside (10.42.0.0/16) overlap: give each a range of its own",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_cure(changed, sentence):
    assert refusal(one=host(**changed)) == [sentence]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ansible_host": "10.42.0.11"}, "one and two both have the address 10.42.0.11: give each its own"),
        (
            {"sandbox_name": "other"},
            "sandbox_name is local and other: an inventory is one sandbox; set it once for all hosts",
        ),
        (
            {"sandbox_network": {"name": "net", "subnet": "10.42.0.0/25"}},
            "Network net has the subnets 10.42.0.0/24 and 10.42.0.0/25: give it one",
        ),
        (
            {"sandbox_service": "s3", "sandbox_suite": "trixie"},
            "one and two are S3 servers: set sandbox_service on one host only",
        ),
    ],
)
def test_two_hosts_that_do_not_go_together_are_refused(changed, sentence):
    one = host(sandbox_service="s3", sandbox_suite="trixie") if "sandbox_service" in changed else host()
    assert refusal(one=one, two=host(**{"ansible_host": "10.42.0.12"} | changed)) == [sentence]


def test_all_that_is_wrong_is_said_at_once():
    assert len(refusal(one=host(sandbox_suite="noble"), two=host(ansible_host=None, ansible_user=None))) == 3


def test_a_host_name_must_be_one_of_the_network():
    with pytest.raises(SandboxError, match="My_Host is not a host name: use lower-case letters, digits and hyphens"):
        inventory.parse({"My_Host": host()})
