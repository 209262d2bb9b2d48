# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""bin/preflight, by Ansible itself, on an account with nothing real behind it.

It says what it costs or all that is wrong, and writes nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from . import s3
from .conftest import writes
from .environment import ROOT, Environment


@pytest.fixture(scope="module")
def store():
    return s3.Store()


@pytest.fixture
def environment(cloud, certificate, store, tmp_path):
    store.requests.clear()
    return Environment(tmp_path, store, (cloud.url, certificate / "ca.crt"))


@pytest.fixture
def preflight(environment, cloud, store):
    """Return a function that runs bin/preflight and returns its exit code and what it printed, in one line each."""

    def run(**variables):
        overlay = environment.inventory / "group_vars/all/overlay.yml"
        overlay.write_text(yaml.safe_dump({"mlflow_workers": 1} | variables))
        command = [ROOT / "bin/preflight", *environment.options]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment.variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        assert [line for line in writes(cloud) if "/sandbox/" not in line] == store.writes() == []
        assert " changed=1" not in done.stdout
        return done.returncode, re.sub(r"\s+", " ", done.stdout)

    return run


def test_good_inventory_is_ready_and_says_what_it_costs(ask, preflight, environment):
    ask("PATCH", "/sandbox/account", {"status": "warning", "status_message": "card expires"})
    code, printed = preflight()
    assert code == 0, printed
    assert (
        "[WARNING]: DIGITALOCEAN_TOKEN: DigitalOcean has a warning for the account (card expires); "
        "see what it is in the control panel" in printed
    )
    assert "test costs about" in printed
    assert f"Ready: ansible-playbook site.yml -i {environment.inventory}" in printed
    assert not list(environment.inventory.glob("group_vars/all/*_key.yml"))


CONTRADICTIONS = {
    "infrastructure_name": (
        "test",
        (
            "infrastructure_name: test is not the environment of digitalocean.yml, which is other; "
            "leave infrastructure_name out, as it"
        ),
    ),
    "mlflow_dialect": (
        "mysql",
        (
            "mlflow_dialect: mysql is not what the group infrastructure makes, "
            "a managed PostgreSQL; leave mlflow_dialect out"
        ),
    ),
    "mlflow_database_password": (
        "secret-by-hand",
        "mlflow_database_password, mlflow_s3_endpoint_url: with the group infrastructure the value follows from",
    ),
    "mlflow_s3_endpoint_url": (
        "https://elsewhere.example",
        "this one would be ignored; take it out of the inventory, or leave out the group infrastructure",
    ),
    "infrastructure_database_version": (
        "9.6",
        "infrastructure_database_version: 9.6 is not a version of PostgreSQL that DigitalOcean offers; use ",
    ),
    "infrastructure_database_settings": (
        {"work_mem": 4096},
        "infrastructure_database_settings: work_mem 4096 is not a whole number from 1 to 1024",
    ),
    "infrastructure_droplet_image": (
        "debian-99-x64",
        "infrastructure_droplet_image: debian-99-x64 is not an image that the roles know; use debian-12-x64, ",
    ),
    "infrastructure_backup_bucket": (
        "My_Backups",
        (
            "infrastructure_backup_bucket: My_Backups cannot be the name of a bucket; "
            "use 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends"
        ),
    ),
    "infrastructure_bucket_keep_days": (
        0,
        "infrastructure_bucket_keep_days: 0 is less than a day; use a whole number such as 100, or set infra",
    ),
    "infrastructure_ports": (
        [80, 443, 70000],
        "infrastructure_ports: 70000 is not a port; use numbers from 1 to 65535",
    ),
    "vpc_ip_range": (
        "10.244.0.0/20",
        (
            "vpc_ip_range: 10.244.0.0/20 overlaps 10.244.0.0/16, "
            "which DigitalOcean keeps for itself in ams3; use a range such as 10."
        ),
    ),
}


def test_all_mistakes_are_told_at_once(environment, preflight):
    hosts = environment.inventory / "hosts.yml"
    hosts.write_text(yaml.safe_dump(yaml.safe_load(hosts.read_text()) | {"postgresql": {"hosts": {"mlflow-1": {}}}}))
    plugin = environment.inventory / "digitalocean.yml"
    plugin.write_text("plugin: mlops.mlflow.digitalocean\nenvironment: other\ntoken_file: nope\n")
    code, printed = preflight(**{name: value for name, (value, _sentence) in CONTRADICTIONS.items()})
    assert code != 0
    expected = [sentence for _value, sentence in CONTRADICTIONS.values()]
    expected += [
        (
            "postgresql: mlflow-1 is in this group, and the group infrastructure makes a managed PostgreSQL; "
            "take the hosts out"
        ),
        "Not ready: ",
    ]
    assert [sentence for sentence in expected if sentence not in printed] == [], printed
    assert "secret-by-hand" not in printed
    assert "Traceback" not in printed


