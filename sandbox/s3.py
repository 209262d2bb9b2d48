# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The S3 server: its machine and certificate, its users, and the bucket for hosts without a cloud.

The server generates all secrets.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from . import hostnames, image, keys, machine, regions
from .engine import EngineError, docker
from .model import Machine
from .say import SandboxError, step

# Buckets for hosts without a cloud, each with a user of its name who can use only it: the file with its access data
BUCKETS = {"s3.yml": "mlflow", "s3-backups.yml": "mlflow-backups"}
PORT = 443
REGION = "us-east-1"
START_SECONDS = 240


def ensure_server(state: Path, server: Machine) -> bool:
    """Ensure that the machine runs with a certificate for its names; return whether anything had to be done."""
    keys.certify(
        state,
        server,
        *(
            host
            for region in regions.with_spaces()
            for host in (hostnames.spaces(region), f"*.{hostnames.spaces(region)}")
        ),
    )
    files = {f"/etc/ceph/s3.{suffix}": state / f"{server.host}.{suffix}" for suffix in ("crt", "key")}
    changed = machine.ensure(
        server, partial(image.s3, server.suite), str(state), (state / "id_ed25519.pub").read_text(), files
    )
    wait(server, state / "ca.crt")
    return changed


def ensure_buckets(state: Path, server: Machine) -> bool:
    """Ensure that the buckets exist, and for each a user who can use it; return whether anything had to be done."""
    missing = {file: name for file, name in BUCKETS.items() if not ((access := read(state, file)) and _opens(access))}
    for file, name in missing.items():
        with step(f"{server.host}: create the bucket {name} and its user", usually="2 s"):
            access = write(state / file, server, user(server, name), bucket=name)
            if not _opens(access):
                client(access).create_bucket(Bucket=name)
                client(access).put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return bool(missing)


def read(state: Path, file: str = "s3.yml") -> dict[str, str] | None:
    """Return endpoint, region, bucket, keys and CA file, or None if they do not exist yet."""
    path = state / file
    return yaml.safe_load(path.read_text()) if path.exists() else None


def write(path: Path, server: Machine, pair: dict[str, str], **more: str) -> dict[str, str]:
    """Write the access data of a key into a file, and return them."""
    access = {
        "endpoint": f"https://{server.address}",
        "region": REGION,
        **more,
        **pair,
        "ca_file": str(path.parent / "ca.crt"),
    }
    keys.write(path, yaml.safe_dump(access, explicit_start=True, sort_keys=False), mode=0o600)
    return access


def user(server: Machine, name: str, *options: str) -> dict[str, str]:
    """Return the first key of a user, who is created if missing."""
    try:
        shown = admin(server, "user create", f"--uid={name}", f"--display-name={name}", *options)
    except EngineError:
        shown = admin(server, "user info", f"--uid={name}")
    return pair(shown)


def pair(shown: str, access_key: str = "") -> dict[str, str]:
    """Return a key from radosgw-admin's output about a user: the one with this id, or the first."""
    found = next(each for each in json.loads(shown)["keys"] if each["access_key"] == access_key or not access_key)
    return {"access_key": found["access_key"], "secret_key": found["secret_key"]}


def admin(server: Machine, verb: str, *options: str) -> str:
    """Run radosgw-admin as the server's own user."""
    return docker(
        "exec", "--user", "ceph", server.container, "radosgw-admin", "-n", "client.rgw.s3", *verb.split(), *options
    )


def wait(server: Machine, ca: Path) -> None:
    """Wait until the server answers over TLS with a certificate that the CA signed."""
    deadline, context = time.monotonic() + START_SECONDS, ssl.create_default_context(cafile=ca)
    while True:
        try:
            with socket.create_connection((server.address, PORT), timeout=3) as connection:
                context.wrap_socket(connection, server_hostname=server.address).close()
                return
        except OSError as error:
            if time.monotonic() > deadline:
                where = f"The S3 server at {server.address}:{PORT}"
                raise SandboxError(
                    f"{where} does not answer after {START_SECONDS} s: {error}. Its journal ends:\n{_journal(server)}"
                ) from error
            time.sleep(0.2)


def _journal(server: Machine) -> str:
    """Return what the daemons of the server have printed last."""
    return docker(
        "exec", server.container, "journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=8", "--unit=s3*"
    )


def client(access: dict[str, str], service: str = "s3") -> Any:
    """Return a boto3 client with these keys."""
    config = Config(
        proxies={},
        s3={"addressing_style": "path"},
        connect_timeout=3,
        read_timeout=60,
        retries={"total_max_attempts": 1},
    )
    pair = {"aws_access_key_id": access["access_key"], "aws_secret_access_key": access["secret_key"]}
    return boto3.client(
        service,
        endpoint_url=access["endpoint"],
        region_name=access["region"],
        verify=access["ca_file"],
        config=config,
        **pair,
    )


def _opens(access: dict[str, str]) -> bool:
    """Return whether the keys can use the bucket."""
    try:
        client(access).head_bucket(Bucket=access["bucket"])
    except ClientError:
        return False
    return True
