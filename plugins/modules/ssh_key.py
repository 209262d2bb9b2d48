#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ssh_key
short_description: Manage an SSH key of the DigitalOcean account
version_added: 0.1.0
description:
  - Ensures that a public SSH key is or is not in the account.
  - The key itself identifies it, not its name. It is found by its MD5 fingerprint, because the cloud allows only ten
    listings of keys a minute.
  - An account can have a key only once. An existing key is used as it is and never renamed, and only a key named
    O(name) is deleted.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - Name of a new key. A key that is in the account under another name keeps that name.
      - With O(state=absent), a key that has another name stays, because somebody else has added it.
    type: str
    required: true
  public_key:
    description:
      - The key in OpenSSH's format.
    type: str
    required: true
  shared_prefix:
    description:
      - The prefix of the tags of everything that may share this key, such as V(mlflow:). With O(state=absent), the key
        stays while the account has such a tag other than O(owner_tag) and tags that begin with it and a colon. Requires
        O(owner_tag).
      - Without it, the module does not check who else uses the key.
    type: str
  owner_tag:
    description:
      - The tag of the environment for which the key is removed, such as V(mlflow:production).
    type: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Let the administrator log in to new droplets
  mlops.mlflow.ssh_key:
    name: mlflow-production
    public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"

- name: Remove it, unless another environment may use it
  mlops.mlflow.ssh_key:
    name: mlflow-production
    public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    owner_tag: mlflow:production
    shared_prefix: "mlflow:"
    state: absent
"""

RETURN = r"""
ssh_key:
  description: The key in terms of the options, with its id; empty when absent.
  type: dict
  returned: success
  sample: {id: 512190, name: mlflow-production, fingerprint: "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"}
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: ssh_key, name: "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa", id: "512190"}]
kept:
  description: Why a key that should be deleted stays, by key.
  type: dict
  returned: when a key stays
  sample:
    "ssh key 3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa":
      the account has the tags mlflow:staging, whose owners may use it
waits_for:
  description: What it still waits for, by resource; a key is ready at once.
  type: dict
  returned: success
  sample: {}
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.keys import fingerprint
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource


class SshKey(Resource):
    """A key, found by its fingerprint."""

    kind = "ssh_key"
    creation_only = ("name",)

    def find_by_name(self):
        return found(self.client.ssh_keys.get, "ssh_key", self.name)

    def observed(self, thing):
        return {key: thing[key] for key in ("id", "name", "fingerprint")}

    def desired(self):
        return {"fingerprint": self.name, "name": self.params["name"]}

    def create(self):
        return ask(
            self.client.ssh_keys.create, {"name": self.params["name"], "public_key": self.params["public_key"].strip()}
        )["ssh_key"]

    def keeps(self, thing):
        if thing["name"] != self.params["name"]:
            return (
                f"its name in the account is {thing['name']}, not {self.params['name']}, so somebody else has added it"
            )
        others = sorted(tag["name"] for tag in self.tags() if self.belongs_to_another(tag["name"].lower()))
        return f"the account has the tags {', '.join(others)}, whose owners may use it" if others else ""

    def tags(self):
        """Return the tags of the account, if they matter."""
        return pages(self.client.tags.list, "tags") if self.params["shared_prefix"] else []

    def belongs_to_another(self, tag):
        """Return whether a tag is that of another owner who may share the key."""
        prefix, owner = (self.params["shared_prefix"] or "").lower(), (self.params["owner_tag"] or "").lower()
        return tag.startswith(prefix) and tag != owner and not tag.startswith(f"{owner}:")

    def delete(self, thing):
        ask(self.client.ssh_keys.delete, thing["id"])


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [SshKey(client, params, fingerprint(params["public_key"]))],
        name={"type": "str", "required": True},
        owner_tag={"type": "str"},
        shared_prefix={"type": "str"},
        rules={"required_by": {"shared_prefix": "owner_tag"}},
        public_key={"type": "str", "required": True, "no_log": False},
    )


if __name__ == "__main__":
    main()
