# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The door to Spaces, which speaks S3: options, client, errors as sentences."""

from __future__ import annotations

import base64
import contextlib
import hashlib

from ansible.module_utils.basic import env_fallback
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.api import Api
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import (
    ApiError,
    Busy,
    Conflict,
    NotFound,
    Refused,
    Uncertain,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # told by `connect`
    BotoCoreError = ClientError = ()

OPTIONS = {
    "region": {"type": "str", "required": True},
    "endpoint_url": {"type": "str", "fallback": (env_fallback, ["SPACES_ENDPOINT_URL"])},
    "endpoint_ca_file": {"type": "path", "fallback": (env_fallback, ["SPACES_CA_FILE"])},
    "access_key_id": {"type": "str", "no_log": False, "fallback": (env_fallback, ["SPACES_ACCESS_KEY_ID"])},
    "secret_access_key": {"type": "str", "no_log": True, "fallback": (env_fallback, ["SPACES_SECRET_ACCESS_KEY"])},
}

KINDS = {
    "404": NotFound,
    "NoSuchBucket": NotFound,
    "NoSuchLifecycleConfiguration": NotFound,
    "BucketAlreadyExists": Conflict,
    "BucketAlreadyOwnedByYou": Conflict,
    "BucketNotEmpty": Busy,
    "OperationAborted": Uncertain,  # another request for the same bucket is under way
}
HINTS = {
    "403": (
        "; the key does not open this bucket: it needs full access, and the bucket has to be yours, "
        "as names are taken across all accounts"
    ),
    "301": "; the bucket is in another region: change region",
}
HINTS |= {"AccessDenied": HINTS["403"], "PermanentRedirect": HINTS["301"]}
HINTS |= dict.fromkeys(
    ("InvalidAccessKeyId", "SignatureDoesNotMatch"), "; check SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY"
)
NEED_MD5 = ("PutBucketLifecycleConfiguration", "DeleteObjects")  # other servers than Amazon's know no newer checksum


def connect(params):
    """Return boto3's client. It is loaded here, as that takes 0.25 s, and wrong arguments should not."""
    import boto3
    from botocore.config import Config

    missing = [name for name in ("access_key_id", "secret_access_key") if not params[name]]
    if missing:
        variables = " and ".join(f"SPACES_{name.upper()}" for name in missing)
        raise Refused(
            f"set {variables} (or {' and '.join(missing)}) to a key of Spaces with full access, "
            "which the control panel gives under Access Keys"
        )
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 5},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"},
        user_agent_extra="mlops.mlflow",
    )
    client = boto3.client(
        "s3",
        region_name="us-east-1",  # what Spaces want in the signature, whatever their region
        endpoint_url=params["endpoint_url"] or f"https://{params['region']}.digitaloceanspaces.com",
        aws_access_key_id=params["access_key_id"],
        aws_secret_access_key=params["secret_access_key"],
        verify=params.get("endpoint_ca_file"),  # None is AWS_CA_BUNDLE, or the certificates of botocore
        config=config,
    )
    for operation in NEED_MD5:
        client.meta.events.register(f"before-call.s3.{operation}", add_md5)
    return contextlib.closing(client)


SPACES = Api("Spaces", OPTIONS, connect)


def add_md5(params, **_context):
    """Add the checksum that every S3 server knows."""
    body = params["body"] if isinstance(params["body"], bytes) else params["body"].encode()
    params["headers"]["Content-MD5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def ask(call, **args):
    """Call the server and return its answer; raise in its words."""
    try:
        return call(**args)
    except ClientError as error:
        raise error_from(error.response) from error
    except BotoCoreError as error:
        raise Uncertain(f"Spaces do not answer: {error}") from error


def error_from(answer):
    """Return the error of an answer: its code, its message, its status and the id of the request."""
    error, meta = answer["Error"], answer["ResponseMetadata"]
    code, status = error["Code"], meta.get("HTTPStatusCode", 0)
    kind = KINDS.get(code) or (Uncertain if status >= 500 else ApiError)
    request = f", request {meta['RequestId']}" if meta.get("RequestId") else ""
    return kind(f"{error.get('Message') or 'no reason given'} ({code}, status {status}{request}){HINTS.get(code, '')}")
