#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloud_firewall
short_description: Manage a cloud firewall of DigitalOcean
version_added: 0.1.0
description:
  - Ensures that a cloud firewall exists with these rules on these droplets, or that it does not.
  - If a droplet has at least one cloud firewall, all traffic that no rule allows is dropped outside the droplet.
  - Rules, sources, tags and droplets are compared as sets, and ports and addresses are normalized first. Options that
    are not given are left as they are, although the API replaces a firewall as a whole.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The firewall's name, unique in the account. The cloud refuses a second firewall of the same name.
    type: str
    required: true
  inbound_rules:
    description:
      - What the droplets can receive. An empty list admits nothing. A firewall needs at least one rule, inbound or
        outbound.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp]
        required: true
      ports:
        description: One port, a range such as V(8000-9000), or V(0) or V(all) for all. Ignored for ICMP.
        type: str
        default: "0"
      sources:
        description: Where it can come from; at least one.
        type: dict
        required: true
        suboptions: &peers
          addresses:
            description: Addresses and ranges, IPv4 and IPv6.
            type: list
            elements: str
          tags:
            description: Tags of droplets; they must exist.
            type: list
            elements: str
          droplet_ids:
            description: Ids of droplets.
            type: list
            elements: int
          load_balancer_uids:
            description: Ids of load balancers.
            type: list
            elements: str
          kubernetes_ids:
            description: Ids of Kubernetes clusters.
            type: list
            elements: str
  outbound_rules:
    description:
      - What the droplets can send. An empty list allows nothing.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, icmp]
        required: true
      ports:
        description: One port, a range such as V(8000-9000), or V(0) or V(all) for all. Ignored for ICMP.
        type: str
        default: "0"
      destinations:
        description: Where it can go; at least one.
        type: dict
        required: true
        suboptions: *peers
  tags:
    description:
      - Tags of the droplets that it applies to. They must exist, see M(mlops.mlflow.tag). A droplet that is created
        with the tag is filtered from the start.
    type: list
    elements: str
  droplet_ids:
    description:
      - Ids of further droplets that it applies to, besides those with the tags.
    type: list
    elements: int
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Let in SSH from the office and everything from the VPC, let out everything
  mlops.mlflow.cloud_firewall:
    name: mlflow-production
    tags: ["mlflow:production"]
    inbound_rules:
      - {protocol: tcp, ports: "22", sources: {addresses: [203.0.113.0/24]}}
      - {protocol: tcp, ports: all, sources: {addresses: [10.20.0.0/20]}}
      - {protocol: icmp, sources: {addresses: [10.20.0.0/20]}}
    outbound_rules:
      - {protocol: tcp, ports: all, destinations: {addresses: [0.0.0.0/0, "::/0"]}}
      - {protocol: udp, ports: all, destinations: {addresses: [0.0.0.0/0, "::/0"]}}
      - {protocol: icmp, destinations: {addresses: [0.0.0.0/0, "::/0"]}}
"""

RETURN = r"""
cloud_firewall:
  description: The firewall in terms of the options, sorted, with its id and status; empty when absent.
  type: dict
  returned: success
  sample:
    id: bb4b2611-3d72-467b-8602-280330ecd65c
    name: mlflow-production
    inbound_rules: [{protocol: tcp, ports: "22", sources: {addresses: [203.0.113.0/24]}}]
    outbound_rules: []
    tags: ["mlflow:production"]
    droplet_ids: []
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: cloud_firewall, name: mlflow-production, id: bb4b2611-3d72-467b-8602-280330ecd65c}]
waits_for:
  description: What it still waits for, by resource; a firewall is ready when it is on all its droplets.
  type: dict
  returned: success
  sample: {cloud firewall mlflow-production: "waiting for droplets 300000001"}
"""

import json
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.networks import in_one_spelling
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.tags import normalize_tags
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource

SIDES = {"inbound_rules": "sources", "outbound_rules": "destinations"}
PEERS = {"addresses": "str", "tags": "str", "droplet_ids": "int", "load_balancer_uids": "str", "kubernetes_ids": "str"}
ALL_PORTS = ("", "0", "all", "1-65535", "0-65535")  # the API reads all of them, and answers "0"


def ports(rule):
    """Return a rule's ports in their one spelling."""
    given = str(rule.get("ports") or "").replace(" ", "").lower()
    return "0" if rule["protocol"] == "icmp" or given in ALL_PORTS else given


