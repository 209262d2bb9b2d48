#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: spaces_bucket
short_description: Manage a bucket of DigitalOcean Spaces
version_added: 0.1.0
description:
  - Ensures that a bucket exists with its access list, versioning and lifecycle rules, or that it does not exist.
  - Buckets are managed over S3, with a Spaces key that has full access, and not with the API token.
  - Options that are not given are left as they are, except O(acl).
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The bucket's name, of 3 to 63 lower-case letters, digits and C(-). Names are unique across all accounts and
        regions.
    type: str
    required: true
  region:
    description:
      - The region, such as V(fra1). It cannot be changed.
    type: str
    required: true
  acl:
    description:
      - Who can read the objects without a key; V(private) is nobody.
    type: str
    choices: [private, public-read]
    default: private
  versioning:
    description:
      - Whether older versions of objects are kept. Once it is on, versioning can only be suspended; older versions
        stay.
    type: bool
  lifecycle_rules:
    description:
      - What the server deletes by itself. Rules that are not listed are removed; an empty list removes all rules.
    type: list
    elements: dict
    suboptions:
      id:
        description:
          - The rule's name.
        type: str
        required: true
      prefix:
        description:
          - Apply the rule only to objects whose names begin with this.
        type: str
        default: ""
      enabled:
        description:
          - Whether the rule is enabled.
        type: bool
        default: true
      expiration_days:
        description:
          - Delete objects after this many days.
        type: int
      noncurrent_version_expiration_days:
        description:
          - Delete versions this many days after they stop being the newest.
        type: int
      abort_incomplete_multipart_upload_days:
        description:
          - Delete the parts of unfinished uploads after this many days.
        type: int
  delete_data:
    description:
      - Whether O(state=absent) also deletes a bucket that is not empty, with all its objects, all their versions and
        all unfinished uploads.
    type: bool
    default: false
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.spaces
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Have a private bucket that forgets what was deleted a month ago
  mlops.mlflow.spaces_bucket:
    name: mlflow-production-artifacts
    region: fra1
    versioning: true
    lifecycle_rules:
      - id: forget
        noncurrent_version_expiration_days: 30
        abort_incomplete_multipart_upload_days: 7

- name: Remove a bucket with everything in it
  mlops.mlflow.spaces_bucket:
    name: mlflow-rehearsal-artifacts
    region: fra1
    state: absent
    delete_data: true
"""

RETURN = r"""
spaces_bucket:
  description: The bucket in terms of the options; empty when absent. A project refers to it by its C(urn).
  type: dict
  returned: success
  sample:
    name: mlflow-production-artifacts
    region: fra1
    urn: "do:space:mlflow-production-artifacts"
    acl: private
    versioning: true
    lifecycle_rules: []
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: spaces_bucket, name: mlflow-production-artifacts, id: mlflow-production-artifacts}]
waits_for:
  description: What it still waits for, by resource; a new bucket may take a while to appear.
  type: dict
  returned: success
  sample: {}
"""

import re
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.api import if_there
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces.api import SPACES, ask
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces.contents import delete_empty, empty, versions
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces.lifecycle import ACTIONS, in_order, rule_of, rules_of

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
RULE = {
    "id": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": ""},
    "enabled": {"type": "bool", "default": True},
    "expiration_days": {"type": "int"},
    "noncurrent_version_expiration_days": {"type": "int"},
    "abort_incomplete_multipart_upload_days": {"type": "int"},
}


class Bucket(Resource):
    """A bucket: three settings, each read and written by a call of its own."""

    kind = "spaces_bucket"
    changes: ClassVar = {"acl": "set_acl", "versioning": "set_versioning", "lifecycle_rules": "set_lifecycle"}

    def ask(self, operation, **args):
        return ask(getattr(self.client, operation), Bucket=self.name, **args)

    def find_by_name(self):
        return if_there(self.settings)

    def settings(self):
        """Return the settings of a bucket that is there."""
        self.ask("head_bucket")
        return {
            "acl": access(self.ask("get_bucket_acl")),
            "versioning": self.ask("get_bucket_versioning").get("Status") == "Enabled",
            "lifecycle_rules": rules_of(self),
        }

    def observed(self, thing):
        return {"name": self.name, "region": self.params["region"], "urn": f"do:space:{self.name}", **thing}

    def desired(self):
        rules = self.params["lifecycle_rules"]
        desired = {
            "name": self.name,
            "acl": self.params["acl"],
            "versioning": self.params["versioning"],
            "lifecycle_rules": in_order(rules or []),
        }
        given = {"versioning": self.params["versioning"] is not None, "lifecycle_rules": rules is not None}
        return {option: value for option, value in desired.items() if given.get(option, True)}

    def check(self, before):
        if not before and not NAME.fullmatch(self.name):
            raise Refused(
                f"name: {self.name} cannot be a bucket; use 3 to 63 lower-case letters, "
                "digits and -, with no - at the ends"
            )
        for rule in self.params["lifecycle_rules"] or []:
            if not any(rule[action] for action in ACTIONS):
                raise Refused(
                    f"lifecycle_rules: {rule['id']} does nothing; give it at least one of {', '.join(ACTIONS)}"
                )

    def create(self):
        self.ask("create_bucket", ACL=self.params["acl"])
        return {}

    def set_acl(self, thing):
        self.ask("put_bucket_acl", ACL=self.params["acl"])

    def set_versioning(self, thing):
        self.ask(
            "put_bucket_versioning",
            VersioningConfiguration={"Status": "Enabled" if self.params["versioning"] else "Suspended"},
        )

    def set_lifecycle(self, thing):
        rules = [rule_of(rule) for rule in self.params["lifecycle_rules"]]
        if rules:
            self.ask("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})
        else:
            self.ask("delete_bucket_lifecycle")

    def check_delete(self, thing):
        if not self.params["delete_data"] and versions(self, MaxKeys=1):
            raise Refused(
                f"{self} is not empty; set delete_data to true to delete all objects with it, or empty it first"
            )

    def delete(self, thing):
        if self.params["delete_data"]:
            empty(self)
        delete_empty(self)


def access(answer):
    """Return an access list by the name of what it gives to others than the owner."""
    who = [
        (grant["Grantee"].get("URI") or grant["Grantee"].get("ID"), grant["Permission"]) for grant in answer["Grants"]
    ]
    others = [grant for grant in who if grant[0] != answer["Owner"]["ID"]]
    return {(): "private", ((EVERYBODY, "READ"),): "public-read"}.get(tuple(others), "custom")


def main():
    """Run the module."""
    run(
        SPACES,
        lambda client, params: [Bucket(client, params, params["name"])],
        name={"type": "str", "required": True},
        acl={"type": "str", "choices": ["private", "public-read"], "default": "private"},
        versioning={"type": "bool"},
        lifecycle_rules={"type": "list", "elements": "dict", "options": RULE},
        delete_data={"type": "bool", "default": False},
    )


if __name__ == "__main__":
    main()
