# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restarts and reloads lose no request of clients that open a connection for each and never try again."""

from __future__ import annotations

import http.client
import itertools
import json
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab

CLIENTS = 6
EXPERIMENT = "restarts that lose nothing"
STORED = f"""
    select key, step from metrics join runs using (run_uuid) join experiments using (experiment_id)
    where experiments.name = '{EXPERIMENT}'
"""
REMOVE = f"""
    create temporary table ours as select run_uuid from runs join experiments using (experiment_id)
    where experiments.name = '{EXPERIMENT}';
    delete from metrics where run_uuid in (table ours);
    delete from latest_metrics where run_uuid in (table ours);
    delete from tags where run_uuid in (table ours);
    delete from runs where run_uuid in (table ours);
    delete from experiments where name = '{EXPERIMENT}';
"""


# seconds that MLflow's own client waits for an answer, unless MLFLOW_HTTP_REQUEST_TIMEOUT says otherwise
PATIENCE = 120


class Load:
    """Clients that call the front door without a pause."""

    def __init__(self):
        self.tls = ssl.create_default_context(cafile=lab.STATE / "ca.crt")
        self.experiment = self.call("experiments/create", name=EXPERIMENT)["experiment_id"]
        self.seconds, self.failures, self.accepted, self.ended = [], [], set(), threading.Event()

    def call(self, path, method="POST", **message):
        """Call MLflow's API over a connection of its own and return what it answers with status 200."""
        connection = http.client.HTTPSConnection(lab.ADDRESS, timeout=PATIENCE, context=self.tls)
        try:
            connection.request(
                method, f"/api/2.0/mlflow/{path}", json.dumps(message), {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise http.client.HTTPException(f"{answer.status} {text[:200]!r}")
        return json.loads(text)

    def client(self, name):
        """Read, log and tag in turn until the end."""
        run = self.call("runs/create", experiment_id=self.experiment)["run"]["info"]["run_id"]
        for step in itertools.count():
            metrics = [{"key": name, "value": step, "timestamp": step, "step": step}]
            self.timed("experiments/get?experiment_id=" + self.experiment, method="GET")
            if self.timed("runs/log-batch", run_id=run, metrics=metrics):
                self.accepted.add(f"{name}|{step}")
            self.timed("runs/set-tag", run_id=run, key="step", value=str(step))
            if self.ended.is_set():
                return

    def timed(self, path, **message):
        """Call and note how long it took or how it failed; return whether it was answered."""
        start = time.monotonic()
        try:
            self.call(path, **message)
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{path}: {error!r}")
            return False
        self.seconds.append(time.monotonic() - start)
        return True

    def goes_on(self, answers=10 * CLIENTS):
        """Wait for more answers."""
        wanted, deadline = len(self.seconds) + answers, time.monotonic() + PATIENCE + 30
        while len(self.seconds) < wanted:
            assert time.monotonic() < deadline, f"no answers any more; failures: {self.failures[-3:]}"
            time.sleep(0.1)


@contextmanager
def load():
    """Let clients work beside the body, then compare what was accepted with what is stored, and remove it."""
    each = Load()
    threads = [threading.Thread(target=each.client, args=(f"client-{number}",)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        each.goes_on()
        yield each
    finally:
        each.ended.set()
        for thread in threads:
            thread.join()
        each.stored = set(lab.sql(STORED, "mlflow").splitlines())
        lab.sql(REMOVE, "mlflow")


def workers():
    """Return the processes of MLflow that serve."""
    return set(lab.run("pgrep", "-u", "mlflow", "-f", "spawn_main").split())


def restart_mlflow():
    lab.run("systemctl", "restart", "mlflow")


def reload_mlflow():
    before = workers()
    lab.run("systemctl", "reload", "mlflow")
    deadline = time.monotonic() + 90
    while workers() & before:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def reload_nginx():
    lab.run("systemctl", "reload", "nginx")


def play_that_restarts_mlflow():
    before = lab.run("systemctl", "show", "mlflow", "--property=MainPID")
    lab.Play(variables={"mlflow_environment": {"MLFLOW_LOGGING_LEVEL": "WARNING"}}).finish()
    assert lab.run("systemctl", "show", "mlflow", "--property=MainPID") != before


@pytest.mark.parametrize(
    ("deed", "times"), [(restart_mlflow, 3), (reload_mlflow, 3), (reload_nginx, 3), (play_that_restarts_mlflow, 1)]
)
def test_no_request_is_lost(deployed, deed, times, capsys):
    with load() as clients:
        for _ in range(times):
            deed()
            clients.goes_on()
    with capsys.disabled():
        print(
            f"\n{deed.__name__} x {times}: {len(clients.seconds)} requests, {len(clients.failures)} failed, "
            f"the slowest took {max(clients.seconds):.1f} s"
        )
    assert clients.failures == []
    assert clients.accepted - clients.stored == set()


# Python 3.11 forgets a socket that is reset between connect() and the handshake
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_clients_notice_what_is_lost(deployed):
    with load() as clients:
        lab.run("systemctl", "restart", "nginx")
        clients.goes_on()
    assert clients.failures
