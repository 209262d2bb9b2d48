# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cloud's API as a background process: its files, whether it runs, and how to call it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import certifi

from . import apt, keys
from .model import Environment
from .say import SandboxError, say, step

START_SECONDS = 90
STOP_SECONDS = 10
ROOT = Path(__file__).parents[1]


def ensure(state: Path, environment: Environment) -> bool:
    """Ensure that the service runs as the inventory says; return whether it had to be started.

    It keeps what it knew before. A service that failed at something in the background is restarted, and tries that
    again.
    """
    if prepare(state, environment) or failures(state, environment.account.port):
        stop(state)
    if process(state):
        return False
    port = environment.account.port
    _refuse_taken(port)
    with (
        step(f"Start the cloud's API at {url(environment)}", usually="3 s, 10 s with an S3 server"),
        (state / "cloud.log").open("ab") as log,
    ):
        command = [sys.executable, "-m", "sandbox.cloud", str(state)]
        started = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        keys.write(state / "cloud.pid", str(started.pid))
        _wait(state, port, started)
    return True


def prepare(state: Path, environment: Environment) -> bool:
    """Ensure that all files that the service needs exist; return whether the configuration changed.

    They are the token, the certificate, the CA bundle for other clients and the configuration.
    """
    if not (state / "token").exists():
        keys.write(state / "token", f"dop_v1_{secrets.token_hex(32)}", mode=0o600)
    keys.certify_names(state, "cloud", ["DNS:localhost", "IP:127.0.0.1"])
    system = apt.BUNDLE if apt.BUNDLE.exists() else Path(certifi.where())
    keys.write(state / "ca-bundle.crt", system.read_text() + (state / "ca.crt").read_text())
    configuration, path = json.dumps(asdict(environment)), state / "cloud.json"
    changed = not path.exists() or path.read_text() != configuration
    keys.write(path, configuration)
    return changed


def stop(state: Path) -> None:
    """Stop the service."""
    pid = process(state)
    if not pid:
        return
    say("Stop the cloud's API")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while process(state):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def process(state: Path) -> int | None:
    """Return the id of the service's process, or None if it does not run."""
    note = state / "cloud.pid"
    pid = note.read_text().strip() if note.exists() else ""
    command = Path(f"/proc/{pid}/cmdline")
    try:
        arguments = command.read_text().split("\0") if pid else []
    except OSError:  # it has ended, perhaps just now
        return None
    return int(pid) if str(state) in arguments else None


def url(environment: Environment) -> str:
    return f"https://localhost:{environment.account.port}"


def ask(state: Path, port: int, method: str, path: str, body: Any = None) -> Any:
    """Send a request to the service and return the answer; raise SandboxError if it refuses."""
    connection = http.client.HTTPSConnection(
        "localhost", port, timeout=30, context=ssl.create_default_context(cafile=state / "ca.crt")
    )
    headers = {"Authorization": f"Bearer {(state / 'token').read_text()}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    data = json.loads(text) if text else {}
    if answer.status >= 400:
        raise SandboxError(f"The cloud's API: {data.get('message', answer.reason)} (status {answer.status})")
    return data


def lines(state: Path, environment: Environment) -> list[str]:
    """Return shell commands: where clients find the API, and what they have to trust."""
    token = (state / "token").read_text()
    api = f"DIGITALOCEAN_API_URL={url(environment)} DIGITALOCEAN_CA_FILE={state}/ca.crt"
    bundle = f"SSL_CERT_FILE={state}/ca-bundle.crt REQUESTS_CA_BUNDLE={state}/ca-bundle.crt"
    return [
        f"export DIGITALOCEAN_TOKEN={token} {api}",
        f"export DIGITALOCEAN_ACCESS_TOKEN={token} {bundle}  # for other clients",
    ]


def contents(state: Path, port: int) -> dict[str, int]:
    """Return the number of resources in the account, by kind."""
    kinds = ("droplets", "databases", "vpcs", "firewalls", "projects")
    return {kind: len(ask(state, port, "GET", f"/v2/{kind}?per_page=200").get(kind) or []) for kind in kinds}


def failures(state: Path, port: int) -> list[str]:
    """Return what the service failed to do in the background; nothing if it does not run or does not answer yet."""
    try:
        return ask(state, port, "GET", "/sandbox/failures")["failures"] if process(state) else []
    except OSError:
        return []


def _wait(state: Path, port: int, started: subprocess.Popen[bytes]) -> None:
    """Wait until the API accepts our token."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask(state, port, "GET", "/v2/account")
            return
        except OSError as error:
            if started.poll() is not None or time.monotonic() > deadline:
                why = (
                    "ended" if started.returncode is not None else f"does not answer after {START_SECONDS} s ({error})"
                )
                last = (state / "cloud.log").read_text(errors="replace").splitlines()[-10:]
                raise SandboxError(
                    "\n".join([f"The cloud's API {why}. The last lines of its log {state}/cloud.log:", *last])
                ) from error
        time.sleep(0.2)


def _refuse_taken(port: int) -> None:
    """Refuse a port that something else listens on."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SandboxError(f"Something else listens on port {port}: stop it, or give sandbox_cloud another port")
