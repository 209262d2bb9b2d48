# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a user does with MLflow, leg by leg, through MLflow's own client."""

from __future__ import annotations

import re
import time
from importlib import import_module
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_artifacts import Artifacts, digest, folder_of
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import FAILURES
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import Stopwatch, one_line, require

BATCH = 100


def environment(tracking_uri, ca_file, timeout):
    """Return the environment in which MLflow's client gives up at once instead of after minutes."""
    trusted = {"MLFLOW_TRACKING_SERVER_CERT_PATH": ca_file} if ca_file else {}
    return {
        "MLFLOW_TRACKING_URI": tracking_uri,
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    } | trusted


class Client:
    """One check from a client's place. What it makes is in `made`, for those who look at the stores."""

    def __init__(self, door, leg, folder, artifact_mb):
        self.door, self.leg, self.folder, self.artifact_mb, self.made = door, leg, folder, artifact_mb, {}

    def run(self, name):
        """Do all legs in the order in which a user does them."""
        self.made["name"] = name
        self.door.ready(self.leg)
        with self.leg(
            "import",
            lambda error: f"This Python has no usable MLflow; choose the interpreter of a release: {one_line(error)}",
        ):
            self.mlflow = import_module("mlflow")
            self.api = self.mlflow.MlflowClient()
        artifacts = Artifacts(self.door, self.api, self.made, self.folder, self.artifact_mb)
        for step, sentence in (
            (self.experiment, "An experiment could not be created"),
            (self.log, "A run could not be logged"),
            (artifacts.upload, "Runs can be logged, but an artifact could not be uploaded"),
            (
                artifacts.presigned,
                "Artifacts go through MLflow, but not straight to the bucket, where it sends clients with large ones",
            ),
            (artifacts.download, "The artifact could be uploaded, but not downloaded"),
            (self.register, "Runs and artifacts work, but a model could not be registered"),
            (self.search, "The run was logged, but could not be found again"),
        ):
            with self.leg(step.__name__, lambda error, sentence=sentence: f"{sentence}: {self.explain(error)}"):
                step()
        return self.made

    def experiment(self):
        """Create an experiment, whose artifacts have to go through MLflow."""
        self.made["experiment_id"] = self.api.create_experiment(self.made["name"])
        root = self.api.get_experiment(self.made["experiment_id"]).artifact_location
        require(
            root.startswith("mlflow-artifacts:/"),
            f"New experiments keep their artifacts at {root}, where each client needs access of its own; "
            "MLflow has to run with an artifacts destination and without a default artifact root, "
            "from its first start on",
        )

    def log(self):
        """Log a run with single values, a batch and tags, and read it back."""
        entities, now = self.mlflow.entities, int(time.time() * 1000)
        metrics = {f"batch/{number:03}": number / 7 for number in range(BATCH)}
        params = {"one": "1", "check": self.made["name"], "text": "é, 漢字, 'quoted', \"twice\", 100 %"}
        run = self.api.create_run(
            self.made["experiment_id"], run_name=self.made["name"], tags={"one": "yes"}
        ).info.run_id
        self.api.log_param(run, "one", params["one"])
        for step in range(3):
            self.api.log_metric(run, "loss", 1 / (step + 1), step=step)
        self.api.log_batch(
            run,
            metrics=[entities.Metric(key, value, now, 0) for key, value in metrics.items()],
            params=[entities.Param(key, value) for key, value in params.items()],
            tags=[entities.RunTag("batch", "yes")],
        )
        self.api.set_terminated(run)
        data = self.api.get_run(run).data
        require(data.params == params, "A run came back with other parameters than were logged")
        require(data.metrics == metrics | {"loss": 1 / 3}, "A run came back with other metrics than were logged")
        self.made |= {"run_id": run, "params": params}
        self.made["rows"] = {
            "runs": 1,
            "params": 3,
            "metrics": BATCH + 3,
            "latest_metrics": BATCH + 1,
            "tags": len(data.tags),
        }

    def register(self):
        """Log a model, register it and fetch it by its alias."""
        file, name = self.folder / "MLmodel", self.made["name"]
        file.write_text(f"flavors: {{}}\nrun_id: {self.made['run_id']}\n")
        model = self.api.create_logged_model(
            self.made["experiment_id"], name="model", source_run_id=self.made["run_id"]
        )
        self.api.log_model_artifact(model.model_id, str(file))
        self.api.finalize_logged_model(model.model_id, "READY")
        self.api.create_registered_model(name)
        self.api.create_model_version(name, f"models:/{model.model_id}", self.made["run_id"], model_id=model.model_id)
        self.api.set_registered_model_alias(name, "checked", "1")
        self.made["files"][f"{folder_of(model.artifact_location)}/{file.name}"] = digest(file)
        self.made["rows"] |= dict.fromkeys(
            ("logged_models", "registered_models", "model_versions", "registered_model_aliases"), 1
        )
        again = self.mlflow.artifacts.download_artifacts(
            f"models:/{name}@checked", dst_path=str(self.folder / "registered")
        )
        same = digest(Path(again) / file.name) == digest(file)
        require(same, "A registered model came back with other bytes than were logged")

    def search(self):
        """Find the run, the history of a metric, the files and the model version again."""
        query = f"params.check = '{self.made['name']}' and metrics.loss < 0.5 and tags.batch = 'yes'"
        found = [run.info.run_id for run in self.api.search_runs([self.made["experiment_id"]], query)]
        require(found == [self.made["run_id"]], f"The run was logged, but a search for it finds {len(found)} runs")
        steps = sorted(point.step for point in self.api.get_metric_history(self.made["run_id"], "loss"))
        require(steps == [0, 1, 2], f"The history of a metric has the steps {steps} instead of 0, 1, 2")
        listed = {file.path.removeprefix("data/") for file in self.api.list_artifacts(self.made["run_id"], "data")}
        require({"small.txt", "large.bin"} <= listed, f"The run's artifacts are listed as {sorted(listed)}")
        versions = self.api.search_model_versions(f"name = '{self.made['name']}'")
        require(len(versions) == 1, "The model was registered, but a search does not find it")

    def explain(self, error):
        """Return in words why a leg broke. If MLflow is not ready any more, that is the reason."""
        self.door.ready(Stopwatch())
        retried = re.search(r"too many (\d+) error responses", str(error))
        status = int(retried[1]) if retried else getattr(getattr(error, "response", None), "status_code", None)
        return FAILURES.get(status) or one_line(error)
