#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: droplet
short_description: Manage droplets of DigitalOcean
version_added: 0.1.0
description:
  - Ensures that droplets of these names exist with the same options and run, or that they do not exist.
  - The cloud allows several droplets of the same name; here, a name is one droplet, and two of the same name are an
    error. GPU droplets are ignored.
  - A name does not show whose droplet it is. With O(owner_tag), only droplets that have this tag are found, changed and
    deleted.
  - All droplets of the account, or of O(owner_tag), are listed once, 200 per request, however many are named. Changes
    take further requests, and a VPC that is given by name takes one.
  - Before the first droplet is created, the list is read a second time, because it may lag behind what an interrupted
    run has created; see O(started_at).
  - A droplet is ready when it is active, has its addresses and is not locked. One that is off is powered on.
author:
  - the authors (@mlops)
options:
  names:
    description:
      - Names of the droplets, which become their host names.
      - With O(state=absent) and O(owner_tag), it can be left out to delete all droplets that have this tag. An empty
        list deletes nothing.
    type: list
    elements: str
  region:
    description:
      - Slug of the region, such as V(fra1). Required to create; cannot be changed.
    type: str
  size:
    description:
      - Slug of the size, such as V(s-1vcpu-2gb). Required to create.
      - To change the size, the droplet must be off, see O(allow_power_off). The cloud refuses a size whose disk is
        smaller than the droplet's.
    type: str
  allow_power_off:
    description:
      - Whether a droplet can be shut down to change its size, and started again. Otherwise the change is refused.
    type: bool
    default: false
  resize_disk:
    description:
      - Whether another size also changes the disk, which can never be undone. Otherwise only CPUs and memory change.
    type: bool
    default: false
  image:
    description:
      - Slug or id of the image, such as V(debian-12-x64). Required to create; cannot be changed.
    type: str
  ssh_keys:
    description:
      - Fingerprints or ids of the SSH keys that can log in as root. Used only to create and not compared, because the
        API does not return them.
    type: list
    elements: str
  vpc:
    description:
      - Name or id of the VPC; by default, the default VPC of the region. Cannot be changed.
    type: str
  tags:
    description:
      - All tags of the droplets, compared without regard to case. Tags that do not exist are created.
    type: list
    elements: str
  owner_tag:
    description:
      - A tag that says whose droplets these are. They are created with it, and keep it whatever O(tags) says.
      - A droplet of the same name without this tag belongs to somebody else. It is neither changed nor deleted, and
        another one of that name is created.
      - A droplet of the same name without this tag in O(vpc) may be one that lost its tag, so it is an error that names
        its id.
      - Without this option, all droplets of the account are searched for the names.
    type: str
  user_data:
    description:
      - What cloud-init runs at the first boot, at most 64 KiB. Used only to create and not compared, because the API
        does not return it.
    type: str
  monitoring:
    description:
      - Whether the metrics agent is installed when the droplet is created. The API cannot change this later.
    type: bool
  backups:
    description:
      - Whether the cloud makes backups of the droplets, at a price.
    type: bool
  backup_policy:
    description:
      - When backups are made. Requires O(backups=true), and one more request for each 200 droplets of the account.
    type: dict
    suboptions:
      plan:
        description: V(daily) backups are kept for 7 days, V(weekly) ones for 28.
        type: str
        choices: [daily, weekly]
        required: true
      weekday:
        description: The day of weekly backups.
        type: str
        choices: [SUN, MON, TUE, WED, THU, FRI, SAT]
      hour:
        description: The hour (UTC) at which the window of four hours begins.
        type: int
        choices: [0, 4, 8, 12, 16, 20]
  ipv6:
    description:
      - Whether the droplets have a public IPv6 address, which cannot be removed again.
    type: bool
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
  - mlops.mlflow.digitalocean.listed
"""

EXAMPLES = r"""
- name: Have two servers in the VPC
  mlops.mlflow.droplet:
    names: [mlflow-1, mlflow-2]
    region: fra1
    size: s-2vcpu-4gb
    image: debian-12-x64
    vpc: mlflow-production
    ssh_keys: ["3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"]
    tags: ["mlflow:production"]
    owner_tag: mlflow:production
    monitoring: true
  register: servers

- name: Give one of them more memory
  mlops.mlflow.droplet:
    names: [mlflow-1]
    size: s-4vcpu-8gb
    allow_power_off: true

- name: Delete all servers of the environment, also those that the inventory no longer names
  mlops.mlflow.droplet:
    owner_tag: mlflow:production
    state: absent
"""

RETURN = r"""
droplets:
  description: The droplets in terms of the options, with id, URN, status and addresses; empty when absent.
  type: list
  elements: dict
  returned: success
  sample:
    - id: 300000001
      urn: do:droplet:300000001
      name: mlflow-1
      status: active
      public_ipv4: 203.0.113.11
      private_ipv4: 10.20.0.2
      region: fra1
      size: s-2vcpu-4gb
      image: debian-12-x64
      vpc: 5a4981aa-9653-4bd1-bef5-d6bff52042e4
      tags: ["mlflow:production"]
      monitoring: true
      backups: false
      ipv6: false
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: droplet, name: mlflow-1, id: "300000001"}]
waits_for:
  description: What it still waits for, by resource.
  type: dict
  returned: success
  sample: {droplet mlflow-1: new}
