# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cloud's API as a service of bin/sandbox, from start to stop, as a person and other clients meet it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
import requests
from ansible_collections.mlops.mlflow.sandbox import engine

ROOT = Path(__file__).resolve().parents[3]
NAME, PORT = "hn-service", 8463
STATE = ROOT / ".sandbox" / NAME
INVENTORY = f"""
all:
  hosts: {{web: {{}}}}
  vars:
    sandbox_name: {NAME}
    sandbox_cloud: {{public: {{network: {NAME}-public, subnet: 10.62.128.0/24}}, port: {PORT}}}
"""


@pytest.fixture(scope="module")
def sandbox(docker, tmp_path_factory):
    """Return a function that runs bin/sandbox on an inventory that has nothing but an account of the cloud."""
    inventory = tmp_path_factory.mktemp("inventory") / "hosts.yml"
    inventory.write_text(INVENTORY)

    def call(verb, *args):
        return subprocess.run(
            [ROOT / "bin/sandbox", verb, "-i", inventory, *args], capture_output=True, text=True, check=False
        )

    call.inventory = inventory
    yield call
    call("stop")


@pytest.fixture
def started(sandbox):
    """Have the service running; return what a shell knows after the lines of env."""
    done = sandbox("start", "--newest")
    assert done.returncode == 0, done.stderr
    words = [
        word
        for line in sandbox("env").stdout.splitlines()
        if line.startswith("export")
        for word in shlex.split(line, comments=True)[1:]
    ]
    return dict(word.split("=", 1) for word in words)


def get(known, path, ca="DIGITALOCEAN_CA_FILE"):
    return requests.get(
        known["DIGITALOCEAN_API_URL"] + path,
        headers={"Authorization": f"Bearer {known['DIGITALOCEAN_TOKEN']}"},
        verify=known[ca],
        timeout=10,
    )


def test_other_clients_find_it_by_the_lines_of_env(started):
    for ca in ("DIGITALOCEAN_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        assert get(started, "/v2/account", ca).json()["account"]["status"] == "active"
    assert started["DIGITALOCEAN_ACCESS_TOKEN"] == started["DIGITALOCEAN_TOKEN"]
    assert (STATE / "token").stat().st_mode & 0o777 == 0o600


def test_second_start_does_nothing(started, sandbox):
    assert "Nothing to do" in sandbox("start").stdout


def test_service_that_was_killed_starts_again_with_token_and_state(started, sandbox):
    vpc = {"name": "net", "region": "fra1", "ip_range": "10.62.144.0/24"}
    headers = {"Authorization": f"Bearer {started['DIGITALOCEAN_TOKEN']}"}
    address = started["DIGITALOCEAN_API_URL"]
    assert (
        requests.post(
            f"{address}/v2/vpcs", json=vpc, headers=headers, verify=started["SSL_CERT_FILE"], timeout=10
        ).status_code
        == 201
    )
    os.kill(int((STATE / "cloud.pid").read_text()), signal.SIGKILL)
    status = sandbox("status")
    assert status.returncode == 1
    assert "stopped; `bin/sandbox start` starts it again" in status.stdout
    assert sandbox("start").returncode == 0
    assert [each["name"] for each in get(started, "/v2/vpcs").json()["vpcs"]] == ["net"]
    status = sandbox("status")
    assert status.returncode == 0
    assert "1 vpc," in status.stdout


def test_service_starts_again_when_the_inventory_says_something_else(started, sandbox):
    pid = (STATE / "cloud.pid").read_text()
    sandbox.inventory.write_text(INVENTORY.replace("port:", "delays: lifelike, port:"))
    assert "Start the cloud's API" in sandbox("start").stdout
    assert (STATE / "cloud.pid").read_text() != pid
    assert "Nothing to do" in sandbox("start").stdout


def test_token_with_chosen_scopes_may_these_only(started, sandbox):
    line = sandbox("token", "account:read").stdout
    own = dict(word.split("=", 1) for word in shlex.split(line)[1:])
    assert get(started | own, "/v2/account").status_code == 200
    assert get(started | own, "/v2/vpcs").status_code == 403
    assert "vpc:read" in sandbox("token").stdout.splitlines()
    assert "there is no such scope" in sandbox("token", "vpc:fly").stderr


def test_account_is_limited_and_locked(started, sandbox):
    assert (
        "droplet_limit: 1\n"
        in sandbox("account", "--droplet-limit", "1", "--status", "locked", "--no-email-verified").stdout
    )
    found = get(started, "/v2/account").json()["account"]
    assert (found["droplet_limit"], found["status"], found["email_verified"]) == (1, "locked", False)
    assert sandbox("account", "--droplet-limit", "25", "--status", "active", "--email-verified").returncode == 0


def test_faults_happen_and_are_forgotten(started, sandbox):
    assert "kind=500" in sandbox("fault", "500", "--times", "2", "--method", "GET", "--path", "account").stdout
    assert [get(started, path).status_code for path in ("/v2/regions", "/v2/account")] == [200, 500]
    assert "No fault waits" in sandbox("fault", "--clear").stdout
    assert get(started, "/v2/account").status_code == 200
    assert "kind is one of" in sandbox("fault", "flood").stderr


def test_stop_leaves_nothing(started, sandbox):
    assert sandbox("stop").returncode == 0
    assert not STATE.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(started["DIGITALOCEAN_API_URL"], timeout=10)
    assert NAME not in engine.docker("network", "ls", "--format", "{{.Name}}")
    assert NAME not in engine.docker("ps", "--all", "--format", "{{.Names}}")
