# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets are where they have to be and nowhere else."""

from __future__ import annotations

import uuid

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab
from ansible_collections.mlops.mlflow.tests.integration.needles import forms, on_controller, secrets

RIGHT_PLACES = {
    "password of the database": {
        "/etc/mlflow/credentials/pgpass": "-rw------- root:root",
        "/run/credentials/mlflow.service/pgpass": "-r-------- mlflow:root",
        "/run/mlflow/pgpass": "-rw------- mlflow:mlflow",
    },
    "key of the bucket": {
        "/etc/mlflow/credentials/aws": "-rw------- root:root",
        "/run/credentials/mlflow.service/aws": "-r-------- mlflow:root",
    },
    "passphrase": {
        "/etc/mlflow/credentials/environment": "-rw------- root:root",
    },
    "key of the certificate": {
        "/etc/nginx/proxy.pem": "-rw------- root:root",
        "/etc/postgresql/server.key": "-rw-r----- root:postgres",
    },
}


@pytest.fixture(scope="module")
def leak(host):
    """Run a careless play with a secret of its own while all processes are watched; take away what it leaves."""
    secret = f"leak{uuid.uuid4().hex}"
    with lab.watch(forms(secret)) as here, lab.watch(forms(secret), place=lab.ON_HOST) as there:
        play = lab.Play("-vvv", "--diff", playbook=lab.HERE / "leak.yml", variables={"planted": secret}).finish()
    yield play, here, there, lab.program("search", forms(secret)), secret
    lab.run("systemctl", "stop", "leak")
    lab.run("rm", "/var/tmp/leak")


def test_search_finds_what_a_careless_play_leaves(leak):
    play, here, there, places, secret = leak
    assert sum(form in play.output for form in forms(secret)) == 2  # as it is, and in base64 in the diff
    assert {"python3", "sudo", "ssh"} <= {argv.split()[0] for _, where, _, argv in here if where == "arguments"}
    assert {where for _, where, _, argv in there if argv.startswith("python3 -c import time")} == {
        "arguments",
        "environment",
    }
    assert [where for _, where, unit, _ in there if unit == "leak.service"] == ["environment"]
    assert places["/var/tmp/leak"] == "-rw-r--r-- root:root, nobody may read it"
    assert "/run/systemd/transient/leak.service" in places
    assert any(line.startswith("Environment=LEAK=") for line in places["units"])
    assert places["journal"]


def test_ansible_says_no_secret_at_its_most_talkative(deployed):
    assert [line for line in deployed.play.lines if any(form in line for form in forms(*secrets().values()))] == []


def test_no_process_has_a_secret_but_mlflow_the_one_that_exists_only_as_a_variable(deployed):
    with lab.watch(forms(*secrets().values()), place=lab.ON_HOST) as running:
        pass
    seen = {(secret, where, unit) for secret, where, unit, _ in deployed.seen + running}
    assert seen == {(secrets()["passphrase"], "environment", "mlflow.service")}


@pytest.mark.parametrize("secret", RIGHT_PLACES)
def test_host_has_a_secret_only_where_root_keeps_it_and_where_its_service_reads_it(deployed, secret):
    assert lab.program("search", forms(secrets()[secret])) == RIGHT_PLACES[secret]


def test_controller_keeps_no_secret(deployed):
    assert on_controller(forms(*secrets().values())) == []
