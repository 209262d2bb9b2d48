# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the buckets are ours, free or somebody else's, and whether the key of Spaces opens what it must."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ApiError, NotFound, Uncertain
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces import api as spaces

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch")
# The options that name a bucket: how the name of its key ends, and what is in it
BUCKETS = {"bucket": ("", "artifacts"), "backup_bucket": ("-backups", "backups")}


def check_name(given, findings, option="bucket"):
    """Refuse a name that no bucket can have, and one that both would have."""
    if not NAME.fullmatch(given[option]):
        findings.refuse(
            option,
            f"{given[option]} cannot be the name of a bucket; "
            "use 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends",
        )
    elif option != "bucket" and given[option] == given["bucket"]:
        findings.refuse(
            option,
            f"{given[option]} is the same as {findings.name('bucket')}, so one key would open both; "
            f"use another name, such as {given[option][:55]}-backups",
        )


def named(given, findings):
    """Return the options that name a bucket, without those that are refused."""
    return [option for option in BUCKETS if given[option] and not findings.refused(option)]


def check_key(client, given, findings):
    """Judge what the API tells of keys.

    That of the account must open everything, and those of the environment know their buckets.
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
    for option in named(given, findings):
        check_kept(keys, given, option, findings)


def check_kept(keys, given, option, findings):
    """Refuse another bucket than the one that its key knows."""
    ending, contents = BUCKETS[option]
    name = f"{given['name']}{ending}"
    grants = [grant for key in keys if key["name"] == name for grant in key.get("grants") or []]
    buckets = sorted({grant["bucket"] for grant in grants if grant.get("bucket")})
    if buckets and given[option] not in buckets:
        findings.refuse(
            option,
            f"{given[option]} is not the {option.replace('_', ' ')} of this environment, whose key opens "
            f"{', '.join(buckets)}; set it to {buckets[0]}, where the {contents} are. "
            f"To start again with another bucket, delete the key {name} in the control panel first",
        )


def check_buckets(given, findings):
    """Ask Spaces for the buckets by their names, until an answer is about more than one of them."""
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
        for option in named(given, findings):
            if not any(findings.refused(each) for each in ("access_key_id", address(given))):
                check_bucket(s3, given, option, findings)


def check_bucket(s3, given, option, findings):
    """Ask Spaces for a bucket by its name."""
    try:
        spaces.ask(s3.head_bucket, Bucket=given[option])
        spaces.ask(s3.get_bucket_acl, Bucket=given[option])
    except NotFound:
        check_access(s3, given, option, findings, missing=True)
    except Uncertain as error:
        findings.refuse(address(given), f"{error}; check the address and your network")
    except ApiError:
        check_access(s3, given, option, findings)


def check_access(s3, given, option, findings, missing=False):
    """Tell a wrong or limited key from a bucket of somebody else, which a look at the bucket alone cannot."""
    try:
        spaces.ask(s3.list_buckets)
    except Uncertain as error:
        findings.refuse(address(given), f"{error}; check the address and your network")
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
                option,
                f"{given[option]} belongs to somebody else, or is in another region; "
                f"use a name that nobody else has, such as {unique(given, option)}",
            )


def address(given):
    """Return the option that the address of Spaces follows from."""
    return "endpoint_url" if given["endpoint_url"] else "region"


def unique(given, option):
    """Return a longer name."""
    return f"{given[option][:50].rstrip('-')}-{given['access_key_id'][-6:].lower()}"