class CloudFirewall(Resource):
    """A cloud firewall, found by its name."""

    kind = "cloud_firewall"
    changes: ClassVar = dict.fromkeys((*SIDES, "tags", "droplet_ids"), "replace")

    def find_by_name(self):
        return only("cloud firewall", self.name, pages(self.client.firewalls.list, "firewalls"))

    def find_by_id(self):
        return found(self.client.firewalls.get, "firewall", self.identity)

    def observed(self, thing):
        return {"id": thing["id"], "name": thing["name"]} | self.normal(thing)

    def desired(self):
        return {"name": self.name} | self.normal(
            {option: self.params[option] for option in self.changes if self.params[option] is not None}
        )

    def check(self, before):
        for side, peers in SIDES.items():
            for rule in self.params[side] or []:
                if not any((rule[peers] or {}).values()):
                    raise Refused(
                        f"{self}: a rule of {side} for {rule['protocol']} {rule['ports']} has no {peers}; "
                        "give it addresses, tags or droplet_ids"
                    )
        result = before | self.desired()
        if not any(result.get(side) for side in SIDES):
            raise Refused(f"{self} would have no rule, which the cloud refuses; give inbound_rules or outbound_rules")

    def create(self):
        return ask(self.client.firewalls.create, self.desired())["firewall"]

    def replace(self, thing):
        """Replace the whole, with what was not given as it is."""
        body = self.normal(thing) | self.desired()
        ask(self.client.firewalls.update, thing["id"], body)

    def delete(self, thing):
        ask(self.client.firewalls.delete, thing["id"])

    def pending(self, thing):
        changes = [str(change["droplet_id"]) for change in thing.get("pending_changes") or []]
        if thing["status"] == "failed":
            raise Refused(
                f"{self}: the cloud could not apply it (status failed)"
                f"{', to droplets ' + ', '.join(changes) if changes else ''}; change or delete it"
            )
        if changes:
            return f"waiting for droplets {', '.join(changes)}"
        return "waiting to be applied" if thing["status"] == "waiting" else None

    def normal(self, firewall):
        """Return the options of a firewall, or of what is wanted of one, in the one form that is compared."""
        form = {"droplet_ids": sorted, "tags": self.tags}
        form |= {side: lambda rules, peers=peers: self.rules(rules, peers) for side, peers in SIDES.items()}
        return {option: form[option](firewall[option] or []) for option in form if option in firewall}

    def rules(self, rules, peers):
        """Return rules sorted, each once."""
        found = [
            {"protocol": rule["protocol"], "ports": ports(rule), peers: self.peers(rule.get(peers) or {})}
            for rule in rules
        ]
        return [json.loads(each) for each in sorted({json.dumps(rule, sort_keys=True) for rule in found})]

    def peers(self, peers):
        """Return sources or destinations: only those that are there, sorted."""
        form = {"addresses": lambda texts: sorted({in_one_spelling(text) for text in texts}), "tags": self.tags}
        return {peer: form.get(peer, sorted)(peers[peer]) for peer in PEERS if peers.get(peer)}

    def tags(self, names):
        """Return tags sorted, as the task spells them, for the cloud does not regard case."""
        rules = [rule[peers] for side, peers in SIDES.items() for rule in self.params.get(side) or [] if rule[peers]]
        spelled = [*(self.params.get("tags") or []), *(tag for rule in rules for tag in rule.get("tags") or [])]
        return normalize_tags(names, spelled)


def side(peers):
    """Return the options of rules."""
    ends = {peer: {"type": "list", "elements": kind} for peer, kind in PEERS.items()}
    rule = {
        "protocol": {"type": "str", "choices": ["tcp", "udp", "icmp"], "required": True},
        "ports": {"type": "str", "default": "0"},
    }
    return {
        "type": "list",
        "elements": "dict",
        "options": rule | {peers: {"type": "dict", "required": True, "options": ends}},
    }


def main():
    """Run the module."""
    run(
        DIGITALOCEAN,
        lambda client, params: [CloudFirewall(client, params, params["name"])],
        name={"type": "str", "required": True},
        inbound_rules=side("sources"),
        outbound_rules=side("destinations"),
        tags={"type": "list", "elements": "str"},
        droplet_ids={"type": "list", "elements": "int"},
    )


if __name__ == "__main__":
    main()
