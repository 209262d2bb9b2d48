# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The S3 server's user and bucket, with keys of the sandbox's own."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path
from typing import Any

import yaml

from .engine import EngineError, docker
from .inventory import Machine
from .say import Refused, step

BUCKET = "mlflow"
PORT = 7480
REGION = "us-east-1"
USER = "mlflow"
START_SECONDS = 30


def ensure(state: Path, machine: Machine) -> bool:
    """Have the bucket and a user whose keys open it; return whether anything had to be done."""
    access = _access(state, machine)
    client = _client(access)
    if _opens(client):
        return False
    with step(f"{machine.host}: create the bucket {BUCKET} and its user", usually="3 s"):
        _create_user(machine, access)
        client.create_bucket(Bucket=BUCKET)
    return True


def read(state: Path) -> dict[str, str]:
    """Return endpoint, region, bucket and keys."""
    return yaml.safe_load((state / "s3.yml").read_text())


def _access(state: Path, machine: Machine) -> dict[str, str]:
    """Return how the store is reached, made up the first time."""
    path = state / "s3.yml"
    if not path.exists():
        keys = {"access_key": secrets.token_hex(10).upper(), "secret_key": secrets.token_urlsafe(30)}
        access = {"endpoint": f"http://{machine.address}:{PORT}", "region": REGION, "bucket": BUCKET, **keys}
        with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yaml.safe_dump(access, file, explicit_start=True, sort_keys=False)
    return read(state)


def _client(access: dict[str, str]) -> Any:
    import boto3
    from botocore.config import Config

    keys = {"aws_access_key_id": access["access_key"], "aws_secret_access_key": access["secret_key"]}
    config = Config(proxies={}, s3={"addressing_style": "path"}, connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
    return boto3.client("s3", endpoint_url=access["endpoint"], region_name=access["region"], config=config, **keys)


def _opens(client: Any) -> bool:
    """Return whether the keys open the bucket, waiting for the server to listen."""
    from botocore.exceptions import BotoCoreError, ClientError

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            client.head_bucket(Bucket=BUCKET)
            return True
        except ClientError:
            return False
        except BotoCoreError as error:
            if time.monotonic() > deadline:
                raise Refused(f"The S3 server is silent after {START_SECONDS} s: {error}") from error
            time.sleep(0.2)


def _create_user(machine: Machine, access: dict[str, str]) -> None:
    """Create the user with these keys; the secret travels by stdin. As root, radosgw-admin would leave files that the server cannot open."""
    given = f"{access['access_key']} {access['secret_key']}"
    command = f'read -r key secret; exec runuser -u ceph -- radosgw-admin --no-mon-config user create --uid={USER} --display-name={USER} --access-key="$key" --secret-key="$secret"'
    try:
        docker("exec", "-i", machine.container, "sh", "-c", command, given=given)
    except EngineError as error:
        raise Refused(f"{machine.host}: radosgw-admin could not create the user: {error}") from error
