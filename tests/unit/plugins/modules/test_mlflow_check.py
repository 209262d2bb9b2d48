# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of mlflow_check that need no MLflow.

They run against a real HTTP server, a real file store and a real directory of artifacts.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.systemd_environment import systemd_environment
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow import stores
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_artifacts import Artifacts
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.check_client import Client
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import FrontDoor
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import LegError, Stopwatch
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_check
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

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


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), st.text(st.characters(exclude_categories=["Cc", "Cs"]))
    )
)
def test_environment_file_is_read_as_it_was_written(tmp_path_factory, variables):
    file = tmp_path_factory.mktemp("environment") / "mlflow.env"
    file.write_text("# comment\n; comment\n\n" + systemd_environment(variables), encoding="utf-8")
    assert stores.environment(file, "/nowhere", 10) == {"PGCONNECT_TIMEOUT": "10"} | variables


def test_environment_file_written_by_hand_is_read_as_systemd_reads_it(tmp_path):
    (tmp_path / "mlflow.env").write_text('A=plain\nB=\'it $is\'\nC=back\\\\slash\n D = "a\\"b" \n')
    (tmp_path / "pgpass").touch()
    assert stores.environment(tmp_path / "mlflow.env", tmp_path, 10) == {
        "PGCONNECT_TIMEOUT": "10",
        "PGPASSFILE": f"{tmp_path}/pgpass",
        "A": "plain",
        "B": "it $is",
        "C": "back\\slash",
        "D": 'a"b',
    }


def stored(root, place, age=0):
    """Store one experiment with a run, a parameter, an artifact and a registered model, as a file store has them."""
    identity = str(len(list(root.glob("rows/[0-9]*"))) + 1)
    name = f"mlops.mlflow verify {place} {mlflow_check.stamp(age)}"
    files = {
        f"rows/{identity}/meta.yaml": (
            f"experiment_id: '{identity}'\nname: {name}\nartifact_location: mlflow-artifacts:/{identity}\n"
        ),
        f"rows/{identity}/run/meta.yaml": "",
        f"rows/{identity}/run/params/one": "1",
        f"rows/{identity}/run/metrics/batch/000": "1 0.5 0\n2 0.6 1\n",
        f"rows/models/{name}/meta.yaml": "",
        f"objects/{identity}/run/artifacts/small.txt": "small",
    }
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return {
        "name": name,
        "experiment_id": identity,
        "run_id": "run",
        "params": {"one": "1"},
        "rows": {"runs": 1, "params": 1, "latest_metrics": 1, "metrics": 2, "registered_models": 1},
        "files": {f"{identity}/run/artifacts/small.txt": hashlib.sha256(b"small").hexdigest()},
        "ranges": {f"{identity}/run/artifacts/small.txt": [1, 3, hashlib.sha256(b"mal").hexdigest()]},
    }


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def host(run, tmp_path):
    """Return a function that runs a part on the host of MLflow, whose stores are in `stores`."""
    (tmp_path / "stores").mkdir()
    (tmp_path / "mlflow.env").write_text(
        f"MLFLOW_BACKEND_STORE_URI={tmp_path}/stores/rows\nMLFLOW_ARTIFACTS_DESTINATION={tmp_path}/stores/objects\n"
    )

    def call(**args):
        return run(mlflow_check, environment_file=f"{tmp_path}/mlflow.env", **args)

    call.stores = tmp_path / "stores"
    return call


def test_what_the_client_made_is_found_in_the_stores(host):
    result = host(part="store", made=stored(host.stores, "web1"))
    assert result["changed"] is False
    assert {"rows", "objects"} <= result["seconds"].keys()


@pytest.mark.parametrize(
    ("path", "content", "leg", "sentence"),
    [
        (
            "rows/1/run/params/one",
            None,
            "rows",
            "MLflow says the run is stored, but {0}/rows has 0 of its 1 rows in params",
        ),
        ("rows/1/run/params/one", "2", "rows", "The run's parameters are not in {0}/rows as they were logged"),
        (
            "rows/1/run/metrics/batch/000",
            "1 0.5 0\n",
            "rows",
            "MLflow says the run is stored, but {0}/rows has 1 of its 2 rows in metrics",
        ),
        (
            "objects/1/run/artifacts/small.txt",
            "tiny!",
            "objects",
            "The artifact 1/run/artifacts/small.txt is in {0}/objects, but with other bytes",
        ),
        (
            "objects/1/run/artifacts/small.txt",
            None,
            "objects",
            "MLflow says the artifact is stored, but 1/run/artifacts/small.txt cannot be read in {0}/objects: ",
        ),
    ],
)
def test_what_is_not_in_the_stores_is_told(host, path, content, leg, sentence):
    made = stored(host.stores, "web1")
    if content is None:
        (host.stores / path).unlink()
    else:
        (host.stores / path).write_text(content)
    result = host(part="store", made=made)
    assert result["leg"] == leg
    assert result["msg"].startswith(sentence.format(host.stores))


