# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs as the tasks of other resources name them."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import is_id, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ParentMissing


def vpc_id(client, name_or_id):
    """Return the id of a VPC that is given by name or id."""
    if is_id(name_or_id):
        return name_or_id
    vpc = only("vpc", name_or_id, pages(client.vpcs.list, "vpcs"))
    if not vpc:
        raise ParentMissing(f"vpc {name_or_id} does not exist")
    return vpc["id"]
