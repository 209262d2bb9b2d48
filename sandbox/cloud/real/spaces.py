# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Real Spaces: an S3 server, Ceph's object gateway.

A key with full access is another key of the user `account`, who owns all buckets. A limited key is a user of its own,
who owns nothing; its grants are that user's IAM policy. So clients can use bucket policies, except, as in the cloud,
for buckets with limited keys.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import ClientError

from ... import s3
from ...engine import EngineError
from ...model import Machine
from ..core import fake
from ..core.store import Thing
from ..spaces.access_keys import FULL, KIND

if TYPE_CHECKING:
    from ..core.cloud import Cloud

OWNER, STRANGER = "account", "stranger"
FIRST_KEY = "DO00SANDBOXFULLACCESS"
TAKEN = "taken_bucket"
POLICY = "grants"
READ = ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions"]
READ += ["s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"]
WRITE = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]
ACTIONS = {"read": READ, "readwrite": READ + WRITE}
# creation is refused with 409, not 403
ALL_BUT_CREATE = [f"s3:{verb}*" for verb in ("Get", "List", "Put", "Delete", "Abort", "Bypass", "Restore")]


def start(server: Machine, state: Path) -> Spaces:
    """Ensure that the server runs on a machine, with the account's own key, which is kept in `state`."""
    s3.ensure_server(state, server)
    path = state / "spaces.yml"
    known = yaml.safe_load(path.read_text()) if path.exists() else None
    if not known or not opens(known):
        own = s3.user(server, OWNER, f"--access-key={FIRST_KEY}", "--gen-secret", "--caps=user-policy=*")
        known = s3.write(path, server, own)
    return Spaces(server, known)


def opens(access: dict[str, str]) -> bool:
    """Return whether a key is known to the server."""
    try:
        s3.client(access).list_buckets()
    except ClientError:
        return False
    return True


@dataclass
class Spaces(fake.Spaces):
    """The server, and the key with full access that the account has from the start."""

    server: Machine
    access: dict[str, str]
    client: Any = field(init=False)
    policies: Any = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.client = s3.client(self.access)
        self.policies = s3.client(self.access, "iam")

    def resume(self, cloud: Cloud) -> None:
        for key in cloud.store.all(KIND):
            self._set_grants(key)
        self._limit_account(cloud)

    def has_bucket(self, cloud: Cloud, name: str) -> bool:
        return _answers(self.client.head_bucket, name)

    def has_policy(self, cloud: Cloud, name: str) -> bool:
        return _answers(self.client.get_bucket_policy, name)

    def add_key(self, cloud: Cloud, key: Thing) -> str:
        name = key["access_key"]
        options = (f"--access-key={name}", "--gen-secret")
        if _is_full(key):
            return s3.pair(s3.admin(self.server, "key create", f"--uid={OWNER}", *options), name)["secret_key"]
        return s3.user(self.server, name, *options, "--max-buckets=-1")["secret_key"]

    def change_key(self, cloud: Cloud, key: Thing) -> None:
        self._set_grants(key)
        self._limit_account(cloud)

    def remove_key(self, cloud: Cloud, key: Thing) -> None:
        name = key["access_key"]
        command = (
            ("key rm", f"--uid={OWNER}", f"--access-key={name}") if _is_full(key) else ("user rm", f"--uid={name}")
        )
        try:
            s3.admin(self.server, *command)
        except EngineError:  # an earlier attempt may have removed it
            if name in s3.admin(self.server, "user info", f"--uid={OWNER}") + s3.admin(self.server, "user list"):
                raise
        self._limit_account(cloud, without=name)

    def take(self, cloud: Cloud, name: str) -> None:
        s3.client(self.access | s3.user(self.server, STRANGER)).create_bucket(Bucket=name)
        cloud.store.put(TAKEN, name, {"name": name})
        self._limit_account(cloud)

    def _set_grants(self, key: Thing) -> None:
        if _is_full(key):
            return
        grants = [grant for grant in key["grants"] if grant["permission"]]
        statements = [
            {"Effect": "Allow", "Action": ACTIONS[grant["permission"]], "Resource": _resources(grant["bucket"])}
            for grant in grants
        ]
        if statements:
            self._put_policy(key["access_key"], statements)
        else:
            self._drop_policy(key["access_key"])

    def _limit_account(self, cloud: Cloud, without: str = "") -> None:
        """Allow the account everything except others' buckets, and policies on buckets that a limited key can use."""
        with self._lock:
            limited = [key for key in cloud.store.all(KIND) if key["access_key"] != without and not _is_full(key)]
            granted = {grant["bucket"] for key in limited for grant in key["grants"] if grant["permission"]}
            taken = [bucket["name"] for bucket in cloud.store.all(TAKEN)]
            self._put_policy(
                OWNER,
                [
                    {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]},
                    *(
                        {"Effect": "Deny", "Action": ["s3:PutBucketPolicy"], "Resource": _resources(bucket)}
                        for bucket in sorted(granted)
                    ),
                    *({"Effect": "Deny", "Action": ALL_BUT_CREATE, "Resource": _resources(bucket)} for bucket in taken),
                ],
            )

    def _put_policy(self, user: str, statements: list[dict[str, Any]]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.policies.put_user_policy(UserName=user, PolicyName=POLICY, PolicyDocument=document)

    def _drop_policy(self, user: str) -> None:
        try:
            self.policies.delete_user_policy(UserName=user, PolicyName=POLICY)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise


def _answers(call: Any, bucket: str) -> bool:
    """Return whether a call for a bucket succeeds."""
    try:
        call(Bucket=bucket)
    except ClientError:
        return False
    return True


def _resources(bucket: str) -> list[str]:
    """Return the ARNs of a bucket and of its objects."""
    return [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]


def _is_full(key: Thing) -> bool:
    return any(grant["permission"] == FULL for grant in key["grants"])
