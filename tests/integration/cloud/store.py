# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The S3 server that the tests of this directory share, with as little memory as it needs."""

from __future__ import annotations

import boto3
from ansible_collections.mlops.mlflow.sandbox.model import Interface, Machine

NETWORK, SUBNET = "hs-spaces", "10.63.0.0/24"
INTERFACE = Interface(NETWORK, SUBNET, "10.63.0.10")
SERVER = Machine("server", "trixie", "root", INTERFACE.address, (INTERFACE,), NETWORK, "s3", memory="1g")


def resource(spaces):
    """Return boto3's resource with the account's own key."""
    access = spaces.access
    keys = {"aws_access_key_id": access["access_key"], "aws_secret_access_key": access["secret_key"]}
    return boto3.resource(
        "s3", endpoint_url=access["endpoint"], region_name=access["region"], verify=access["ca_file"], **keys
    )
