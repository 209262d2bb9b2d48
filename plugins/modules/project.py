#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: project
short_description: Manage a DigitalOcean project and its resources
version_added: 0.1.0
description:
  - Ensures that a project exists with this purpose and has these resources, or that it does not exist.
  - A project that has resources cannot be deleted, and resources can only leave it by being moved to another project.
    Deleted resources remain in it for a while, so the deletion is tried for two minutes, unless O(wait=false).
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The project's name, unique in the account, at most 175 characters.
    type: str
    required: true
  purpose:
    description:
      - Purpose of the project, at most 255 characters. Required to create.
      - The API stores a purpose that its control panel does not offer as C(Other), a colon and the purpose. That is the
        same purpose.
    type: str
  description:
    description:
      - Free text of at most 255 characters.
    type: str
  environment:
    description:
      - The stage of its resources. If it is not given, the project keeps what it has, which may be nothing.
    type: str
    choices: [Development, Staging, Production]
  is_default:
    description:
      - V(true) makes it the default project, for resources that are in no other. To undo that, make another one the
        default.
    type: bool
  resources:
    description:
      - URNs of resources that belong to the project, such as V(do:droplet:300000001), V(do:dbaas:<id>) and
        V(do:space:<bucket>). Other resources in it stay.
    type: list
    elements: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Keep what belongs together together
  mlops.mlflow.project:
    name: mlflow-production
    purpose: MLflow tracking server
    environment: Production
    resources:
      - do:droplet:300000001
      - do:space:mlflow-production
"""

RETURN = r"""
project:
  description: The project in terms of the options, with its id; its resources are only those that the task names; empty
    when absent.
  type: dict
  returned: success
  sample:
    id: 4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679
    name: mlflow-production
    purpose: MLflow tracking server
    description: ""
    environment: Production
    is_default: false
    resources: ["do:droplet:300000001"]
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: project, name: mlflow-production, id: 4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679}]
waits_for:
  description: What it still waits for, by resource; a project is ready at once.
  type: dict
  returned: success
  sample: {}
"""

import re
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused, Uncertain
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource

WORDS = ("purpose", "description", "environment", "is_default")
OTHER = "Other: "  # how the API begins a purpose that its control panel does not offer
LONGEST = {"name": 175, "purpose": 255, "description": 255}
IN_IT = ("ok", "assigned", "already_assigned")
JSON = {"Content-Type": "application/json"}  # without which the API answers a DELETE with 415, and pydo sends none


class Project(Resource):
    """A project, found by its name."""

    kind = "project"
    changes: ClassVar = dict.fromkeys(WORDS, "patch") | {"resources": "assign"}

    def find_by_name(self):
        return self.filled(only("project", self.name, pages(self.client.projects.list, "projects")))

    def find_by_id(self):
        return self.filled(found(self.client.projects.get, "project", self.identity))

    def filled(self, thing):
        """Return the project with its resources, where they are to be compared."""
        if thing and self.params["resources"]:
            thing["resources"] = self.urns(thing)
        return thing

    def urns(self, thing):
        """Return the URNs of all that is in the project."""
        return [resource["urn"] for resource in pages(self.client.projects.list_resources, "resources", thing["id"])]

    def observed(self, thing):
        there = thing.get("resources", [])
        observed = {key: thing.get(key) for key in ("id", "name", *WORDS)} | {
            "resources": sorted(urn for urn in self.params["resources"] or [] if urn in there)
        }
        return observed | (
            {"purpose": self.params["purpose"]} if observed["purpose"] == f"{OTHER}{self.params['purpose']}" else {}
        )

    def desired(self):
        desired = super().desired()
        return desired | ({"resources": sorted(set(desired["resources"]))} if "resources" in desired else {})

    def check(self, before):
        for option, longest in LONGEST.items():
            if len(self.params[option] or "") > longest:
                raise Refused(f"{self}: {option} has {len(self.params[option])} characters; the cloud takes {longest}")
        for urn in self.params["resources"] or []:
            if not re.fullmatch(r"do:[a-z]+:.+", urn):
                raise Refused(f"{self}: {urn} in resources is not a URN; use a value such as do:droplet:300000001")
        if before.get("is_default") and self.params["is_default"] is False:
            raise Refused(f"{self}: is_default cannot be taken away; make another project the default")
        if not before and not self.params["purpose"]:
            raise Refused(f"{self} does not exist; give purpose to create it")

    def create(self):
        body = {option: value for option, value in self.desired().items() if option in ("name", *WORDS[:3])}
        return ask(self.client.projects.create, body)["project"]

    def patch(self, thing):
        """Change what was given of what can change."""
        observed = self.observed(thing)
        ask(
            self.client.projects.patch,
            thing["id"],
            {option: self.params[option] for option in WORDS if self.params[option] not in (None, observed[option])},
        )

    def assign(self, thing):
        """Put those resources in that are not; the API answers 200 even where it did not."""
        missing = [urn for urn in self.desired()["resources"] if urn not in thing.get("resources", [])]
        answer = ask(self.client.projects.assign_resources, thing["id"], {"resources": missing})
        status = {resource["urn"]: resource["status"] for resource in answer.get("resources") or []}
        if failed := [f"{urn} ({status.get(urn, 'not answered')})" for urn in missing if status.get(urn) not in IN_IT]:
            raise Uncertain(
                f"{self}: the cloud did not put {', '.join(failed)} into it; check that these resources exist"
            )

    def check_delete(self, thing):
        if thing["is_default"]:
            raise Refused(f"{self} is the default project, which cannot be deleted; make another the default first")

    def delete(self, thing):
        ask(self.client.projects.delete, thing["id"], headers=JSON)

    def blocker(self, thing):
        urns = self.urns(thing)
        return f"it still has {', '.join(urns)}; delete these or move them to another project first" if urns else ""


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [Project(client, params, params["name"])],
        name={"type": "str", "required": True},
        purpose={"type": "str"},
        description={"type": "str"},
        environment={"type": "str", "choices": ["Development", "Staging", "Production"]},
        is_default={"type": "bool"},
        resources={"type": "list", "elements": "str"},
    )


if __name__ == "__main__":
    main()
