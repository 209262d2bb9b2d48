# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for MLflow's service, against a real HTTP server on a Unix socket.

Its systemctl and its journalctl say what the test wants.
"""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow import service
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_ready

SERVES = {"ActiveState": "active", "NRestarts": 0, "Job": "", "StatusText": "2 of 2 workers serve"}
STARTS = {"ActiveState": "activating", "NRestarts": 0, "Job": 7, "StatusText": "1 of 2 workers serve"}


class Answers(BaseHTTPRequestHandler):
    """Answers what the test wants: {part: (status, body)}."""

    def do_GET(self):
        status, body = self.server.answers["artifact store" if "artifacts" in self.path else "database"]
        self.server.hosts.add(self.headers["Host"])
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def address_string(self):
        return "socket"

    def log_message(self, *_):
        pass


class Host:
    """A host: what systemd shows in turn, the last of it for ever, what the journal holds, what MLflow answers."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.program(
            "systemctl",
            'cd {folder}; [ -e next ] || cp shows next; head -1 next | tr "|" "\n"; '
            '[ "$(wc -l <next)" = 1 ] || sed -i 1d next',
        )
        self.program("journalctl", "cat {folder}/journal")
        self.shows(SERVES)
        self.journal()

    def program(self, name, script):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script.replace("{folder}", str(self.folder)))
        path.chmod(0o755)

    def shows(self, *states):
        lines = ("|".join(f"{key}={value}" for key, value in state.items()) for state in states)
        (self.folder / "shows").write_text("".join(f"{line}\n" for line in lines))

    def journal(self, *lines):
        (self.folder / "journal").write_text("".join(f"{line}\n" for line in lines))

    def answers(self, part, status, code, message):
        self.server.answers[part] = status, json.dumps({"error_code": code, "message": message})


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(service, "PAUSE", 0.01)
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "socket"), Answers) as server:
        server.answers, server.hosts = {"database": (200, "{}"), "artifact store": (200, "{}")}, set()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield Host(tmp_path, server)
        server.shutdown()


@pytest.fixture
def ready(run, host):
    def wait(**args):
        return run(mlflow_ready, socket=str(host.folder / "socket"), host="mlflow.example", **args)

    return wait


def test_both_parts_answer(ready, host):
    assert ready()["changed"] is False
    assert host.server.hosts == {"mlflow.example"}


def test_a_start_is_waited_for(ready, host):
    host.shows(STARTS, STARTS, SERVES | {"Job": 7}, SERVES)
    assert "failed" not in ready()


def test_one_end_may_happen(ready, host):
    host.shows(STARTS, STARTS | {"NRestarts": 1}, SERVES | {"NRestarts": 1})
    assert "failed" not in ready()


def test_restarts_of_before_do_not_count(ready, host):
    host.shows(STARTS | {"NRestarts": 9}, STARTS | {"NRestarts": 0}, SERVES | {"NRestarts": 1})
    assert "failed" not in ready()


def test_a_service_that_ends_again_and_again_is_not_waited_for(ready, host):
    gone = {"ActiveState": "activating"}
    host.shows(*(gone | {"NRestarts": number} for number in range(3)))
    host.journal(*2 * ["Usage: mlflow server [OPTIONS]", "", "Error: No such option: --no-such-option"])
    start = time.monotonic()
    result = ready()
    assert result["failed"]
    assert result["part"] == "service"
    assert result["msg"] == (
        "MLflow does not start: it has ended 2 times. MLflow does not know the option --no-such-option: "
        "remove it from mlflow_server_options. "
        "The end of its journal: Usage: mlflow server [OPTIONS] | Error: No such option: --no-such-option"
    )
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("state", ["failed", "inactive"])
def test_a_service_that_nobody_starts_is_not_waited_for(ready, host, state):
    host.shows({"ActiveState": state, "Result": "start-limit-hit"})
    assert ready()["msg"] == f"MLflow does not run: mlflow.service is {state} (start-limit-hit). Its journal is empty."


def test_what_a_start_waits_for_is_said(ready, host):
    host.shows(STARTS | {"StatusText": "Waiting for the backend store"})
    host.journal("(psycopg2.OperationalError) connection to server at 10.0.0.5 failed: Connection refused")
    message = ready(timeout=1)["msg"]
    assert message.startswith(
        "MLflow does not serve after 1 s: Waiting for the backend store. "
        "The database cannot be reached: check mlflow_database_host"
    )
    assert message.endswith(
        "The end of its journal: (psycopg2.OperationalError) "
        "connection to server at 10.0.0.5 failed: Connection refused"
    )


def test_a_database_that_refuses_is_told_from_a_store_that_does(ready, host):
    host.answers("database", 503, "TEMPORARILY_UNAVAILABLE", "connection to server failed.")
    result = ready()
    assert result["part"] == "database"
    assert result["msg"].startswith(
        "MLflow runs, but its database does not answer through it: connection to server failed."
    )
    host.server.answers["database"] = 200, "{}"
    host.answers("artifact store", 403, "PERMISSION_DENIED", "Access Denied")
    result = ready()
    assert result["part"] == "artifact store"
    assert (
        "its artifact store does not answer through it: the keys that MLflow has do not let it list the bucket"
        in result["msg"]
    )


def test_a_socket_without_anybody_behind_it_is_a_failure(run, host):
    result = run(mlflow_ready, socket=str(host.folder / "other"))
    assert "MLflow runs, but its database does not answer through it: [Errno 2]" in result["msg"]


def test_what_each_start_repeats_counts_where_it_was_said_last(host, ready):
    host.shows(*({"ActiveState": "activating", "NRestarts": number} for number in range(3)))
    host.journal(
        *(
            line
            for number in range(9)
            for line in (f"INFO at second {number}", "Error: No such option '--no-such-option'.")
        )
    )
    message = ready()["msg"]
    assert "MLflow does not know the option --no-such-option" in message
    assert message.endswith("INFO at second 8 | Error: No such option '--no-such-option'.")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (
            "ModuleNotFoundError: No module named 'prometheus_flask_exporter'",
            "The release lacks the Python module prometheus_flask_exporter",
        ),
        ('FATAL:  password authentication failed for user "mlflow"', "The database refuses the login"),
        (
            "mlflow.exceptions.MlflowException: Detected out-of-date database schema (found version a",
            "The database has the schema of another version",
        ),
        (
            "psycopg2.errors.InsufficientPrivilege: permission denied for schema public",
            "The database user lacks rights",
        ),
        ("all is well", ""),
    ],
)
def test_the_journal_tells_the_cause(line, hint):
    assert service.Service.hint(["before", line, "after"]).strip().startswith(hint)
