# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The official CLI itself, where this machine has one.

It makes, changes and removes by hand each resource that our modules know.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest

from .conftest import TOKEN

DOCTL = os.environ.get("DOCTL") or shutil.which("doctl")
pytestmark = pytest.mark.skipif(
    not DOCTL, reason="the official CLI is NOT tested: doctl is not in PATH, and DOCTL is not set"
)
RULES = (
    "--inbound-rules",
    "protocol:tcp,ports:22,address:10.0.0.0/8",
    "--outbound-rules",
    "protocol:tcp,ports:all,address:0.0.0.0/0",
)


@pytest.fixture
def doctl(cloud, certificate, tmp_path):
    """Return a function that runs a command and returns what it prints as JSON.

    It returns the thing itself where that is a list of one.
    """
    access = {
        "DIGITALOCEAN_API_URL": cloud.url,
        "DIGITALOCEAN_ACCESS_TOKEN": TOKEN,
        "SSL_CERT_FILE": str(certificate / "ca.crt"),
        "HOME": str(tmp_path),
    }

    def call(command, *options):
        words = [DOCTL, *command.split(), *options, "--output", "json"]
        done = subprocess.run(words, env=access, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        _notices, opening, rest = (
            re.split(r"^([\[{])", done.stdout, maxsplit=1, flags=re.MULTILINE)
            if done.stdout.strip()
            else ("", "", "null")
        )
        found = json.loads(opening + rest)
        return found[0] if isinstance(found, list) and len(found) == 1 else found

    return call


@pytest.mark.parametrize(
    "command",
    [
        "account get",
        "account ratelimit",
        "balance get",
        "compute region list",
        "compute size list",
        "compute image list-distribution",
        "compute image get debian-13-x64",
        "compute ssh-key list",
        "compute tag list",
        "compute firewall list",
        "compute droplet list",
        "compute droplet backup-policies list-supported",
        "compute action list",
        "vpcs list",
        "projects list",
        "projects get default",
        "databases list",
        "databases options engines",
        "databases options versions --engine pg",
        "databases options slugs --engine pg",
        "spaces keys list",
    ],
)
def test_it_reads(doctl, command):
    doctl(command)


@pytest.fixture
def vpc(doctl):
    """Make a VPC that is not the region's default, and return its id."""
    doctl("vpcs create --name default --region fra1")
    return doctl("vpcs create --name net --region fra1 --ip-range 10.30.0.0/20")["id"]


def test_network_keys_tags_and_projects(doctl, vpc, public_key, tmp_path):
    assert doctl(f"vpcs update {vpc} --name net --description changed")["description"] == "changed"
    (tmp_path / "key.pub").write_text(public_key)
    key = doctl(f"compute ssh-key import me --public-key-file {tmp_path}/key.pub")
    assert doctl(f"compute ssh-key update {key['fingerprint']} --key-name other")["name"] == "other"
    doctl(f"compute ssh-key delete {key['id']} --force")
    doctl("compute tag create web")
    doctl("compute tag delete web --force")
    project = doctl("projects create --purpose testing --environment Development --name", "p")
    doctl(f"projects update {project['id']} --description changed")
    doctl(f"projects delete {project['id']} --force")
    doctl(f"vpcs delete {vpc} --force")


def test_droplets_and_their_firewall(cloud, doctl, vpc):
    droplets = doctl(
        "compute droplet create a b --region fra1 --size s-1vcpu-1gb "
        f"--image debian-13-x64 --vpc-uuid {vpc} --tag-names web --wait"
    )
    assert {(each["name"], each["status"], each["vpc_uuid"]) for each in droplets} == {
        ("a", "active", vpc),
        ("b", "active", vpc),
    }
    number = next(each["id"] for each in droplets if each["name"] == "a")
    for action in (
        "power-off",
        "resize --size s-2vcpu-2gb",
        "power-on",
        "rename --droplet-name a2",
        "reboot",
        "enable-backups",
        "disable-backups",
    ):
        verb, _, options = action.partition(" ")
        assert doctl(f"compute droplet-action {verb} {number} {options} --wait")["status"] == "completed"
    firewall = doctl("compute firewall create --name fence --tag-names web", *RULES)
    for change in (
        f"add-droplets {firewall['id']} --droplet-ids {number}",
        f"remove-tags {firewall['id']} --tag-names web",
    ):
        doctl(f"compute firewall {change}")
    assert doctl(f"compute firewall list-by-droplet {number}")["id"] == firewall["id"]
    assert doctl(f"compute firewall update {firewall['id']} --name fence", *RULES)["droplet_ids"] in (None, [])
    doctl(f"compute firewall delete {firewall['id']} --force")
    doctl("compute droplet delete a2 b --force")
    cloud.wait_until_idle()
    assert doctl("compute droplet list") == []


def test_database_cluster_with_all_that_is_in_it(doctl, vpc):
    create = (
        "databases create rehearsal --engine pg --version 16 --region fra1 --size db-s-1vcpu-2gb --num-nodes 1 "
        f"--private-network-uuid {vpc} --wait"
    )
    cluster = doctl(create)
    at = cluster["id"]
    assert cluster["status"] == "online"
    assert doctl(f"databases connection {at} --private")["port"] == 25060
    password = doctl(f"databases user create {at} mlflow")["password"]
    assert doctl(f"databases user reset {at} mlflow")["password"] not in ("", password)
    doctl(f"databases db create {at} mlflow")
    doctl(f"databases pool create {at} pool --db mlflow --user mlflow --size 5")
    doctl(f"databases pool update {at} pool --size 4 --mode session")
    assert doctl(f"databases pool get {at} pool")["mode"] == "session"
    rule = doctl(f"databases firewalls append {at} --rule ip_addr:10.0.0.1")
    doctl(f"databases firewalls remove {at} --uuid {rule['uuid']}")
    doctl(f"databases maintenance-window update {at} --day monday --hour 04:00")
    doctl(f"databases configuration update {at} --engine pg --config-json", '{"work_mem":8}')
    doctl(f"databases resize {at} --num-nodes 2 --size db-s-2vcpu-4gb --wait")
    assert doctl(f"databases backups {at}")
    fork = doctl(f"databases fork copy --restore-from-cluster-id {at} --wait")
    for gone in (
        f"pool delete {at} pool",
        f"db delete {at} mlflow",
        f"user delete {at} mlflow",
        f"delete {at}",
        f"delete {fork['id']}",
    ):
        doctl(f"databases {gone} --force")
    assert doctl("databases list") == []


def test_key_of_spaces(doctl):
    key = doctl("spaces keys create k --grants bucket=;permission=fullaccess")
    assert key["secret_key"]
    doctl(f"spaces keys delete {key['access_key']}")
    assert doctl("spaces keys list") == []
