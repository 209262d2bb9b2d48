# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What mlflow_check sees of MLflow from a client's place, against a real HTTP server."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_artifacts import Artifacts
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_client import Client
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import FrontDoor
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import LegError, Stopwatch
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_check

DATABASE, ARTIFACTS = (
    "/api/2.0/mlflow/experiments/search?max_results=1",
    "/api/2.0/mlflow-artifacts/artifacts?path=readiness",
)


class Answers(BaseHTTPRequestHandler):
    """Answers what the test wants: {path: (status, body, headers)}."""

    def do_GET(self):
        status, body, headers = self.server.answers.get(self.path, (404, "", {}))
        time.sleep(self.server.delay)
        self.send_response(status)
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Keep what a part sets in the environment to its test."""
    monkeypatch.setattr(os, "environ", os.environ.copy())


@pytest.fixture
def server():
    """Return an HTTP server of which both parts are ready."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.answers, server.delay = {DATABASE: (200, "{}", {}), ARTIFACTS: (200, "{}", {})}, 0
        server.handle_error = lambda *_: None  # a client that went away
        server.uri = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def readiness(run, server):
    """Return a function that asks the server for readiness and gives back the failure without the address."""

    def ask(uri=None, **args):
        result = run(mlflow_check, part="readiness", tracking_uri=uri or server.uri, **args)
        return result.get("msg", "ready").replace(server.uri, "URI")

    return ask


def mlflow_says(status, code, message):
    return status, json.dumps({"error_code": code, "message": message}), {}


def test_both_parts_answer(run, server):
    result = run(mlflow_check, part="readiness", tracking_uri=server.uri, _ansible_check_mode=True)
    assert result["changed"] is False
    assert list(result["seconds"]) == ["database", "artifact store"]


def test_database_that_is_down_is_told_in_the_words_of_its_driver(readiness, server):
    server.answers[DATABASE] = mlflow_says(
        503,
        "TEMPORARILY_UNAVAILABLE",
        "(psycopg2.OperationalError) refused\n(Background on this error at: https://e/x)",
    )
    assert readiness() == "MLflow answers, but its database does not: (psycopg2.OperationalError) refused"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (mlflow_says(401, "UNAUTHENTICATED", "Failed to list artifacts: None"), "it refuses the keys that MLflow has"),
        (
            mlflow_says(403, "PERMISSION_DENIED", "Failed to list artifacts: None"),
            "the keys that MLflow has do not let it list the bucket",
        ),
        (mlflow_says(404, "RESOURCE_DOES_NOT_EXIST", "Failed to list artifacts: None"), "there is no such bucket"),
        ((500, "<h1>Internal Server Error</h1>", {}), "the reason is in journalctl -u mlflow"),
    ],
)
def test_artifact_store_that_refuses_is_not_mistaken_for_the_front_door(readiness, server, answer, sentence):
    server.answers[ARTIFACTS] = answer
    assert readiness() == f"MLflow answers, but its artifact store does not: {sentence}"


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (
            301,
            {"Location": "https://mlflow.example"},
            "URI sends clients on to https://mlflow.example: use that address",
        ),
        (401, {}, "URI cannot be used: it asks for a login, and this check has none (HTTP 401)"),
        (
            403,
            {},
            (
                "URI cannot be used: it refuses the name 127.0.0.1; "
                "the front door has to know it (proxy_server_names) (HTTP 403)"
            ),
        ),
        (404, {}, "URI cannot be used: there is no MLflow at that path (HTTP 404)"),
        (418, {}, "URI cannot be used: I'm a Teapot (HTTP 418)"),
        (
            502,
            {},
            (
                "URI cannot be used: the front door answers, but MLflow behind it does not; "
                "look at journalctl -u mlflow (HTTP 502)"
            ),
        ),
    ],
)
def test_front_door_that_refuses_is_told_by_its_status(readiness, server, status, headers, sentence):
    server.answers[DATABASE] = (status, "<html>{nonsense}</html>", headers)
    assert readiness() == sentence