"""

import re
import time
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found, only
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.droplets import Account, tagged
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.tags import normalize_tags, retag
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import STARTED_AT, run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter

NAME = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
FEATURES = ("monitoring", "backups", "ipv6")
POLICY = {
    "plan": {"type": "str", "choices": ["daily", "weekly"], "required": True},
    "weekday": {"type": "str", "choices": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]},
    "hour": {"type": "int", "choices": [0, 4, 8, 12, 16, 20]},
}
SHUTDOWN_SECONDS = 60  # for its programs to end, before it is cut off


class Droplet(Resource):
    """A droplet, found by its name in the listing, then by its id."""

    kind = "droplet"
    changes: ClassVar = {
        "size": "resize",
        "status": "power_on",
        "tags": "retag",
        "backups": "switch_backups",
        "backup_policy": "change_backup_policy",
        "ipv6": "enable_ipv6",
    }
    unique = False
    too_new = "invalid key identifiers"

    def find_by_name(self):
        thing = self.parent.droplet(self.name)
        if not thing and self.parent.owner_tag and self.params["state"] == "present":
            return self.untagged()
        return thing

    def find_by_id(self):
        return found(self.client.droplets.get, "droplet", self.identity)

    def forget(self):
        self.parent.listed = None

    def untagged(self):
        """Return the droplet where only the listing of its tag lacks it; refuse one in our VPC that may be ours.

        Others of the name are not ours.
        """
        owner, vpc = self.parent.owner_tag, self.params["vpc"] and self.parent.vpc(self.params["vpc"])
        named = self.parent.named(self.name)
        for thing in named:
            if vpc and thing.get("vpc_uuid") == vpc and not tagged(thing, owner):
                raise Refused(
                    f"{self} ({thing['id']}) is in the VPC {self.params['vpc']} but lacks the tag {owner} (owner_tag), "
                    "so it may belong to somebody else; "
                    "add the tag to it if it is yours, otherwise rename or delete it"
                )
        return only("droplet", self.name, [thing for thing in named if tagged(thing, owner)])

    def observed(self, thing):
        facts = {
            "id": thing["id"],
            "urn": f"do:droplet:{thing['id']}",
            "name": thing["name"],
            "status": thing["status"],
        }
        facts |= {f"{kind}_ipv4": self.address(thing, kind) for kind in ("public", "private")}
        facts |= {
            "region": thing["region"]["slug"],
            "size": thing["size_slug"],
            "image": self.image(thing),
            "vpc": thing.get("vpc_uuid"),
        }
        if desired := self.backup_policy():
            policy = self.parent.backup_policy(thing["id"])
            facts["backup_policy"] = {key: policy.get(key) for key in desired}
        facts["tags"] = normalize_tags(thing["tags"], self.params["tags"])
        return facts | {feature: feature in thing["features"] for feature in FEATURES}

    def desired(self):
        options = ("region", "size", "image", "vpc", "tags", *FEATURES)
        given = {option: self.params[option] for option in options if self.params[option] is not None}
        if "region" in given:
            given["region"] = given["region"].lower()
        if "vpc" in given:
            given["vpc"] = self.parent.vpc(given["vpc"])
        if "tags" in given:
            tags = [*given["tags"], *self.owner()]
            given["tags"] = normalize_tags(tags, tags)
        if self.backup_policy():
            given["backup_policy"] = self.backup_policy()
        return {"name": self.name, "status": "active"} | given

    def owner(self):
        """Return the tags that say whose it is."""
        return [self.parent.owner_tag] if self.parent.owner_tag else []

    def backup_policy(self):
        """Return what the task says of when backups are made."""
        return {key: value for key, value in (self.params["backup_policy"] or {}).items() if value is not None}

    def check(self, before):
        if not re.fullmatch(NAME, self.name):
            raise Refused(f"{self}: the name may have letters, digits, dashes and dots only")
        missing = [option for option in ("region", "size", "image") if not self.params[option]]
        if not before and missing:
            raise Refused(f"{self} does not exist; give {' and '.join(missing)} to create it")
        if len((self.params["user_data"] or "").encode()) > 64 * 1024:
            raise Refused(f"{self}: user_data is longer than 64 KiB, which is what the cloud takes")
        if self.params["backup_policy"] and not self.params["backups"]:
            raise Refused(f"{self}: backup_policy is nothing without backups; set backups to true, or leave it out")
        if before.get("ipv6") and self.params["ipv6"] is False:
            raise Refused(f"{self}: ipv6 cannot be taken away; delete it first or keep ipv6")
        size = self.params["size"]
        resized = before and size not in (None, before["size"])
        if resized and before["status"] != "off" and not self.params["allow_power_off"]:
            raise Refused(
                f"{self}: size is {before['size']} and becomes {size} only while it is off; "
                "set allow_power_off to true, or keep size"
            )

    def create(self):
        desired = self.desired()
        body = {option: value for option, value in desired.items() if option not in ("status", "vpc")}
        body |= {option: self.params[option] for option in ("ssh_keys", "user_data") if self.params[option]}
        body |= {"vpc_uuid": desired["vpc"]} if "vpc" in desired else {}
        body["tags"] = body.get("tags", self.owner())
        body["image"] = int(body["image"]) if body["image"].isdigit() else body["image"]
        return ask(self.client.droplets.create, body)["droplet"]

    def resize(self, thing):
        """Shut it down, change its size, start it."""
        if thing["status"] != "off":
            self.shut_down(thing)
        self.act(thing, "resize", size=self.params["size"], disk=self.params["resize_disk"])
        self.act(thing, "power_on")

    def shut_down(self, thing):
        """Let its programs end; cut it off if they do not."""
        self.act(thing, "shutdown")
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while (self.find() or {}).get("status") != "off":
            if time.monotonic() > deadline:
                self.act(thing, "power_off")
                return
            Waiter.sleep(2)

    def power_on(self, thing):
        """Start it, unless that comes after another size."""
        if self.params["size"] in (None, thing["size_slug"]):
            self.act(thing, "power_on")

    def switch_backups(self, thing):
        """Have backups, by the policy that was given, or no more."""
        policy = {"backup_policy": self.backup_policy()} if self.backup_policy() else {}
        self.act(thing, "enable_backups" if self.params["backups"] else "disable_backups", **policy)

    def change_backup_policy(self, thing):
        """Change when backups are made, unless they have only now begun."""
        if "backups" in thing["features"]:
            self.act(thing, "change_backup_policy", backup_policy=self.backup_policy())

    def enable_ipv6(self, thing):
        """Give it an IPv6 address."""
        self.act(thing, "enable_ipv6")

    def retag(self, thing):
        """Give and take tags."""
        retag(self.client, "droplet", thing["id"], thing["tags"], self.desired()["tags"])

    def delete(self, thing):
        ask(self.client.droplets.destroy, thing["id"])

    def gone(self):
        return self.find() is None

    def pending(self, thing):
        if thing["status"] == "new":
            return "new"
        if thing["locked"]:
            return "locked by an action that is not over"
        return None if self.address(thing, "public") and self.address(thing, "private") else "without addresses"

    def act(self, thing, verb, **body):
        """Have an action done, and wait until it is."""
        action = ask(self.client.droplet_actions.post, thing["id"], {"type": verb} | body)["action"]
        deadline = time.monotonic() + self.params["wait_timeout"]
        while action["status"] == "in-progress":
            if time.monotonic() > deadline:
                raise Refused(
                    f"{self}: the action {verb} ({action['id']}) "
                    f"is not over after {self.params['wait_timeout']} s (wait_timeout); run this again"
                )
            Waiter.sleep(1)
            action = ask(self.client.droplet_actions.get, thing["id"], action["id"])["action"]
        if action["status"] != "completed":
            raise Refused(
                f"{self}: the action {verb} ({action['id']}) ended as {action['status']}; "
                "look at the droplet in the control panel"
            )

    def image(self, thing):
        """Return the image as the task names it: by id, or by slug.

        A retired image has lost its slug, so it cannot be compared.
        """
        image, desired = thing["image"], self.params["image"] or ""
        return str(image["id"]) if desired.isdigit() else image.get("slug") or desired or str(image["id"])

    @staticmethod
    def address(thing, kind):
        """Return the droplet's IPv4 address of a kind, public or private, or None."""
        return next((leg["ip_address"] for leg in thing["networks"]["v4"] if leg["type"] == kind), None)


