#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: tag
short_description: Manage tags of the DigitalOcean account
version_added: 0.1.0
description:
  - Ensures that tags exist, or that they do not. Cloud firewalls can only use tags that exist.
  - Names are compared without regard to case; the cloud keeps the spelling of the first use.
  - Deleting a tag removes it from all resources, and from cloud firewalls and trusted sources.
author:
  - the authors (@mlops)
options:
  names:
    description:
      - The tags, each of at most 255 letters, digits, C(_), C(:) and C(-).
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Have the tags of the environment before what needs them
  mlops.mlflow.tag:
    names: ["mlflow:production", "mlflow:production:server"]
"""

RETURN = r"""
tags:
  description: The tags; empty when absent.
  type: list
  elements: dict
  returned: success
  sample: [{name: "mlflow:production"}]
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: tag, name: "mlflow:production", id: "mlflow:production"}]
waits_for:
  description: What it still waits for, by resource; a tag is ready at once.
  type: dict
  returned: success
  sample: {}
"""

import re

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource

NAME = re.compile(r"[A-Za-z0-9_:-]{1,255}")


class Tag(Resource):
    """A tag, which is its name."""

    kind = "tag"

    def find_by_name(self):
        return found(self.client.tags.get, "tag", self.name) if NAME.fullmatch(self.name) else None

    def observed(self, thing):
        return {"name": self.name if thing["name"].lower() == self.name.lower() else thing["name"]}

    def desired(self):
        return {"name": self.name}

    def check(self, before):
        if not NAME.fullmatch(self.name):
            raise Refused(f"names: {self.name} cannot be a tag; use letters, digits, _, : and -, at most 255")

    def create(self):
        return ask(self.client.tags.create, self.desired())["tag"]

    def delete(self, thing):
        ask(self.client.tags.delete, self.name)


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [Tag(client, params, name) for name in dict.fromkeys(params["names"])],
        each="tags",
        names={"type": "list", "elements": "str", "required": True},
    )


if __name__ == "__main__":
    main()
