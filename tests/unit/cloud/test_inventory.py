# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory plugin, against an account that grows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import database_cluster, droplet, tag

from .conftest import TOKEN, requests

ROOT = Path(__file__).parents[3]
HOSTS = """
mlflow:
  hosts:
    mlflow-1:
    mlflow-2:
"""
SOURCE = "plugin: mlops.mlflow.digitalocean\nenvironment: test\ntoken_file: ../token\n"
SHARED = {
    "ansible_local",
    "infrastructure_api_url",
    "infrastructure_ca_file",
    "infrastructure_database_cluster",
    "infrastructure_inventory",
    "infrastructure_name",
}
KNOWN = {"ansible_host", "private_address", "droplet_id", "droplet_region", "droplet_size", "droplet_tags"}
DROPLET = {"region": "ams3", "size": "s-1vcpu-1gb", "image": "debian-13-x64"}
CLUSTER = {
    "region": "ams3",
    "version": "17",
    "size": "db-s-1vcpu-1gb",
    "num_nodes": 1,
    "trusted_sources": [{"type": "tag", "value": "mlflow"}],
}


@pytest.fixture
def inventory(cloud, certificate, tmp_path):
    """Return a function that reads an inventory with Ansible and returns its hosts' variables, or what it says."""
    source = tmp_path / "inventory"
    source.mkdir()
    (source / "hosts.yml").write_text(HOSTS)
    (source / "digitalocean.yml").write_text(f"{SOURCE}api_url: {cloud.url}\nca_file: {certificate}/ca.crt\n")
    (tmp_path / "token").write_text(f"{TOKEN}\n")

    def read():
        command = [Path(sys.executable).with_name("ansible-inventory"), "-i", source, "--list"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr
        hosts = json.loads(done.stdout)["_meta"]["hostvars"]
        return {
            name: known
            for name, variables in hosts.items()
            if (known := {key: variables[key] for key in variables.keys() - SHARED})
        }

    return read


def test_empty_account_is_no_error(inventory):
    assert inventory() == {}


def test_names_get_the_addresses_of_their_droplets(inventory, run):
    run(droplet, names=["mlflow-1"], tags=["mlflow:test"], **DROPLET)
    run(droplet, names=["mlflow-2"], tags=["mlflow:other"], **DROPLET)
    hosts = inventory()
    assert hosts.keys() == {"mlflow-1"}
    assert hosts["mlflow-1"].keys() == KNOWN


def test_each_kind_is_listed_once_however_many_droplets_there_are(cloud, inventory, run):
    run(droplet, names=[f"mlflow-{number}" for number in range(25)], tags=["mlflow:test"], **DROPLET)
    (cloud.state / "cloud.log").unlink()
    assert len(inventory()) == 25
    assert len(requests(cloud)) == 2


def test_cluster_that_is_being_made_is_left_out_and_asked_for_no_certificate(cloud, inventory, run):
    run(droplet, names=["mlflow-1"], tags=["mlflow:test"], **DROPLET)
    run(tag, names=["mlflow"])
    made = run(database_cluster, name="mlflow-test", **CLUSTER)["database_cluster"]["id"]
    assert inventory()["mlflow-1"].keys() >= {"mlflow_database_host", "mlflow_database_port", "mlflow_database_ca"}
    for status in ("creating", "forking"):
        cloud.store.change("database", made, status=status)
        cloud.faults.add(kind="500", times=9, path="/ca$")
        hosts = inventory()
        cloud.faults.clear()
        assert hosts["mlflow-1"].keys() == KNOWN


def test_cluster_that_the_inventory_names_is_used_and_all_with_the_tag_are_listed(inventory, run, tmp_path):
    run(droplet, names=["mlflow-1"], tags=["mlflow:test"], **DROPLET)
    run(tag, names=["mlflow"])
    for name, owner in (("mlflow-test", "test"), ("mlflow-test-restored", "test"), ("mlflow-test-2", "test-2")):
        run(database_cluster, name=name, **CLUSTER, tags=[f"mlflow:{owner}"])
    before = inventory()["mlflow-1"]
    assert "private-mlflow-test-do-user" in str(before["mlflow_database_host"])
    listed = str(before["infrastructure_database_clusters"])
    assert ("'mlflow-test'" in listed, "'mlflow-test-restored'" in listed, "test-2" in listed) == (True, True, False)
    (tmp_path / "inventory/database_cluster.txt").write_text("mlflow-test-restored\n")
    after = inventory()["mlflow-1"]
    assert "private-mlflow-test-restored-do-user" in str(after["mlflow_database_host"])
    assert after["infrastructure_database_clusters"] == before["infrastructure_database_clusters"]


def test_two_droplets_of_one_name_are_an_error_that_lists_them(cloud, inventory, run):
    first = run(droplet, names=["mlflow-1"], tags=["mlflow:test"], **DROPLET)["droplets"][0]["id"]
    cloud.store.put("droplet", 7, cloud.store.get("droplet", first) | {"id": 7})
    said = inventory()
    assert "droplet mlflow-1: there are 2 of that name" in said
    assert str(first) in said


def test_token_that_is_missing_is_said_with_the_cure(inventory, tmp_path, monkeypatch):
    monkeypatch.delenv("DIGITALOCEAN_TOKEN", raising=False)
    source = tmp_path / "inventory/digitalocean.yml"
    source.write_text(source.read_text().replace("token_file: ../token\n", ""))
    assert "there is no token; export DIGITALOCEAN_TOKEN" in inventory()


def test_nothing_is_known_before_the_file_of_the_token_is_made(inventory, tmp_path, monkeypatch):
    monkeypatch.delenv("DIGITALOCEAN_TOKEN", raising=False)
    (tmp_path / "token").unlink()
    assert inventory() == {}


def test_cloud_that_does_not_answer_is_said(cloud, inventory):
    cloud.faults.add(kind="500", times=9)
    assert "DigitalOcean:" in inventory()
