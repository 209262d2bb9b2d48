# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import contextlib

import pytest
from ansible_collections.mlops.mlflow.sandbox import engine, keys, machine, network
from ansible_collections.mlops.mlflow.sandbox.cloud.real.spaces import start
from ansible_collections.mlops.mlflow.tests.integration.cloud.store import NETWORK, SERVER, SUBNET


@pytest.fixture(scope="package")
def state(tmp_path_factory):
    """Return what the server's key is kept in."""
    state = tmp_path_factory.mktemp("spaces")
    keys.ensure(state)
    return state


@pytest.fixture(scope="package")
def spaces(docker, state):
    """Have a server of its own."""
    label = f"{machine.SANDBOX}={NETWORK}"
    network.ensure(NETWORK, SUBNET, label)
    try:
        yield start(SERVER, state)
    finally:
        with contextlib.suppress(engine.EngineError):
            machine.remove(SERVER.container)
        network.remove(label)
