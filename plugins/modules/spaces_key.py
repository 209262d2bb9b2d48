#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: spaces_key
short_description: Manage a DigitalOcean Spaces key
version_added: 0.1.0
description:
  - Ensures that a Spaces key exists and opens the buckets of its grants, or that it does not exist.
  - The cloud allows several keys of the same name; here, a name is one key, and several of the same name are an error.
    Before a key is created, its name is looked up a second time, because lists may lag behind what an interrupted run
    has created; see O(started_at).
  - The secret is returned once, when the key is created. So a key is created only by a task with C(no_log=true), and
    the secret has to be saved before anything else happens. If it was lost, O(replace) deletes the key and creates
    another one.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The key's name.
    type: str
    required: true
  grants:
    description:
      - What the key opens. Grants that are not listed are removed; a key with an empty list opens nothing. Buckets have
        to exist.
      - If it is not given, the grants of an existing key stay as they are, and a new key opens nothing.
      - Without O(replace), full access can neither be given to a key with scoped grants nor taken from one.
    type: list
    elements: dict
    suboptions:
      bucket:
        description:
          - Name of the bucket; empty for V(fullaccess), which applies to all buckets.
        type: str
        default: ""
      permission:
        description:
          - What the key can do with the bucket's objects; V(fullaccess) can also create, configure and delete buckets.
        type: str
        choices: [read, readwrite, fullaccess]
        required: true
  replace:
    description:
      - Whether to delete an existing key of this name and create another one, because its secret is lost. It does so
        every time, so do not set it in a play that runs regularly.
    type: bool
    default: false
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
  - mlops.mlflow.digitalocean.listed
"""

EXAMPLES = r"""
- name: Have a key that opens one bucket
  mlops.mlflow.spaces_key:
    name: mlflow-production
    grants:
      - bucket: mlflow-production-artifacts
        permission: readwrite
  no_log: true
  register: key

- name: Write its secret down, which is given once
  ansible.builtin.copy:
    dest: group_vars/all/spaces_key.yml
    content: "{{ {'spaces_access_key': key.access_key, 'spaces_secret_key': key.secret_key} | to_nice_yaml }}"
    mode: "0600"
  delegate_to: localhost
  when: key.secret_key is defined
  no_log: true
"""

RETURN = r"""
spaces_key:
  description: The key in terms of the options, with its id; empty when absent.
  type: dict
  returned: success
  sample:
    access_key: DO00EXAMPLEEXAMPLE00
    name: mlflow-production
    created_at: "2026-11-01T10:00:00Z"
    grants: [{bucket: mlflow-production-artifacts, permission: readwrite}]
access_key:
  description: The key's id, for which RV(secret_key) is the secret.
  type: str
  returned: when the key was created
  sample: DO00EXAMPLEEXAMPLE00
secret_key:
  description: The key's secret.
  type: str
  returned: when the key was created
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: spaces_key, name: mlflow-production, id: DO00EXAMPLEEXAMPLE00}]
waits_for:
  description: What it still waits for, by resource; a key is ready at once.
  type: dict
  returned: success
  sample: {}
"""

from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.api import if_there
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import STARTED_AT, run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource

FULL = "fullaccess"
GRANT = {
    "bucket": {"type": "str", "default": ""},
    "permission": {"type": "str", "required": True, "choices": ["read", "readwrite", FULL]},
}


class SpacesKey(Resource):
    """A key, found by its name; of no use without the answer that created it."""

    kind = "spaces_key"
    changes: ClassVar = {"grants": "regrant"}

    unique = False
    too_new = "bucket .*does not exist"
    secret = None  # which only the answer that creates the key tells

    def find_by_name(self):
        return only(
            "spaces key", self.name, map(identified, pages(self.client.spaces_key.list, "keys", name=self.name))
        )

    def find_by_id(self):
        answer = if_there(ask, self.client.spaces_key.get, self.identity)
        # the document's schema has the one, its example the other
        return identified(answer.get("key") or answer["keys"][0]) if answer else None

    def observed(self, thing):
        return {key: thing[key] for key in ("access_key", "name", "created_at")} | {
            "grants": in_order(thing.get("grants") or [])
        }

    def desired(self):
        grants = self.params["grants"]
        return {"name": self.name} | ({"grants": in_order(grants)} if grants is not None else {})

    def check(self, before):
        grants = self.params["grants"] or []
        if len({full(grant) for grant in grants}) > 1:
            raise Refused(f"{self}: grants mix fullaccess with scoped ones; give it one or the other")
        for grant in grants:
            if full(grant) == bool(grant["bucket"]):
                needed = "no bucket, it is for all" if full(grant) else "a bucket"
                raise Refused(f"{self}: a grant of {grant['permission']} needs {needed}")
        there = before.get("grants")
        if there and grants and full(grants[0]) != full(there[0]) and not self.params["replace"]:
            raise Refused(
                f"{self} cannot change between full access and scoped grants; "
                "set replace to true, which makes a key with another secret"
            )
        if not self.no_log and (not before or self.params["replace"]):
            raise Refused(
                f"{self} is not created by a task without no_log: its secret is given once; "
                "set no_log: true on the task and write secret_key down"
            )

    def must_replace(self, thing):
        return self.params["replace"]

    def create(self):
        key = ask(self.client.spaces_key.create, {"name": self.name, "grants": self.params["grants"] or []})["key"]
        self.secret = key["secret_key"]
        return identified(key)

    def recover(self, thing):
        if_there(self.delete, thing)  # a list may still show one that was deleted

    def regrant(self, thing):
        ask(self.client.spaces_key.update, thing["access_key"], {"name": self.name, "grants": self.params["grants"]})

    def delete(self, thing):
        ask(self.client.spaces_key.delete, thing["access_key"])

    def secrets(self, thing):
        return {"access_key": thing["access_key"], "secret_key": self.secret} if self.secret else {}


def identified(key):
    """Return a key with the id that everything else has."""
    return key | {"id": key["access_key"]}


def full(grant):
    """Return whether a grant is for all buckets."""
    return grant["permission"] == FULL


def in_order(grants):
    """Return grants in one order, with the keys that options have."""
    return sorted(
        ({key: grant.get(key) or "" for key in GRANT} for grant in grants),
        key=lambda grant: (grant["bucket"], grant["permission"]),
    )


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [SpacesKey(client, params, params["name"])],
        started_at=STARTED_AT,
        name={"type": "str", "required": True},
        grants={"type": "list", "elements": "dict", "options": GRANT},
        replace={"type": "bool", "default": False},
    )


if __name__ == "__main__":
    main()