def describe(client, params):
    """Return the droplets of a task."""
    account = Account(client, params["owner_tag"])
    if params["names"] is None:
        return [identified(Droplet(client, params, thing["name"], account), thing) for thing in account.owned()]
    return [Droplet(client, params, name, account) for name in dict.fromkeys(params["names"])]


def identified(droplet, thing):
    """Return a droplet that is known by its id, so that others may have its name."""
    droplet.identify(thing)
    droplet.key = f"{thing['name']} ({thing['id']})"
    return droplet


def main():
    """Run the module."""
    texts = {option: {"type": "str"} for option in ("region", "size", "image", "vpc", "owner_tag")}
    flags = {feature: {"type": "bool"} for feature in FEATURES}
    flags |= {option: {"type": "bool", "default": False} for option in ("allow_power_off", "resize_disk")}
    run(
        DIGITALOCEAN,
        describe,
        each="droplets",
        started_at=STARTED_AT,
        rules={"required_if": [("state", "present", ["names"])], "required_one_of": [("names", "owner_tag")]},
        names={"type": "list", "elements": "str"},
        ssh_keys={"type": "list", "elements": "str", "no_log": False},
        tags={"type": "list", "elements": "str"},
        user_data={"type": "str", "no_log": True},
        backup_policy={"type": "dict", "options": POLICY},
        **texts,
        **flags,
    )


if __name__ == "__main__":
    main()
