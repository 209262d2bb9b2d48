# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow as a release runs it, from the same lock, with the server package beside it or, to compare, without."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "roles/mlflow/files"
LOCK = FILES / "mlflow-3.17.2.txt"
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"
PACKAGE = {
    "MLFLOW_UVICORN_OPTS": "--loop mlops_server.worker:event_loop --http httptools --timeout-worker-healthcheck 60",
    "PYTHONPATH": str(FILES / "server"),
}


def release():
    """Return a virtual environment with what the lock names, which stays until the lock changes."""
    venv = ROOT / ".cache/server" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]
    if not (venv / "whole").exists():
        for command in (
            ["venv", "--clear", venv],
            ["pip", "sync", "--require-hashes", "--python", venv / "bin/python", LOCK],
        ):
            subprocess.run([ROOT / "bin/uv", *command, "--quiet"], check=True)
        (venv / "whole").touch()
    return venv


class Server:
    """A running server: what it was started with, what it told systemd, its folder."""

    def __init__(self, folder, destination, endpoint, workers, package):
        self.folder, self.session, self.messages = folder, requests.Session(), []
        self.session.trust_env = False
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(folder / "notify"))
        self.temporary, self.python = folder / "tmp", release() / "bin/python"
        self.temporary.mkdir()
        self.environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | KEYS
        self.environment |= {
            "TMPDIR": str(self.temporary),
            "NOTIFY_SOCKET": str(folder / "notify"),
            "RUNTIME_DIRECTORY": str(folder),
            "MLOPS_MLFLOW_THREADS": "4",
            "MLFLOW_WORKERS": str(workers),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{folder}/mlflow.db",
            "MLFLOW_ARTIFACTS_DESTINATION": destination,
            "MLFLOW_S3_ENDPOINT_URL": endpoint,
            "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path",
        }
        self.environment |= package
        with (folder / "journal").open("wb") as journal:
            command = [release() / "bin/mlflow", "server", "--port", self.address.rpartition(":")[2]]
            self.process = subprocess.Popen(command, env=self.environment, cwd=folder, stdout=journal, stderr=journal)

    def told(self, word, seconds=180):
        """Wait until systemd is told something."""
        self.systemd.settimeout(seconds)
        while not any(word in message for message in self.messages):
            try:
                self.messages.append(self.systemd.recv(4096).decode())
            except TimeoutError:
                raise AssertionError(
                    f"systemd was told {self.messages}; the journal: {(self.folder / 'journal').read_text()[-4000:]}"
                ) from None

    def ask(self, method, path, **options):
        return self.session.request(method, self.address + path, **{"timeout": 60} | options)

    def answers(self):
        """Tell whether it serves."""
        with contextlib.suppress(requests.ConnectionError):
            return self.ask("GET", "/health").ok
        return False

    def put(self, path, content):
        return self.ask("PUT", ARTIFACTS + path, data=content)

    def get(self, path, **options):
        return self.ask("GET", ARTIFACTS + path, **options)

    def stop(self):
        self.session.close()
        self.systemd.close()
        self.process.terminate()
        self.process.wait(60)


@contextlib.contextmanager
def running(destination, endpoint, workers=1, package=PACKAGE):
    """Run a server in the body, which begins when it serves.

    Without the package nobody says when that is, so it is asked.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), destination.format(folder=folder), endpoint, workers, package)
        try:
            if package:
                server.told("READY=1")
            else:
                eventually(server.answers)
            yield server
        finally:
            server.stop()


def eventually(condition, seconds=180):
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def descendants(pid: int) -> list[int]:
    """Return a process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in descendants(int(child)))]
