# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's service on its own host: what systemd says of it, and what it answers through its socket."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import READINESS, STORE_MEANINGS
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import one_line

ENDS, REFUSALS, PAUSE, LINES = 2, 3, 1, 8
HINTS = {
    r"[Nn]o such option:? '?(-[\w-]+)": "MLflow does not know the option {0}: remove it from mlflow_server_options",
    r"No module named '([\w.]+)'": "the release lacks the Python module {0}: add its package to mlflow_extra_packages",
    r"password authentication failed|Access denied for user": (
        "the database refuses the login: check mlflow_database_user and mlflow_database_password"
    ),
    r"OperationalError|could not connect to server|Connection refused": (
        "the database cannot be reached: check mlflow_database_host, and that it runs"
    ),
    r"out-of-date database schema": "the database has the schema of another version of MLflow",
    r"permission denied for (?:schema|table|database)": "the database user lacks rights: it has to own the database",
}


class Unready(Exception):
    """The service is not ready, and waiting does not help; the message is a sentence for a person."""

    def __init__(self, part, sentence):
        super().__init__(sentence)
        self.part = part


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, host, timeout):
        super().__init__(host, timeout=timeout)
        self.path = path

    def connect(self):
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Service:
    """The service."""

    def __init__(self, run, unit, socket, host, timeout):
        self.run, self.unit, self.socket, self.host, self.timeout = run, unit, socket, host, timeout
        self.deadline, self.restarts, self.status = time.monotonic() + timeout, None, ""

    def wait(self):
        """Wait until it is ready."""
        refusals = []
        while True:
            if self.serves():
                refusal = self.refusal()
                if not refusal:
                    return
                refusals.append(refusal)
            late = time.monotonic() > self.deadline
            if len(refusals) == REFUSALS or (refusals and late):
                raise Unready(*refusals[-1])
            if late:
                raise Unready(
                    "service", f"MLflow does not serve after {self.timeout} s{': ' * bool(self.status)}{self.status}."
                )
            time.sleep(PAUSE)

    def serves(self):
        """Tell whether systemd has started it; break off when it never will."""
        _code, output, _errors = self.run(["systemctl", "show", self.unit], check_rc=True)
        found = dict(line.split("=", 1) for line in output.splitlines() if "=" in line)
        restarts, busy, state = (
            int(found.get("NRestarts") or 0),
            found.get("Job", "0") not in {"", "0"},
            found.get("ActiveState"),
        )
        self.status = found.get("StatusText", "")
        if self.restarts is None or restarts < self.restarts:
            self.restarts = restarts
        if restarts - self.restarts >= ENDS:
            raise Unready("service", f"MLflow does not start: it has ended {ENDS} times.")
        if state in {"failed", "inactive"} and not busy:
            raise Unready("service", f"MLflow does not run: {self.unit} is {state} ({found.get('Result')}).")
        return state == "active" and not busy

    def refusal(self):
        """Return which part does not answer and a sentence about it, or nothing."""
        for part, path in READINESS.items():
            connection = Connection(self.socket, self.host, max(1, min(40, self.deadline - time.monotonic())))
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read(10000)
            except (OSError, http.client.HTTPException) as error:
                return part, f"MLflow runs, but its {part} does not answer through it: {one_line(error)}."
            finally:
                connection.close()
            if answer.status != http.HTTPStatus.OK:
                return part, f"MLflow runs, but its {part} does not answer through it: {meaning(answer, body)}."
        return None

    def journal(self):
        """Return the last lines that it wrote, each once, where it came last.

        A service that ends again and again repeats itself.
        """
        command = [
            "journalctl",
            "--quiet",
            "--no-pager",
            "--output",
            "cat",
            "--lines",
            str(4 * LINES),
            f"_SYSTEMD_UNIT={self.unit}",
        ]
        _code, output, _errors = self.run(command)
        latest_first = dict.fromkeys(filter(str.strip, reversed(output.splitlines())))
        return list(latest_first)[:LINES][::-1]

    @staticmethod
    def hint(journal):
        """Return what the lines say about the cause, as a sentence after others, if that is known."""
        for line in reversed(journal):
            for pattern, sentence in HINTS.items():
                if match := re.search(pattern, line):
                    text = sentence.format(*match.groups())
                    return f" {text[0].upper()}{text[1:]}." if not text.startswith("MLflow") else f" {text}."
        return ""


def meaning(answer, body):
    """Return in words what an answer says."""
    try:
        error = json.loads(body)
        return STORE_MEANINGS.get(error["error_code"]) or one_line(error["message"]).rstrip(".")
    except (KeyError, TypeError, ValueError):
        return f"HTTP {answer.status} {answer.reason}"
