# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the bucket is ours, free or somebody else's, and whether the key of Spaces opens what it must."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ApiError, NotFound, Uncertain
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces import api as spaces

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch")


def check_name(given, findings):
    """Refuse a name that no bucket can have."""
    if not NAME.fullmatch(given["bucket"]):
        findings.refuse(
            "bucket",
            f"{given['bucket']} cannot be the name of a bucket; "
            "use 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends",
        )


def check_key(client, given, findings):
    """Judge what the API tells of keys.

    That of the account must open everything, and that of the environment knows its bucket.
    """
    keys = list(pages(client.spaces_key.list, "keys"))
    for key in keys:
        opens_all = any(grant.get("permission") == "fullaccess" for grant in key.get("grants") or [])
        if key["access_key"] == given["access_key_id"] and not opens_all:
            findings.refuse(
                "access_key_id",
                f"the key {key['name']} does not have full access to Spaces, "
                "so it cannot make a bucket; use one that has",
            )
    grants = [grant for key in keys if key["name"] == given["name"] for grant in key.get("grants") or []]
    buckets = sorted({grant["bucket"] for grant in grants if grant.get("bucket")})
    if buckets and given["bucket"] not in buckets:
        findings.refuse(
            "bucket",
            f"{given['bucket']} is not the bucket of this environment, whose key opens {', '.join(buckets)}; "
            f"set it to {buckets[0]}, where the artifacts are. "
            f"To start again with another bucket, delete the key {given['name']} in the control panel first",
        )


def check_bucket(given, findings):
    """Ask Spaces for the bucket by its name."""
    if not (given["region"] or given["endpoint_url"]) or not given["access_key_id"] or not given["secret_access_key"]:
        return
    ca_file = given.get("endpoint_ca_file")
    if ca_file and not Path(ca_file).exists():
        findings.refuse(
            "endpoint_ca_file",
            f"{ca_file} does not exist; give the path of a file with certificates in PEM, or leave it out",
        )
        return
    with spaces.connect(given) as s3:
        try:
            spaces.ask(s3.head_bucket, Bucket=given["bucket"])
            spaces.ask(s3.get_bucket_acl, Bucket=given["bucket"])
        except NotFound:
            check_access(s3, given, findings, missing=True)
        except Uncertain as error:
            findings.refuse(
                "endpoint_url" if given["endpoint_url"] else "region", f"{error}; check the address and your network"
            )
        except ApiError:
            check_access(s3, given, findings)


def check_access(s3, given, findings, missing=False):
    """Tell a wrong or limited key from a bucket of somebody else, which a look at the bucket alone cannot."""
    try:
        spaces.ask(s3.list_buckets)
    except Uncertain as error:
        findings.refuse(
            "endpoint_url" if given["endpoint_url"] else "region", f"{error}; check the address and your network"
        )
    except ApiError as error:
        if any(code in str(error) for code in WRONG_KEY):
            findings.refuse("access_key_id", f"Spaces do not accept the key {given['access_key_id']} ({error})")
        else:
            findings.refuse(
                "access_key_id",
                f"the key {given['access_key_id']} cannot list buckets, so it has no full access; "
                f"use one that has ({error})",
            )
    else:
        if not missing:
            findings.refuse(
                "bucket",
                f"{given['bucket']} belongs to somebody else, or is in another region; "
                f"use a name that nobody else has, such as {unique(given)}",
            )


def unique(given):
    """Return a longer name."""
    return f"{given['bucket'][:50].rstrip('-')}-{given['access_key_id'][-6:].lower()}"
