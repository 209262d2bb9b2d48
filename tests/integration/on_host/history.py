# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a real MLflow server of the interpreter's version, and logs with its own client what a team logs.

With `read`, only reads back what was logged. Prints what a client sees then.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

PORT = 5099
URL = f"http://127.0.0.1:{PORT}"


def wait(server, seconds=120):
    """Wait until the server answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{URL}/health", timeout=2).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def write(client, mlflow):
    """Log runs, metrics, a deleted run and experiment, a model and its versions."""
    experiment = client.create_experiment("déjà vu", tags={"team": "vision"})
    client.create_experiment("deleted later")
    client.delete_experiment(client.get_experiment_by_name("deleted later").experiment_id)
    runs = [client.create_run(experiment, run_name=f"run {number}", tags={"n": str(number)}) for number in range(5)]
    for number, run in enumerate(runs):
        identity = run.info.run_id
        metrics = [
            mlflow.entities.Metric("loss", value, 1_700_000_000_000 + step, step)
            for step, value in enumerate([1 / (number + 1), math.nan, math.inf, -math.inf, 1e-300, 0.1])
        ]
        client.log_batch(identity, metrics=metrics, params=[mlflow.entities.Param("lr", str(number / 10))])
        client.set_terminated(identity)
    client.delete_run(runs[-1].info.run_id)
    client.create_registered_model("model", tags={"kind": "test"}, description="é")
    for run in runs[:2]:
        version = client.create_model_version("model", f"{run.info.artifact_uri}/model", run.info.run_id)
        client.set_model_version_tag("model", version.version, "ok", "yes")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("model", "champion", "2")


def seen(client):
    """Return what a client sees, as JSON, whatever the version."""
    experiments = client.search_experiments(view_type=3)
    names = sorted(each.name for each in experiments)
    (ours,) = [each.experiment_id for each in experiments if each.name == "déjà vu"]
    runs = client.search_runs([ours], run_view_type=3, order_by=["attributes.start_time ASC"])
    return {
        "experiments": names,
        "runs": {
            each.info.run_id: {
                "stage": each.info.lifecycle_stage,
                "params": each.data.params,
                "loss": sorted(
                    f"{metric.step} {metric.value!r}" for metric in client.get_metric_history(each.info.run_id, "loss")
                ),
            }
            for each in runs
        },
        "versions": sorted(f"{each.version} {each.run_id}" for each in client.search_model_versions("name='model'")),
        "champion": client.get_model_version_by_alias("model", "champion").version,
    }


def main(uri, passfile, *, read=False):
    """Start the server, log, read back, and stop it."""
    import mlflow

    environment = os.environ | {"PGPASSFILE": passfile, "MLFLOW_DISABLE_TELEMETRY": "true"}
    options = ["--backend-store-uri", uri, "--artifacts-destination", tempfile.gettempdir(), "--workers", "1"]
    command = [sys.executable, "-m", "mlflow", "server", *options, "--host", "127.0.0.1", "--port", str(PORT)]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            wait(server)
            with contextlib.redirect_stdout(sys.stderr):  # clients may say where a run can be viewed
                client = mlflow.MlflowClient(URL, URL)
                if not read:
                    write(client, mlflow)
                found = seen(client)
            print(json.dumps(found))
        except OSError:
            log.seek(0)
            sys.exit(log.read().decode()[-3000:])
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


main(**json.loads(sys.stdin.readline()))
