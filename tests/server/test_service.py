# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server tells systemd, and how a reload ends."""

from __future__ import annotations

import os
import signal
import subprocess

from ansible_collections.mlops.mlflow.tests.server.lab import descendants, eventually


def test_the_unit_is_started_with_the_last_worker(with_bucket):
    assert with_bucket.messages[0] == "STATUS=0 of 2 workers serve"
    assert with_bucket.messages[-1] == "STATUS=2 of 2 workers serve\nREADY=1"
    assert "STATUS=1 of 2 workers serve" in with_bucket.messages
    assert sum("READY=1" in message for message in with_bucket.messages) == 1


def test_a_reload_ends_when_all_workers_are_new_ones(with_bucket):
    before = workers(with_bucket)
    done = subprocess.run(
        [with_bucket.python, "-m", "mlops_server.service"],
        env=with_bucket.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(workers(with_bucket) - before) == 2
    assert before & workers(with_bucket) == set()
    assert with_bucket.ask("GET", "/health").text == "OK"


def test_a_worker_that_dies_is_replaced_and_counted(with_bucket):
    one = min(workers(with_bucket))
    os.kill(one, signal.SIGKILL)
    eventually(lambda: one not in workers(with_bucket) and len(workers(with_bucket)) == 2)


def test_a_reload_before_any_worker_serves_fails_in_words(with_bucket, tmp_path):
    environment = with_bucket.environment | {"RUNTIME_DIRECTORY": str(tmp_path)}
    done = subprocess.run(
        [with_bucket.python, "-m", "mlops_server.service"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no worker serves yet" in done.stderr


def workers(server):
    """Return the processes that serve."""
    return set(descendants(server.process.pid)) & {
        int(file.name) for file in (server.folder / "workers").iterdir() if file.name.isdigit()
    }
