#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that the key of each bucket opens no other: JSON on stdin has the `store` and the `keys` by bucket."""

from __future__ import annotations

import json
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

from ansible_collections.mlops.mlflow.sandbox import s3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


def attempts(client: Any, bucket: str) -> dict[str, int]:
    """Write, read, list and delete; return the status of each answer."""
    item = {"Bucket": bucket, "Key": "of-the-check"}
    return {
        "put": status(lambda: client.put_object(**item, Body=b"x")),
        "get": status(lambda: client.get_object(**item)),
        "list": status(lambda: client.list_objects_v2(Bucket=bucket)),
        "list versions": status(lambda: client.list_object_versions(Bucket=bucket)),
        "delete": status(lambda: client.delete_object(**item)),
    }


def status(call: Callable[[], dict[str, Any]]) -> int:
    """Return the status of an answer."""
    try:
        answer = call()
    except ClientError as error:
        answer = error.response
    return answer["ResponseMetadata"]["HTTPStatusCode"]


given = json.load(sys.stdin)
found = {
    (key, bucket): attempts(s3.client(given["store"] | given["keys"][key]), bucket)
    for key, bucket in product(given["keys"], given["keys"])
}
for (key, bucket), statuses in found.items():
    print(f"the key of {key} in {bucket}: {statuses}")
wrong = [
    (key, bucket)
    for (key, bucket), statuses in found.items()
    if not all(code < 300 if key == bucket else code == 403 for code in statuses.values())
]
sys.exit(1 if wrong or len(found) != 4 else 0)
