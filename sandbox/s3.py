# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The S3 server's user and bucket. The server makes up the keys; s3.yml keeps them for the inventory."""

from __future__ import annotations

import contextlib
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
ADMIN_SECONDS = 5
ADMIN_ATTEMPTS = 3


def ensure(state: Path, machine: Machine) -> bool:
    """Have the bucket and a user whose keys open it; return whether anything had to be done."""
    wait(machine.address)
    access = read(state)
    if access and _opens(access):
        return False
    with step(f"{machine.host}: create the bucket {BUCKET} and its user", usually="2 s"):
        access = {"endpoint": f"http://{machine.address}:{PORT}", "region": REGION, "bucket": BUCKET, **_keys(machine)}
        write(state / "s3.yml", yaml.safe_dump(access, explicit_start=True, sort_keys=False), mode=0o600)
        if not _opens(access):
            client(access).create_bucket(Bucket=BUCKET)
    return True


def read(state: Path) -> dict[str, str] | None:
    """Return endpoint, region, bucket and keys, once they are known."""
    path = state / "s3.yml"
    return yaml.safe_load(path.read_text()) if path.exists() else None


def _keys(machine: Machine) -> dict[str, str]:
    """Return the user's keys; the user is created if it is not there."""
    try:
        shown = admin(machine, "user create", USER, f"--display-name={USER}")
    except EngineError:
        shown = admin(machine, "user info", USER)
    keys = json.loads(shown)["keys"][0]
    return {"access_key": keys["access_key"], "secret_key": keys["secret_key"]}


def admin(machine: Machine, verb: str, user: str, *options: str) -> str:
    """Ask radosgw-admin about a user, as the server's own: run as root it would leave files that the server cannot open.

    Now and then it hangs when all is done, so it is killed and asked again.
    """
    command = ("timeout", "-s", "KILL", str(ADMIN_SECONDS), "radosgw-admin", "--no-mon-config", *verb.split(), f"--uid={user}", *options)
    for _ in range(ADMIN_ATTEMPTS - 1):
        with contextlib.suppress(EngineError):
            return docker("exec", "--user", "ceph", machine.container, *command)
    return docker("exec", "--user", "ceph", machine.container, *command)


def wait(address: str) -> None:
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
        client(access).head_bucket(Bucket=BUCKET)
    except ClientError:
        return False
    return True


def client(access: dict[str, str]) -> Any:
    """Return boto3's client with these keys."""
    config = Config(proxies={}, s3={"addressing_style": "path"}, connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": access["access_key"], "aws_secret_access_key": access["secret_key"]}
    return boto3.client("s3", endpoint_url=access["endpoint"], region_name=access["region"], config=config, **keys)