def test_name_that_would_be_that_of_another_environments_key_is_refused(environment, preflight):
    plugin = environment.inventory / "digitalocean.yml"
    plugin.write_text("plugin: mlops.mlflow.digitalocean\nenvironment: test-backups\n")
    code, printed = preflight()
    assert code != 0
    assert (
        "infrastructure_name: test-backups ends in -backups, as the names of keys for backups do; use another name"
        in printed
    )


def test_key_of_backups_needs_a_file_of_its_own(environment, preflight):
    environment.options += [
        "-e",
        f"infrastructure_backup_key_file={environment.inventory}/group_vars/all/spaces_key.yml",
    ]
    code, printed = preflight()
    assert code != 0
    assert (
        "/group_vars/all/spaces_key.yml cannot hold the key of the backup bucket; "
        "name a file of its own in the inventory's group_vars/all, such as backup_key.yml" in printed
    )


def test_inventory_without_the_plugin_and_with_a_missing_ca_file_is_refused(environment, preflight):
    (environment.inventory / "digitalocean.yml").unlink()
    environment.options += ["-e", "infrastructure_ca_file=/nope/ca.crt"]
    code, printed = preflight(mlflow_database_host="db.example.com")
    assert code != 0
    assert (
        "digitalocean.yml: there is none in the inventory, so the addresses of new droplets would stay unknown; "
        "copy that of inventory/production" in printed
    )
    assert (
        "infrastructure_ca_file: /nope/ca.crt does not exist; give the path of a file with certificates in PEM"
        in printed
    )


@pytest.mark.parametrize("absolute", [True, False])
def test_token_comes_from_the_file_of_the_inventory_plugin(environment, preflight, absolute, tmp_path):
    token = tmp_path / "token"
    token.write_text(environment.variables.pop("DIGITALOCEAN_TOKEN"))
    plugin = environment.inventory / "digitalocean.yml"
    plugin.write_text(f"{plugin.read_text()}token_file: {token if absolute else '../token'}\n")
    overlay = {"infrastructure_token": f"{{{{ lookup('ansible.builtin.file', '{token}') }}}}"}
    code, printed = preflight(**overlay)
    assert code == 0, printed
    token.rename(tmp_path / "elsewhere")
    code, printed = preflight(infrastructure_token="dop_v1_sandbox", infrastructure_api_url="https://elsewhere.example")
    assert code != 0
    assert (
        "infrastructure_api_url: https://elsewhere.example is not the api_url of digitalocean.yml, "
        "which is https://localhost:" in printed
    )
    assert (
        f"digitalocean.yml: token_file {token if absolute else '../token'} does not exist; correct the path, "
        in printed
    )


def test_cloud_is_reached_from_the_controller_only(environment, preflight):
    hosts = environment.inventory / "hosts.yml"
    hosts.write_text(yaml.safe_dump(yaml.safe_load(hosts.read_text()) | {"infrastructure": {"hosts": {"cloud": {}}}}))
    code, printed = preflight()
    assert code != 0
    assert (
        "ansible_connection: the host cloud of the group infrastructure is this controller, "
        "from where the cloud is asked; set its ansible_conn" in printed
    )
    assert "UNREACHABLE" not in printed


def test_too_many_connections_are_refused_before_money_is_spent(preflight):
    code, printed = preflight(infrastructure_database_size="db-s-1vcpu-1gb", mlflow_workers=2)
    assert code != 0
    sentence = (
        r"infrastructure_database_size: db-s-1vcpu-1gb has 22 connections to give, "
        r"and the hosts mlflow-1, mlflow-2 may open \d+ with mlflow_workers 2; use a"
    )
    assert re.search(sentence, printed), printed


def test_database_that_the_hosts_could_not_dump_is_refused(preflight):
    code, printed = preflight(infrastructure_droplet_image="debian-12-x64")
    assert code != 0
    assert (
        "infrastructure_database_version: Debian 12 of mlflow-1 has pg_dump of PostgreSQL 15, which cannot dump a "
        "database of version 17; set infrastructure_droplet_image to debian-13-x64, or infrastructure_database_version "
        "to 15" in printed
    )


def test_bucket_of_the_example_is_one_that_nobody_else_has():
    def bucket(key):
        command = [
            Path(sys.executable).with_name("ansible"),
            "localhost",
            "-i",
            "inventory/production/hosts.yml",
            "-m",
            "debug",
            "-a",
            "var=infrastructure_bucket",
        ]
        done = subprocess.run(
            [*command, "-e", json.dumps({"infrastructure_ssh_public_key": key})],
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=True,
        )
        return re.search(r"infrastructure_bucket: (\S+)", done.stdout)[1]

    ours = bucket("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@home")
    assert re.fullmatch(r"mlflow-production-[0-9a-f]{8}", ours)
    assert bucket("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@work") == ours
    assert bucket("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB me@home") != ours
