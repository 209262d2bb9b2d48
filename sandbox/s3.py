# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The S3 server's user and bucket. The server makes up the keys; s3.yml keeps them for the inventory."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from .engine import EngineError, docker
from .keys import write
from .model import Machine
from .say import Refused, step

BUCKET = "mlflow"
PORT = 7480
REGION = "us-east-1"
USER = "mlflow"
START_SECONDS = 30


def ensure(state: Path, machine: Machine) -> bool:
    """Have the bucket and a user whose keys open it; return whether anything had to be done."""
    _wait(machine.address)
    access = read(state)
    if access and _opens(access):
        return False
    with step(f"{machine.host}: create the bucket {BUCKET} and its user", usually="2 s"):
        access = {"endpoint": f"http://{machine.address}:{PORT}", "region": REGION, "bucket": BUCKET, **_keys(machine)}
        write(state / "s3.yml", yaml.safe_dump(access, explicit_start=True, sort_keys=False), mode=0o600)
        if not _opens(access):
            _client(access).create_bucket(Bucket=BUCKET)
    return True


def read(state: Path) -> dict[str, str] | None:
    """Return endpoint, region, bucket and keys, once they are known."""
    path = state / "s3.yml"
    return yaml.safe_load(path.read_text()) if path.exists() else None


def _keys(machine: Machine) -> dict[str, str]:
    """Return the user's keys; the user is created if it is not there."""
    try:
        shown = _admin(machine, "create", f"--display-name={USER}")
    except EngineError:
        shown = _admin(machine, "info")
    keys = json.loads(shown)["keys"][0]
    return {"access_key": keys["access_key"], "secret_key": keys["secret_key"]}


def _admin(machine: Machine, verb: str, *options: str) -> str:
    """Ask radosgw-admin, as the server's user: run as root it would leave files that the server cannot open."""
    return docker("exec", "--user", "ceph", machine.container, "radosgw-admin", "--no-mon-config", "user", verb, f"--uid={USER}", *options)


def _wait(address: str) -> None:
    """Wait until the server listens."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((address, PORT), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Refused(f"The S3 server at {address}:{PORT} is silent after {START_SECONDS} s: {error}") from error
            time.sleep(0.2)


def _opens(access: dict[str, str]) -> bool:
    """Return whether the keys open the bucket."""
    try:
        _client(access).head_bucket(Bucket=BUCKET)
    except ClientError:
        return False
    return True


def _client(access: dict[str, str]) -> Any:
    config = Config(proxies={}, s3={"addressing_style": "path"}, connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": access["access_key"], "aws_secret_access_key": access["secret_key"]}
    return boto3.client("s3", endpoint_url=access["endpoint"], region_name=access["region"], config=config, **keys)
