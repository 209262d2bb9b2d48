# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other people's clients against the sandbox's service; what is behind the API is fake."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.mlops.mlflow.tests.unit.cloud import conftest as unit

TOKEN = unit.TOKEN
ask, certificate, cloud, front, public_key = unit.ask, unit.certificate, unit.cloud, unit.front, unit.public_key


@pytest.fixture(autouse=True)
def stay_here(monkeypatch):
    """Let no client find any other machine, least of all the cloud that it is made for."""
    find = socket.getaddrinfo

    def find_here(host, *args, **options):
        assert host in ("localhost", "127.0.0.1"), f"a client asks for {host}"
        return find(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", find_here)