def test_other_site_is_not_taken_for_mlflow(readiness, server):
    server.answers[DATABASE] = (200, "<html>Welcome to nginx!</html>", {})
    assert readiness() == "URI is not MLflow: its answer is not JSON"


def test_closed_port_silence_and_unknown_name_are_told_apart(readiness, server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "nothing listens there" in readiness(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert "does not resolve" in readiness("http://mlflow.invalid")
    server.delay = 2
    assert "no answer within 1 s" in readiness(timeout=1)


def test_certificate_of_another_ca_or_name_is_told(readiness, server, tmp_path):
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {0}.key -out {0} -subj /CN={0} "
        "-addext subjectAltName=IP:127.0.0.1"
    )
    for name in ("served", "another"):
        subprocess.run(command.format(name).split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "served", tmp_path / "served.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    uri = server.uri.replace("http", "https")
    assert readiness(uri, ca_file=f"{tmp_path}/served") == "ready"
    assert "its certificate is not accepted (self-signed certificate)" in readiness(uri, ca_file=f"{tmp_path}/another")
    assert "its certificate is not accepted (Hostname mismatch" in readiness(
        uri.replace("127.0.0.1", "localhost"), ca_file=f"{tmp_path}/served"
    )
    assert "the CA file is not on this host" in readiness(uri, ca_file=f"{tmp_path}/none")
    assert "closes the connection" in readiness(server.uri)


def presigned(server, tmp_path, url):
    """Run the leg that asks where MLflow sends clients."""
    server.answers["/api/3.0/mlflow/server-info"] = (200, json.dumps({"multipart_downloads_enabled": True}), {})
    server.answers["/api/2.0/mlflow-artifacts/presigned/1/run/artifacts/data/small.txt"] = (
        200,
        json.dumps({"url": url}),
        {},
    )
    artifacts = Artifacts(FrontDoor(server.uri, None, 2), None, {}, tmp_path, 8)
    artifacts.root = "1/run/artifacts"
    artifacts.presigned()


def test_bucket_that_clients_cannot_reach_is_named_at_once(server, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        bucket = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(LegError) as broken:
            presigned(server, tmp_path, f"{bucket}/bucket/small.txt?X-Amz-Signature=secret")
    assert str(broken.value) == (
        f"The artifact could be uploaded, but not downloaded: MLflow sends clients to {bucket}, "
        "which this host cannot use: nothing listens there; the service is down or the port is another. "
        "Set mlflow_artifacts_presigned to false, or let clients reach it"
    )


def test_bucket_that_clients_can_reach_is_fine(server, tmp_path):
    server.answers["/bucket/small.txt"] = (206, "s", {})
    presigned(server, tmp_path, f"{server.uri}/bucket/small.txt")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            RuntimeError("too many 413 error responses"),
            "the front door refuses uploads of that size; nginx needs client_max_body_size 0",
        ),
        (RuntimeError("something {else}"), "something {else}"),
    ],
)
def test_broken_leg_is_explained_by_the_status_of_its_call(server, tmp_path, error, sentence):
    assert Client(FrontDoor(server.uri, None, 2), Stopwatch(), tmp_path, 8).explain(error) == sentence


def test_leg_that_broke_because_mlflow_went_down_says_so(server, tmp_path):
    server.answers[ARTIFACTS] = (500, "", {})
    with pytest.raises(LegError, match="MLflow answers, but its artifact store does not"):
        Client(FrontDoor(server.uri, None, 2), Stopwatch(), tmp_path, 8).explain(
            RuntimeError("too many 500 error responses")
        )


def test_python_without_mlflow_is_told(run, server):
    result = run(mlflow_check, part="client", place="here", tracking_uri=server.uri)
    assert result["leg"] == "import"
    assert (
        result["msg"]
        == "This Python has no usable MLflow; choose the interpreter of a release: No module named 'mlflow'"
    )
