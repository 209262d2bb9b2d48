#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vpc
short_description: Manage a VPC network of DigitalOcean
version_added: 0.1.0
description:
  - Ensures that a VPC exists with this description, or that it does not exist.
  - The region and range of a VPC cannot be changed; a difference is refused.
  - A deleted resource remains a member of its VPC for a while, and a VPC with members cannot be deleted. So the
    deletion is tried for two minutes, or for ten minutes while deleted database clusters, which take longer, are still
    members. With O(wait=false) it is tried once. The error names the members. The first VPC of a region and its default
    VPC can never be deleted.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The VPC's name, unique in the account. Letters, digits, dashes and dots.
    type: str
    required: true
  region:
    description:
      - Slug of the region, such as V(fra1). Required to create; cannot be changed.
    type: str
  ip_range:
    description:
      - A private range in CIDR notation that no other VPC of the account overlaps, from V(/16) to V(/28). By default
        the cloud chooses one. Cannot be changed.
    type: str
  description:
    description:
      - Free text of at most 255 characters.
    type: str
  default:
    description:
      - V(true) makes it the default VPC of its region, for droplets and databases that name none. To undo that, make
        another one the default.
    type: bool
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Give the environment a network of its own
  mlops.mlflow.vpc:
    name: mlflow-production
    region: fra1
    ip_range: 10.20.0.0/20

- name: Delete it once its members are gone
  mlops.mlflow.vpc:
    name: mlflow-production
    state: absent
"""

RETURN = r"""
vpc:
  description: The VPC in terms of the options, with its id and URN; empty when absent.
  type: dict
  returned: success
  sample:
    id: 5a4981aa-9653-4bd1-bef5-d6bff52042e4
    urn: do:vpc:5a4981aa-9653-4bd1-bef5-d6bff52042e4
    name: mlflow-production
    region: fra1
    ip_range: 10.20.0.0/20
    description: ""
    default: false
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: vpc, name: mlflow-production, id: 5a4981aa-9653-4bd1-bef5-d6bff52042e4}]
waits_for:
  description: What it still waits for, by resource; a VPC is ready at once.
  type: dict
  returned: success
  sample: {}
"""

import re
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.networks import check_range
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import LINGERING, Resource

CLUSTER = "do:dbaas:"
# seconds: how long the cloud needs to take a deleted cluster apart is documented nowhere; making one takes about 300
CLUSTERS_LINGER = 600


class Vpc(Resource):
    """A VPC, found by its name."""

    kind = "vpc"
    changes: ClassVar = {"description": "patch", "default": "patch"}

    def find_by_name(self):
        return only("vpc", self.name, pages(self.client.vpcs.list, "vpcs"))

    def find_by_id(self):
        return found(self.client.vpcs.get, "vpc", self.identity)

    def observed(self, thing):
        return {key: thing.get(key) for key in ("id", "urn", "name", "region", "ip_range", "description", "default")}

    def desired(self):
        desired = super().desired()
        return desired | ({"region": desired["region"].lower()} if "region" in desired else {})

    def check(self, before):
        given = self.params
        if not re.fullmatch(r"[a-zA-Z0-9.-]+", self.name):
            raise Refused(f"{self}: the name may have letters, digits, dashes and dots only")
        if given["ip_range"]:
            check_range(self, given["ip_range"])
        if len(given["description"] or "") > 255:
            raise Refused(f"{self}: description has {len(given['description'])} characters; the cloud takes 255")
        if given["default"] is False and before.get("default"):
            raise Refused(f"{self}: default cannot be taken away; make another VPC of {before['region']} the default")
        if not before and not given["region"]:
            raise Refused(f"{self} does not exist; give region to create it")

    def create(self):
        body = {option: value for option, value in self.desired().items() if option != "default"}
        return ask(self.client.vpcs.create, body)["vpc"]

    def patch(self, thing):
        """Change what was given of what can change."""
        body = {
            option: self.params[option] for option in self.changes if self.params[option] not in (None, thing[option])
        }
        ask(self.client.vpcs.patch, thing["id"], body)

    def check_delete(self, thing):
        if thing["default"]:
            raise Refused(f"{self} is the default VPC of {thing['region']}, which cannot be deleted; it costs nothing")

    def delete(self, thing):
        ask(self.client.vpcs.delete, thing["id"])

    def blocker(self, thing):
        members = list(pages(self.client.vpcs.list_members, "members", thing["id"]))
        clusters = [member["urn"].removeprefix(CLUSTER) for member in members if member["urn"].startswith(CLUSTER)]
        gone = clusters and not any(
            found(self.client.databases.get_cluster, "database", cluster) for cluster in clusters
        )
        self.lingering = CLUSTERS_LINGER if gone else LINGERING
        named = ", ".join(f"{member['name']} ({member['urn']})" for member in members)
        return f"it still has the members {named}; delete them first" if members else ""


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [Vpc(client, params, params["name"])],
        name={"type": "str", "required": True},
        region={"type": "str"},
        ip_range={"type": "str"},
        description={"type": "str"},
        default={"type": "bool"},
    )


if __name__ == "__main__":
    main()
