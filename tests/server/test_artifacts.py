# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Artifacts through the server: whole, at once, without a copy on its disk, and with the status that an error means."""

from __future__ import annotations

import contextlib
import http.client
import importlib
import os
import socket
import subprocess
import threading
import time
from urllib.parse import urlsplit

import boto3
import pytest
from ansible_collections.mlops.mlflow.tests.server.lab import ARTIFACTS, FILES, eventually
from botocore.config import Config

MEBIBYTE = 1 << 20
SIZES = [0, 1, MEBIBYTE, 8 * MEBIBYTE, 8 * MEBIBYTE + 1, 33 * MEBIBYTE + 7]


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back_as_they_went(server, size):
    content = os.urandom(size)
    assert server.put(f"whole/{size}.bin", content).status_code == 200
    answer = server.get(f"whole/{size}.bin")
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["Content-Length"] == str(size)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_content_types_are_those_of_the_names(server):
    server.put("types/a.png", b"png")
    assert server.get("types/a.png").headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("megabytes", [1, 9])
def test_objects_have_the_content_types_of_their_names(with_bucket, bucket, megabytes):
    with_bucket.put(f"types/{megabytes}.png", bytes(megabytes * MEBIBYTE))
    assert bucket.Object(f"some/prefix/types/{megabytes}.png").content_type == "image/png"


@pytest.mark.parametrize("path", ["missing", "no/such/folder/file.txt", "there/file.txt/below", "m" * 300])
def test_what_is_missing_is_answered_404_at_once(server, path):
    server.put("there/file.txt", b"text")
    start = time.monotonic()
    answer = server.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("path", ["folder", "folder/", "folder/inner", ""])
def test_a_folder_is_no_file(server, path):
    server.put("folder/inner/file.txt", b"text")
    assert server.get(path).status_code == 400


@pytest.mark.parametrize("path", ["file.txt/below", "file.txt/further/below", "inner"])
def test_a_path_that_cannot_be_a_file_is_the_clients_mistake(with_directory, path):
    with_directory.put("odd/file.txt", b"text")
    with_directory.put("odd/inner/file.txt", b"text")
    assert with_directory.put(f"odd/{path}", b"text").status_code == 400
    assert with_directory.get("odd/file.txt").text == "text"


def test_a_name_that_is_too_long_is_the_clients_mistake(with_directory):
    assert with_directory.put("n" * 300, b"text").status_code == 400


