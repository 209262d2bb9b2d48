# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cloud's API as a process in the background: what it needs in its state, whether it lives, how it is asked."""

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
    """Have the service running as the inventory says now; return whether it had to be started. It goes on with what it knew when it ended.

    One that failed at something in the background is started anew, which tries that again.
    """
    if prepare(state, environment) or failures(state, environment.account.port):
        stop(state)
    if process(state):
        return False
    port = environment.account.port
    _refuse_taken(port)
    with step(f"Start the cloud's API at {url(environment)}", usually="3 s, 10 s with an S3 server"), (state / "cloud.log").open("ab") as log:
        command = [sys.executable, "-m", "sandbox.cloud", str(state)]
        started = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        keys.write(state / "cloud.pid", str(started.pid))
        _wait(state, port, started)
    return True


def prepare(state: Path, environment: Environment) -> bool:
    """Have the token, the certificate, the bundle of CAs for other clients, and what the service is told; return whether that is news."""
    if not (state / "token").exists():
        keys.write(state / "token", f"dop_v1_{secrets.token_hex(32)}", mode=0o600)
    keys.certify_names(state, "cloud", ["DNS:localhost", "IP:127.0.0.1"])
    system = apt.BUNDLE if apt.BUNDLE.exists() else Path(certifi.where())
    keys.write(state / "ca-bundle.crt", system.read_text() + (state / "ca.crt").read_text())
    told, told_before = json.dumps(asdict(environment)), state / "cloud.json"
    news = not told_before.exists() or told_before.read_text() != told
    keys.write(told_before, told)
    return news


def stop(state: Path) -> None:
    """End the service."""
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
    """Return the service's process id while it lives."""
    note = state / "cloud.pid"
    pid = note.read_text().strip() if note.exists() else ""
    command = Path(f"/proc/{pid}/cmdline")
    try:
        arguments = command.read_text().split("\0") if pid else []
    except OSError:  # it has ended, also while it was looked at
        return None
    return int(pid) if str(state) in arguments else None


def url(environment: Environment) -> str:
    return f"https://localhost:{environment.account.port}"


def ask(state: Path, port: int, method: str, path: str, body: Any = None) -> Any:
    """Ask the service; its refusals are ours."""
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=ssl.create_default_context(cafile=state / "ca.crt"))
    headers = {"Authorization": f"Bearer {(state / 'token').read_text()}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    said = json.loads(text) if text else {}
    if answer.status >= 400:
        raise SandboxError(f"The cloud's API: {said.get('message', answer.reason)} (status {answer.status})")
    return said


def lines(state: Path, environment: Environment) -> list[str]:
    """Return lines for a shell: where clients of the API find it, and what they trust."""
    token = (state / "token").read_text()
    return [
        f"export DIGITALOCEAN_TOKEN={token} DIGITALOCEAN_API_URL={url(environment)} DIGITALOCEAN_CA_FILE={state}/ca.crt",
        f"export DIGITALOCEAN_ACCESS_TOKEN={token} SSL_CERT_FILE={state}/ca-bundle.crt REQUESTS_CA_BUNDLE={state}/ca-bundle.crt  # for other clients",
    ]


def contents(state: Path, port: int) -> dict[str, int]:
    """Return how many things the account has, by kind."""
    kinds = ("droplets", "databases", "vpcs", "firewalls", "projects")
    return {kind: len(ask(state, port, "GET", f"/v2/{kind}?per_page=200").get(kind) or []) for kind in kinds}


def failures(state: Path, port: int) -> list[str]:
    """Return what the service could not do in the background; none if it does not run, or does not answer yet."""
    try:
        return ask(state, port, "GET", "/sandbox/failures")["failures"] if process(state) else []
    except OSError:
        return []


def _wait(state: Path, port: int, started: subprocess.Popen[bytes]) -> None:
    """Wait until the API answers to our token."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask(state, port, "GET", "/v2/account")
            return
        except OSError as error:
            if started.poll() is not None or time.monotonic() > deadline:
                why = "ended" if started.returncode is not None else f"is silent after {START_SECONDS} s ({error})"
                last = (state / "cloud.log").read_text(errors="replace").splitlines()[-10:]
                raise SandboxError("\n".join([f"The cloud's API {why}. Its log {state}/cloud.log says last:", *last])) from error
        time.sleep(0.2)


def _refuse_taken(port: int) -> None:
    """Refuse a port on which something else answers."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SandboxError(f"Something else listens on port {port}: end it, or give sandbox_cloud another port")
