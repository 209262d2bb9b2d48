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
  - Ensures that a public SSH key is in the account, under a name, or that it is not.
  - The key is what identifies it, not its name. It is found by its MD5 fingerprint, because the cloud allows only ten listings of keys a minute.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The key's name in the account. Needed to create; one that differs is changed.
    type: str
  public_key:
    description:
      - The key as OpenSSH writes it.
    type: str
    required: true
extends_documentation_fragment:
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Let the administrator log in to new droplets
  mlops.mlflow.ssh_key:
    name: mlflow-production
    public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
"""

RETURN = r"""
ssh_key:
  description: The key in the names of the options, with its id; empty when absent.
  type: dict
  returned: success
  sample: {id: 512190, name: mlflow-production, fingerprint: "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"}
waits_for:
  description: What it waits for, by thing; a key is ready at once.
  type: dict
  returned: success
  sample: {}
"""

import base64
import binascii
import hashlib
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import ask, found
from ansible_collections.mlops.mlflow.plugins.module_utils.refused import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.resource import Resource, run


def fingerprint(public_key):
    """Return the MD5 fingerprint by which the API finds a key."""
    try:
        digest = hashlib.md5(base64.b64decode(public_key.split()[1], validate=True), usedforsecurity=False).hexdigest()
    except (IndexError, binascii.Error):
        raise Refused(f"public_key: {public_key[:40]} is no SSH public key; give it as in a .pub file, like ssh-ed25519 AAAA...") from None
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))


class SshKey(Resource):
    """A key, found by its fingerprint."""

    kind = "ssh_key"
    changes: ClassVar = {"name": "rename"}

    def find(self):
        return found(self.client.ssh_keys.get, "ssh_key", self.name)

    def seen(self, thing):
        return {key: thing[key] for key in ("id", "name", "fingerprint")}

    def wanted(self):
        return {"fingerprint": self.name} | ({"name": self.params["name"]} if self.params["name"] else {})

    def check(self, before):
        if not before and not self.params["name"]:
            raise Refused(f"{self} is not in the account; give name to create it")

    def create(self):
        return ask(self.client.ssh_keys.create, {"name": self.params["name"], "public_key": self.params["public_key"].strip()})["ssh_key"]

    def rename(self, thing):
        ask(self.client.ssh_keys.update, thing["id"], {"name": self.params["name"]})

    def delete(self, thing):
        ask(self.client.ssh_keys.delete, thing["id"])


def main():
    """Run the module."""
    run(
        lambda client, params: [SshKey(client, params, fingerprint(params["public_key"]))],
        name={"type": "str"},
        public_key={"type": "str", "required": True, "no_log": False},
    )


if __name__ == "__main__":
    main()