def test_the_page_gets_404_for_what_is_missing_too(server):
    experiment = server.ask("POST", "/api/2.0/mlflow/experiments/create", json={"name": f"page {time.time()}"}).json()[
        "experiment_id"
    ]
    run = server.ask("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]
    server.put(run["artifact_uri"].removeprefix("mlflow-artifacts:/") + "/there.txt", b"text")
    page = f"/get-artifact?run_uuid={run['run_id']}&path="
    assert server.ask("GET", page + "there.txt").text == "text"
    assert server.ask("GET", page + "missing.txt").status_code == 404


def test_deleted_artifacts_are_missing(server):
    server.put("deleted/file.txt", b"text")
    assert server.ask("DELETE", ARTIFACTS + "deleted").status_code == 200
    assert server.get("deleted/file.txt").status_code == 404


def test_a_store_that_does_not_answer_is_not_the_clients_mistake(with_bucket):
    script = """
import mlflow.exceptions, mlops_server.bucket
try:
    mlops_server.bucket.StreamingS3ArtifactRepository("s3://bucket/prefix").opened("file.txt")
except mlflow.exceptions.MlflowException as error:
    print(error.get_http_status_code(), error)
"""
    environment = with_bucket.environment | {"MLFLOW_S3_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    said = subprocess.run(
        [with_bucket.python, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("503 file.txt could not be read: the object store does not answer")


def test_a_download_goes_on_where_the_stores_connection_broke(bucket, endpoint, monkeypatch):
    monkeypatch.syspath_prepend(FILES / "server")
    transfer = importlib.import_module("mlops_server.transfer")
    content = os.urandom(9 * MEBIBYTE)
    bucket.put_object(Key="broken.bin", Body=content)
    with cut(endpoint, after=4 * MEBIBYTE) as (address, connections):
        config = Config(s3={"addressing_style": "path"}, proxies={}, retries={"total_max_attempts": 1})
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=address, config=config, **keys)
        opened = transfer.S3Object(client, {"Bucket": "artifacts", "Key": "broken.bin"})
        found = b"".join(iter(opened.read, b""))
        opened.close()
        client.close()
    assert found == content
    assert len(connections) == 3


def test_an_upload_needs_no_room_on_the_servers_disk(with_bucket):
    largest = 0

    def content():
        nonlocal largest
        for _ in range(20):
            largest = max(largest, used(with_bucket))
            yield os.urandom(MEBIBYTE)

    assert with_bucket.put("streamed/up.bin", content()).status_code == 200
    assert largest == 0


def test_a_download_begins_at_once_and_needs_no_room_on_the_servers_disk(with_bucket):
    with_bucket.put("streamed/down.bin", os.urandom(64 * MEBIBYTE))
    with with_bucket.get("streamed/down.bin", stream=True) as answer:
        assert len(answer.raw.read(1000)) == 1000
        assert used(with_bucket) == 0


def test_an_upload_that_breaks_leaves_nothing(server, bucket):
    url = urlsplit(server.address)
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(
            (
                f"PUT {ARTIFACTS}broken/file.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: {64 * MEBIBYTE}\r\n\r\n"
            ).encode()
        )
        connection.sendall(os.urandom(20 * MEBIBYTE))
        eventually(lambda: partial(server, bucket))
    eventually(lambda: not partial(server, bucket))
    assert server.get("broken/file.bin").status_code == 404
    assert server.ask("GET", ARTIFACTS.rstrip("/") + "?path=broken").json() == {}


def test_what_was_there_stays_when_its_replacement_breaks(server, bucket):
    server.put("replaced/file.bin", b"before")
    url = urlsplit(server.address)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    connection.putrequest("PUT", f"{ARTIFACTS}replaced/file.bin")
    connection.putheader("Content-Length", str(64 * MEBIBYTE))
    connection.endheaders(os.urandom(20 * MEBIBYTE))
    eventually(lambda: partial(server, bucket))
    connection.close()
    eventually(lambda: not partial(server, bucket))
    assert server.get("replaced/file.bin").content == b"before"


@pytest.mark.parametrize("path", ["../secret", "%2e%2e/secret", "a/../../secret", "link/secret"])
def test_no_path_leads_out_of_the_destination(with_directory, path):
    artifacts = with_directory.folder / "artifacts"
    artifacts.mkdir(exist_ok=True)
    outside = with_directory.folder / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret").write_text("secret")
    if not (artifacts / "link").is_symlink():
        (artifacts / "link").symlink_to(outside)
    assert with_directory.ask("GET", ARTIFACTS + path).status_code in {400, 404}
    assert with_directory.put(path, b"changed").status_code in {400, 404, 405}
    assert with_directory.ask("DELETE", ARTIFACTS + path).status_code in {400, 404, 405}
    assert (outside / "secret").read_text() == "secret"


@pytest.mark.parametrize("server", ["with_bucket", "with_directory"], indirect=False)
@pytest.mark.parametrize("location", ["{folder}", "file://{folder}", "/etc"])
def test_an_experiment_cannot_have_its_artifacts_elsewhere_on_the_server(request, server, location):
    server = request.getfixturevalue(server)
    root = location.format(folder=server.folder)
    experiment = server.ask(
        "POST",
        "/api/2.0/mlflow/experiments/create",
        json={"name": f"elsewhere {time.time()}", "artifact_location": root},
    ).json()
    run = server.ask("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": experiment["experiment_id"]}).json()[
        "run"
    ]["info"]["run_id"]
    answer = server.ask("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}")
    assert answer.status_code == 400
    assert "outside the artifacts destination" in answer.text


def used(server):
    """Return how many bytes lie in the server's temporary directory."""
    return sum(path.stat().st_size for path in server.temporary.rglob("*") if path.is_file())


def partial(server, bucket):
    """Return what an upload has stored that has not ended."""
    folder = server.folder / "artifacts"
    return list(folder.rglob(".artifact.uploading.*")) if folder.exists() else list(bucket.multipart_uploads.all())


@contextlib.contextmanager
def cut(endpoint, after):
    """Stand before a store, and break each connection after so many bytes of its answers."""
    url, connections = urlsplit(endpoint), []

    def relay(client):
        with client, socket.create_connection((url.hostname, url.port)) as store:
            store.sendall(client.recv(65536))
            left = after
            while left and (data := store.recv(min(65536, left))):
                client.sendall(data)
                left -= len(data)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connections.append(threading.Thread(target=relay, args=(listener.accept()[0],)))
                connections[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
        listener.shutdown(socket.SHUT_RDWR)
    for thread in [accepting, *connections]:
        thread.join()
