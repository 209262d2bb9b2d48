# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules run for real, with pydo over TLS, against the sandbox's service; only what is behind the service is fake."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.retries import Patience
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter
from ansible_collections.mlops.mlflow.sandbox import keys
from ansible_collections.mlops.mlflow.sandbox.cloud.api.serve import in_thread
from ansible_collections.mlops.mlflow.sandbox.cloud.api.service import application
from ansible_collections.mlops.mlflow.sandbox.cloud.core.cloud import Cloud, Settings
from ansible_collections.mlops.mlflow.sandbox.cloud.core.store import Store
from ansible_collections.mlops.mlflow.sandbox.cloud.core.world import World
from requests import Session

from .environment import TOKEN


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return a directory with ca.crt, localhost.crt and localhost.key."""
    state = tmp_path_factory.mktemp("ca")
    keys.ensure(state)
    keys.certify_names(state, "localhost", ["DNS:localhost", "IP:127.0.0.1"])
    return state


@pytest.fixture(scope="session")
def front(certificate):
    """Serve, all session long, whatever account a test has."""
    front = Front()
    front.url = in_thread(front, certificate / "localhost.crt", certificate / "localhost.key")
    return front


class Front:
    """An ASGI application that hands each request to the account of the moment."""

    async def __call__(self, scope, receive, send):
        await self.application(scope, receive, send)


@pytest.fixture
def cloud(front, tmp_path, contract):
    """Return an empty account; its URL is `cloud.url`. Every message is held against the API's document."""
    cloud = Cloud(Store(), World(), Settings(TOKEN), state=tmp_path, contract=contract)
    front.application, cloud.url = application(cloud), front.url
    yield cloud
    cloud.wait_until_idle()
    assert cloud.violations == []


def requests(cloud, *methods):
    """Return the lines of the service's log: method, path and status of each request, of these methods if given."""
    log = cloud.state / "cloud.log"
    lines = [line.split(" ", 1)[1] for line in log.read_text().splitlines()] if log.exists() else []
    return [line for line in lines if not methods or line.split()[0] in methods]


def writes(cloud):
    """Return the requests that could change something."""
    return requests(cloud, "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def ask(cloud, certificate):
    """Return a function that sends a request as any client would and gives back status and body of the answer."""
    with Session() as session:
        session.headers = {"authorization": f"Bearer {TOKEN}", "user-agent": "somebody"}
        session.verify, session.trust_env = certificate / "ca.crt", False

        def call(method, path, body=None, **headers):
            answer = session.request(method, cloud.url + path, json=body, headers=headers)
            return answer.status_code, answer.json() if answer.content else {}

        yield call


@pytest.fixture
def run(cloud, certificate, run_alone):
    """Return a function that runs a module's main() on the account and gives back what it printed; see `run_alone`."""
    common = {"token": TOKEN, "api_url": cloud.url, "ca_file": str(certificate / "ca.crt")}
    return lambda module, **args: run_alone(module, **(common | args))


@pytest.fixture
def run_alone(capsys, monkeypatch):
    """Return a function that runs a module's main() and gives back what it printed.

    It takes the module's options, and `check=True`, `no_log=True` as a task has them. Pauses between repetitions take
    almost no time.
    """
    for patient in (Patience, Waiter):
        monkeypatch.setattr(patient, "sleep", staticmethod(lambda seconds: time.sleep(min(seconds, 0.01))))

    def call(module, *, check=False, no_log=False, **args):
        task = {"_ansible_check_mode": check, "_ansible_no_log": no_log, "_ansible_diff": True}
        with patch_module_args(args | task), pytest.raises(SystemExit):
            module.main()
        lines = capsys.readouterr().out.splitlines()  # a real world behind the service says there what it does
        return json.loads(next(line for line in lines if line.startswith("{")))

    return call


@pytest.fixture
def public_key(tmp_path):
    """Return a new public SSH key."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "somebody", "-f", tmp_path / "id"], check=True)
    return (tmp_path / "id.pub").read_text().strip()
