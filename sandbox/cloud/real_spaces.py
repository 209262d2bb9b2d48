# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Spaces made true by an S3 server, Ceph's object gateway.

A key is a user of the server: one with full access is an admin, who may do all with every bucket; any other owns nothing, and the policies of
the buckets that its grants name let it in. So a bucket's policy is the sum of what the account's keys may do with it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import ClientError

from .. import image, keys, machine, s3
from ..engine import EngineError, docker
from ..model import Machine
from . import imagined
from .spaces import FULL, KIND
from .store import Thing

if TYPE_CHECKING:
    from .cloud import Cloud

OWNER = "account"
READ = ("s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
ACTIONS = {"read": READ, "readwrite": READ + WRITE}

# Whatever radosgw-admin does to a user or its keys writes the user anew, and the server's database drops the user's buckets with the old row
REVOKE = """
import sqlite3, sys
database = "/var/lib/s3/s3-default_ns"
with sqlite3.connect(f"{database}.db", timeout=10) as connection:
    connection.execute(f"update '{database}_user_table' set AccessKeysID = 'revoked-' || UserID where UserID = ?", sys.argv[1:])
"""


def start(server: Machine, state: Path) -> Spaces:
    """Have the server on a machine, with the account's own key, which `state` keeps."""
    machine.ensure(server, partial(image.s3, server.suite), str(state), (state / "id_ed25519.pub").read_text())
    s3.wait(server.address)
    path = state / "spaces.yml"
    if not path.exists():
        own = {"access_key": "DO00SANDBOXFULLACCESS", "secret_key": secrets.token_urlsafe(32)}
        access = {"endpoint": f"http://{server.address}:{s3.PORT}", "region": s3.REGION, **own}
        keys.write(path, yaml.safe_dump(access, explicit_start=True, sort_keys=False), mode=0o600)
    spaces = Spaces(server, yaml.safe_load(path.read_text()))
    if not spaces.opens():
        spaces.add_user(OWNER, spaces.access["access_key"], spaces.access["secret_key"], full=True)
    return spaces


@dataclass
class Spaces(imagined.Spaces):
    """The server, and the key with full access that the account has from the start."""

    server: Machine
    access: dict[str, str]
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = s3.client(self.access)

    def lines(self) -> list[str]:
        """Return lines for a shell."""
        own = f"SPACES_ACCESS_KEY_ID={self.access['access_key']} SPACES_SECRET_ACCESS_KEY={self.access['secret_key']}"
        return [f"export SPACES_ENDPOINT_URL={self.access['endpoint']} {own}"]

    def opens(self) -> bool:
        """Return whether the account's own key is known to the server."""
        try:
            self.client.list_buckets()
        except ClientError:
            return False
        return True

    def has_bucket(self, cloud: Cloud, name: str) -> bool:
        try:
            self.client.head_bucket(Bucket=name)
        except ClientError:
            return False
        return True

    def add_key(self, cloud: Cloud, key: Thing, secret: str) -> None:
        self.add_user(key["access_key"], key["access_key"], secret, full=_is_full(key))
        self.change_key(cloud, key)

    def change_key(self, cloud: Cloud, key: Thing) -> None:
        account = {each["access_key"]: each for each in cloud.store.all(KIND)}
        before = account.get(key["access_key"], {"grants": []})["grants"]
        account[key["access_key"]] = key
        for bucket in {grant["bucket"] for grant in before + key["grants"]} - {""}:
            self.set_policy(bucket, [*account.values()])

    def remove_key(self, cloud: Cloud, key: Thing) -> None:
        self.change_key(cloud, key | {"grants": []})
        docker("exec", "-i", "--user", "ceph", self.server.container, "python3", "-", key["access_key"], given=REVOKE)

    def add_user(self, name: str, access_key: str, secret: str, *, full: bool) -> None:
        """Add a user with one key; the server would not find a second one."""
        pair = (f"--access-key={access_key}", f"--secret-key={secret}")
        try:
            s3.admin(self.server, "user create", name, f"--display-name={name}", *pair, "--admin" if full else "--max-buckets=-1")
        except EngineError:  # an attempt before may have made it
            if secret not in s3.admin(self.server, "user info", name):
                raise

    def set_policy(self, bucket: str, account: list[Thing]) -> None:
        """Let into a bucket the keys whose grants name it."""
        statements = [_statement(key["access_key"], grant) for key in account for grant in key["grants"] if grant["bucket"] == bucket and grant["permission"]]
        try:
            if statements:
                self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
            else:
                self.client.delete_bucket_policy(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":  # it went, and what opened it with it
                raise


def _statement(user: str, grant: dict[str, str]) -> dict[str, Any]:
    where = f"arn:aws:s3:::{grant['bucket']}"
    who = {"AWS": [f"arn:aws:iam:::user/{user}"]}
    return {"Effect": "Allow", "Principal": who, "Action": list(ACTIONS[grant["permission"]]), "Resource": [where, f"{where}/*"]}


def _is_full(key: Thing) -> bool:
    return any(grant["permission"] == FULL for grant in key["grants"])