def test_a_store_that_gives_other_bytes_for_a_range_is_told(host, monkeypatch):
    """A store that seeks wrongly, as the sandbox's first one did in large objects."""
    made, rightly = stored(host.stores, "web1"), stores.Directory.digest
    monkeypatch.setattr(
        stores.Directory,
        "digest",
        lambda store, path, first=0, length=None: rightly(store, path, first and first + 1, length),
    )
    result = host(part="store", made=made)
    assert result["leg"] == "ranges"
    assert result["msg"].endswith("but its bytes 1 to 3, asked for alone, are others")


def test_large_artifacts_are_compared_in_a_range_of_their_middle_too(tmp_path):
    made, content = {"run_id": "run", "files": {}, "ranges": {}}, os.urandom(1 << 20)
    artifacts = Artifacts(None, Mock(), made, tmp_path, 1)
    artifacts.root = "1/run/artifacts"
    artifacts.put("large.bin", content)
    artifacts.put("small.txt", b"small")
    (path, (first, length, wanted)) = made["ranges"].popitem()
    assert path == "1/run/artifacts/data/large.bin"
    assert made["ranges"] == {}
    assert 0 < first < len(content) // 2 < first + length < len(content)
    assert hashlib.sha256(content[first : first + length]).hexdigest() == wanted


def test_ranges_of_objects_in_a_bucket_are_read(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    content = os.urandom(100_000)
    with mock_aws():
        store = stores.Bucket("s3://artifacts/prefix", 10)
        store.bucket.create()
        store.bucket.put_object(Key="prefix/1/large.bin", Body=content)
        assert store.digest("1/large.bin") == hashlib.sha256(content).hexdigest()
        assert store.digest("1/large.bin", 12_345, 54_321) == hashlib.sha256(content[12_345:66_666]).hexdigest()


def test_all_checks_of_this_place_are_removed_for_good(host):
    names = [stored(host.stores, "web1")["name"], stored(host.stores, "web1", age=99)["name"]]
    assert host(part="remove", place="web1")["removed"] == sorted(names)
    assert files(host.stores) == []
    assert host(part="remove", place="web1")["removed"] == []


def test_checks_of_other_places_are_left_alone_for_an_hour(host):
    stored(host.stores, "web2")
    before = files(host.stores)
    old = stored(host.stores, "web3", age=3700)["name"]
    assert host(part="remove", place="web1")["removed"] == [old]
    assert files(host.stores) == before


def test_experiment_of_a_user_is_never_removed(host):
    stored(host.stores, "web1 is my hobby", age=9999)
    before = files(host.stores)
    assert host(part="remove", place="web1")["removed"] == []
    assert files(host.stores) == before


@pytest.mark.parametrize("root", ["mlflow-artifacts:/", "mlflow-artifacts:/../rows", "/etc", "s3://bucket/1"])
def test_nothing_but_the_folder_of_the_experiment_is_removed(host, root):
    stored(host.stores, "web1")
    meta = host.stores / "rows/1/meta.yaml"
    meta.write_text(meta.read_text().replace("mlflow-artifacts:/1", root))
    host(part="remove", place="web1")
    assert files(host.stores) == ["objects/1/run/artifacts/small.txt"]


def test_missing_environment_file_is_told(host):
    (host.stores.parent / "mlflow.env").unlink()
    assert host(part="remove", place="web1")["msg"].startswith(
        "What MLflow runs with cannot be read: [Errno 2] No such file or directory"
    )


@pytest.mark.parametrize("part", ["client", "store", "remove"])
def test_check_mode_makes_and_removes_nothing(host, part):
    made = stored(host.stores, "web1")
    before = files(host.stores)
    assert (
        host(part=part, place="web1", made=made, tracking_uri="http://mlflow.invalid", _ansible_check_mode=True)[
            "skipped"
        ]
        is True
    )
    assert files(host.stores) == before
