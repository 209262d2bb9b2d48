# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import boto3
import pytest
from ansible_collections.mlops.mlflow.tests.server import lab
from botocore.config import Config
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def endpoint():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="session")
def bucket(endpoint):
    config = Config(s3={"addressing_style": "path"}, proxies={})
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.resource("s3", endpoint_url=endpoint, config=config, **keys).create_bucket(Bucket="artifacts")


@pytest.fixture(scope="session")
def with_bucket(bucket, endpoint):
    """Return a server of two workers whose artifacts are in a bucket."""
    with lab.running("s3://artifacts/some/prefix", endpoint, workers=2) as server:
        yield server


@pytest.fixture(scope="session")
def with_directory(endpoint):
    """Return a server of one worker whose artifacts are in a directory."""
    with lab.running("{folder}/artifacts", endpoint) as server:
        yield server


@pytest.fixture(params=["with_bucket", "with_directory"])
def server(request):
    return request.getfixturevalue(request.param)
