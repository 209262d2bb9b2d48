# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys and certificates, made by the real programs."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
from ansible_collections.mlops.mlflow.sandbox import keys
from ansible_collections.mlops.mlflow.sandbox.model import Interface, Machine

INTERFACE = Interface("net", "10.42.0.0/24", "10.42.0.11")
ONE = Machine(
    host="one", suite="bookworm", user="deploy", address=INTERFACE.address, interfaces=(INTERFACE,), network="net"
)
TWO = Machine(
    host="two",
    suite="bookworm",
    user="deploy",
    address="10.42.0.12",
    interfaces=(Interface("net", INTERFACE.subnet, "10.42.0.12"),),
    network="net",
)


@pytest.fixture
def state(tmp_path):
    keys.ensure(tmp_path / "state")
    keys.certify(tmp_path / "state", ONE)
    return tmp_path / "state"


def shake_hands(state, name):
    """Serve TLS with the machine's certificate and connect to it by a name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(state / "one.crt", state / "one.key")
    client = ssl.create_default_context(cafile=state / "ca.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = socket.socketpair()

    def serve():
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        client.wrap_socket(here, server_hostname=name).close()
    finally:
        here.close()
        serving.join()


@pytest.mark.parametrize("name", ["one", "localhost", "10.42.0.11", "127.0.0.1"])
def test_a_strict_client_accepts_the_certificate_for_its_names(state, name):
    shake_hands(state, name)


def test_a_client_refuses_the_certificate_for_another_name(state):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(state, "two")


def test_secrets_are_for_the_owner_only(state):
    assert {
        path.name: path.stat().st_mode & 0o777
        for path in state.iterdir()
        if path.suffix == ".key" or path.name == "id_ed25519"
    } == {
        "id_ed25519": 0o600,
        "ca.key": 0o600,
        "one.key": 0o600,
    }
    assert state.stat().st_mode & 0o777 == 0o700


def test_second_run_changes_nothing(state):
    before = {path: path.read_bytes() for path in state.iterdir()}
    keys.ensure(state)
    keys.certify(state, ONE)
    assert {path: path.read_bytes() for path in state.iterdir()} == before


def test_a_machine_made_anew_replaces_its_host_key(state):
    keys.record_host_key(state, ONE, "ssh-ed25519 OLD root@one")
    keys.record_host_key(state, TWO, "ssh-ed25519 OTHER root@two")
    keys.record_host_key(state, ONE, "ssh-ed25519 NEW root@one")
    assert (state / "known_hosts").read_text().splitlines() == [
        "one,10.42.0.11 ssh-ed25519 NEW",
        "two,10.42.0.12 ssh-ed25519 OTHER",
    ]


def test_nothing_is_kept_for_a_machine_that_is_gone(state):
    keys.record_host_key(state, ONE, "ssh-ed25519 OLD root@one")
    keys.record_host_key(state, TWO, "ssh-ed25519 OTHER root@two")
    keys.forget(state, ONE)
    assert (state / "known_hosts").read_text().splitlines() == ["two,10.42.0.12 ssh-ed25519 OTHER"]
    assert not list(state.glob("one.*"))
