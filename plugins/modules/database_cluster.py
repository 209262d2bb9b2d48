#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database_cluster
short_description: Manage a cluster of managed PostgreSQL at DigitalOcean
version_added: 0.1.0
description:
  - Ensures that a cluster exists with its size, version, settings, maintenance window, trusted sources and tags, or
    that it does not exist.
  - It is found by its name, which is unique in the account. The module waits for one that is still being created
    instead of creating it again. Creation takes about 5 minutes.
  - Options that are not given are left as they are.
  - Users, databases and connection pools are managed by M(mlops.mlflow.managed_database).
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The cluster's name, of 3 to 63 lower-case letters, digits and dashes, beginning with a letter. It cannot be
        changed.
    type: str
    required: true
  engine:
    description:
      - The kind of database, which is always PostgreSQL.
    type: str
    choices: [pg]
    default: pg
  version:
    description:
      - The major version of PostgreSQL, such as V(17). Required to create.
      - A higher one upgrades the cluster, which cannot be undone and therefore requires O(upgrade=true).
    type: str
  upgrade:
    description:
      - Whether a higher O(version) than the cluster's upgrades it.
    type: bool
    default: false
  region:
    description:
      - Slug of the region, such as V(fra1). Required to create; cannot be changed.
    type: str
  size:
    description:
      - Slug of the size of each node, such as V(db-s-1vcpu-2gb). Required to create. The memory of a node can grow, but
        never shrink.
      - It allows 25 connections for each GiB of memory, 3 of which the cloud reserves.
    type: str
  num_nodes:
    description:
      - Number of nodes, from 1 to 3; those after the first are standby nodes. Required to create. V(db-s-1vcpu-1gb) can
        have only one.
    type: int
  storage_size_mib:
    description:
      - Storage in MiB. It can grow, but never shrink. By default it is what the size includes.
    type: int
  vpc:
    description:
      - The VPC of the cluster, by name or id; by default, the region's default VPC. It cannot be changed.
    type: str
  project_id:
    description:
      - Id of the project for a new cluster; ignored for an existing one.
    type: str
  tags:
    description:
      - All tags of the cluster, created if they do not exist; other tags are removed.
    type: list
    elements: str
  trusted_sources:
    description:
      - Everything that can connect to the cluster; others are removed. The order does not matter. The API calls them
        the rules of a firewall.
      - A cluster without trusted sources is open to every address. So this is required to create one, and an empty list
        is refused, unless O(open_to_all) is set.
    type: list
    elements: dict
    suboptions:
      type:
        description: What is trusted.
        type: str
        choices: [ip_addr, droplet, k8s, tag, app]
        required: true
      value:
        description: An IPv4 address or network, the id of a droplet, Kubernetes cluster or app, or a tag, which trusts
          all droplets that have it.
        type: str
        required: true
  open_to_all:
    description:
      - Whether every address can try to connect, so that only passwords protect the data. It removes all trusted
        sources.
    type: bool
    default: false
  settings:
    description:
      - PostgreSQL settings by their names in the API, such as V(work_mem) in MiB, V(shared_buffers_percentage) or
        V(autovacuum_naptime) in seconds.
      - Those of PgBouncer are in a dictionary under V(pgbouncer). Numbers are compared as numbers. Settings that are
        not listed are left as they are.
      - V(max_connections), V(max_prepared_transactions), V(max_locks_per_transaction), V(max_worker_processes) and
        V(max_wal_senders) can never be lowered.
    type: dict
  maintenance_window:
    description:
      - When the cloud can update the cluster.
    type: dict
    suboptions:
      day:
        description: Day of the week, such as V(sunday).
        type: str
        required: true
      hour:
        description: Hour and minutes in UTC, such as V(03:00).
        type: str
        required: true
  storage_autoscale:
    description:
      - Whether and how the cloud adds storage automatically when little is left.
    type: dict
    suboptions:
      enabled:
        description: Whether the cloud adds storage.
        type: bool
        required: true
      threshold_percent:
        description: How full the storage has to be, from 15 to 95 percent.
        type: int
      increment_gib:
        description: How many GiB are added, from 10 to 500.
        type: int
  backup_restore:
    description:
      - The contents of a new cluster, which are those of another one at a moment of the last 7 days; ignored for an
        existing cluster. Users and databases come along; trusted sources, pools and settings do not.
      - Its O(version) is the same or newer, and its storage at least as large. If O(size) is that of the other cluster,
        O(storage_size_mib) is by default the same too.
    type: dict
    suboptions:
      cluster:
        description: Name of the other cluster, which is left as it is.
        type: str
        required: true
      at:
        description: The moment in ISO 8601 with a time zone, such as V(2026-11-30T14:05:00Z); by default, the latest
          state.
        type: str
  delete_data:
    description:
      - Must be V(true) with O(state=absent), because all data and all backups of the cluster are lost.
    type: bool
    default: false
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Have a cluster in the VPC that only the servers reach (usually 5 min)
  mlops.mlflow.database_cluster:
    name: mlflow-production
    version: "17"
    region: fra1
    size: db-s-1vcpu-2gb
    num_nodes: 1
    vpc: mlflow-production
    tags: ["mlflow:production"]
    trusted_sources:
      - type: tag
        value: "mlflow:production:server"
    settings:
      work_mem: 8
      autovacuum_vacuum_scale_factor: 0.1
    maintenance_window:
      day: sunday
      hour: "03:00"

- name: Give it more memory
  mlops.mlflow.database_cluster:
    name: mlflow-production
    size: db-s-2vcpu-4gb

- name: Make another one that holds what it held at a moment
  mlops.mlflow.database_cluster:
    name: mlflow-rehearsal
    version: "17"
    region: fra1
    size: db-s-2vcpu-4gb
    num_nodes: 1
    trusted_sources:
      - type: ip_addr
        value: 203.0.113.7
    backup_restore:
      cluster: mlflow-production
      at: "2026-11-30T14:05:00Z"

- name: Delete that one with all its data
  mlops.mlflow.database_cluster:
    name: mlflow-rehearsal
    state: absent
    delete_data: true
"""

RETURN = r"""
database_cluster:
  description:
    - The cluster in terms of the options, with id, URN, status, hosts, port and backups; empty when absent.
    - Settings, trusted sources and autoscaling are included only as far as they were requested.
  type: dict
  returned: success
  sample:
    id: 9cc10173-e9ea-4176-9dbc-a4cee4c4ff30
    urn: do:dbaas:9cc10173-e9ea-4176-9dbc-a4cee4c4ff30
    name: mlflow-production
    status: online
    engine: pg
    version: "17"
    region: fra1
    size: db-s-1vcpu-2gb
    num_nodes: 1
    storage_size_mib: 30720
    vpc: d455e75d-4858-4eec-8c95-da2f0a5f93a7
    project_id: 4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679
    host: mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    private_host: private-mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    port: 25060
    tags: ["mlflow:production"]
    maintenance_window: {day: sunday, hour: "03:00"}
    trusted_sources: [{type: tag, value: "mlflow:production:server"}]
    settings: {work_mem: 8}
    backups: [{created_at: "2026-11-20T03:30:12Z", size_gigabytes: 0.034}]
admin_user:
  description: Name of the administrator.
  type: str
  returned: present and C(no_log=true) on the task
  sample: doadmin
admin_password:
  description: The administrator's password. Missing if the token cannot read it; RV(msg) then says so.
  type: str
  returned: present and C(no_log=true) on the task
msg:
  description: Why the password is missing.
  type: str
  returned: the token lacks the scope C(database:view_credentials)
deleted:
  description: What was deleted, or would be in check mode, with its id, or its name if it has no id.
  type: list
  elements: dict
  returned: success
  sample: [{kind: database_cluster, name: mlflow-production, id: 9cc10173-e9ea-4176-9dbc-a4cee4c4ff30}]
waits_for:
  description: What it still waits for, by resource, with the status of it.
  type: dict
  returned: success
  sample: {database cluster mlflow-production: creating}
"""

import re
from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.cluster_checks import (
    check_restore,
    check_settings,
    check_size,
    check_sources,
    check_version,
)
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import (
    UNSHOWN,
    as_moment,
    cast,
    cluster_of,
    part,
    sources,
)
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.tags import normalize_tags, retag
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.vpcs import vpc_id
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource

NEEDED = ("version", "region", "size", "num_nodes")
FACTS = ("id", "name", "status", "engine", "version", "region", "size", "num_nodes", "storage_size_mib", "project_id")
PLAIN = ("engine", "version", "region", "size", "num_nodes", "storage_size_mib")
SLOW = ("size", "num_nodes", "storage_size_mib", "version")  # changed last: then nothing else can be for minutes
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class DatabaseCluster(Resource):
    """A cluster, found by its name in the listing, then by its id."""

    kind = "database_cluster"
    creation_only = ("backup_restore",)
    way_out = "a cluster keeps its {option}: keep it too, or make another cluster from this one with backup_restore"
    changes: ClassVar = {
        "trusted_sources": "trust",
        "tags": "retag",
        "maintenance_window": "set_maintenance",
        "storage_autoscale": "set_autoscale",
        "settings": "configure",
        "size": "resize",
        "num_nodes": "resize",
        "storage_size_mib": "resize",
        "version": "upgrade",
    }

    def find(self):
        self.looked_up = {}
        return super().find()

    def find_by_name(self):
        return cluster_of(self.client, self.name)

    def find_by_id(self):
        return found(self.client.databases.get_cluster, "database", self.identity)

    def look_up(self, call, key, thing):
        """Return what another call tells of the cluster as it was found; asked once."""
        if key not in self.looked_up:
            self.looked_up[key] = ask(call, thing["id"]).get(key)
        return self.looked_up[key]

    def autoscale(self, thing):
        """Return when storage grows.

        The document has it under "autoscale", the cloud's Go client godo has it at the top.
        """
        if "autoscale" not in self.looked_up:
            answer = ask(self.client.databases.get_autoscale, thing["id"])
            self.looked_up["autoscale"] = (answer.get("autoscale") or answer).get("storage")
        return self.looked_up["autoscale"]

    def observed(self, thing):
        public, private = (thing.get(way) or {} for way in ("connection", "private_connection"))
        window = thing.get("maintenance_window") or {}
        observed = {key: thing.get(key) for key in FACTS} | {
            "urn": f"do:dbaas:{thing['id']}",
            "vpc": thing.get("private_network_uuid"),
            "host": public.get("host"),
            "private_host": private.get("host"),
            "port": public.get("port"),
            "tags": normalize_tags(thing.get("tags"), self.params["tags"]),
            "maintenance_window": {"day": window.get("day", "").lower(), "hour": window.get("hour", "")[:5]},
        }
        if self.pending(thing) in ("creating", "forking"):
            return observed
        return observed | self.observed_elsewhere(thing)

    def observed_elsewhere(self, thing):
        """Return what the cluster itself does not tell, as far as it was asked for."""
        given, databases = self.params, self.client.databases
        backups = self.look_up(databases.list_backups, "backups", thing) or []
        observed = {"backups": [{key: each[key] for key in ("created_at", "size_gigabytes")} for each in backups]}
        if given["trusted_sources"] is not None or given["open_to_all"]:
            observed["trusted_sources"] = sources(self.look_up(databases.list_firewall_rules, "rules", thing) or [])
        if given["settings"]:
            observed["settings"] = part(self.look_up(databases.get_config, "config", thing), given["settings"])
        if given["storage_autoscale"]:
            storage = self.autoscale(thing) or {"enabled": False}
            observed["storage_autoscale"] = {key: storage.get(key) for key in self.autoscale_wanted()}
        return observed

    def desired(self):
        given = self.params
        desired = {"name": self.name} | {option: given[option] for option in PLAIN if given[option] is not None}
        if given["region"]:
            desired["region"] = given["region"].lower()
        if given["vpc"]:
            desired["vpc"] = vpc_id(self.client, given["vpc"])
        if given["open_to_all"] or given["trusted_sources"] is not None:
            desired["trusted_sources"] = sources(given["trusted_sources"] or [])
        if given["tags"] is not None:
            desired["tags"] = normalize_tags(given["tags"], given["tags"])
        if given["maintenance_window"]:
            desired["maintenance_window"] = {"day": given["maintenance_window"]["day"].lower(), "hour": self.hour()}
        if given["storage_autoscale"]:
            desired["storage_autoscale"] = self.autoscale_wanted()
        if given["settings"]:
            desired["settings"] = cast(given["settings"])
        if given["backup_restore"]:
            desired["backup_restore"] = {key: value for key, value in given["backup_restore"].items() if value}
        slow = {option: desired.pop(option) for option in SLOW if option in desired}
        return desired | slow

    def autoscale_wanted(self):
        """Return what the task says of when storage grows."""
        return {key: value for key, value in self.params["storage_autoscale"].items() if value is not None}

    def hour(self):
        """Return the hour of the maintenance window as the API writes it, without seconds."""
        text = self.params["maintenance_window"]["hour"]
        time = re.fullmatch(r"(\d{1,2})(?::(\d\d)(?::\d\d)?)?", text)
        if not time or int(time[1]) > 23 or int(time[2] or 0) > 59:
            raise Refused(f"{self}: maintenance_window: hour {text} is not a time; use a time such as 03:00")
        return f"{int(time[1]):02}:{time[2] or '00'}"

    def check(self, before):
        given = self.params
        if not re.fullmatch(r"[a-z][a-z0-9-]{1,61}[a-z0-9]", self.name):
            raise Refused(
                f"{self}: the name must be 3 to 63 lower-case letters, digits and dashes, beginning with a letter"
            )
        missing = [option for option in NEEDED if not given[option]]
        if not before and missing:
            raise Refused(f"{self} does not exist; give {' and '.join(missing)} to create it")
        if given["maintenance_window"] and given["maintenance_window"]["day"].lower() not in DAYS:
            raise Refused(
                f"{self}: maintenance_window: day {given['maintenance_window']['day']} is not a weekday; "
                "use a name such as sunday"
            )
        check_sources(self, before)
        check_restore(self, before)
        if before:
            check_size(self, before)
            check_version(self, before)
            check_settings(self, before)

    def create(self):
        desired = self.desired()
        body = {option: desired[option] for option in ("name", *PLAIN, "tags") if option in desired}
        body |= {"private_network_uuid": desired["vpc"]} if "vpc" in desired else {}
        body |= {"rules": desired["trusted_sources"]} if desired.get("trusted_sources") else {}
        body |= {"project_id": self.params["project_id"]} if self.params["project_id"] else {}
        if self.params["backup_restore"]:
            body |= self.contents()
        return ask(self.client.databases.create_cluster, body)["database"]

    def contents(self):
        """Return what a request says of the cluster whose contents the new one gets."""
        name, at = (self.params["backup_restore"][key] for key in ("cluster", "at"))
        other, storage = cluster_of(self.client, name), self.params["storage_size_mib"]
        if other and other["size"] == self.params["size"]:
            storage = storage or other["storage_size_mib"]
        moment = {"backup_created_at": as_moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}
        return {"backup_restore": {"database_name": name} | moment} | ({"storage_size_mib": storage} if storage else {})

    def trust(self, thing):
        """Trust those that are wanted and no others; what the API knows more of one that stays, it keeps."""
        listed = self.look_up(self.client.databases.list_firewall_rules, "rules", thing) or []
        there = {(rule["type"], rule["value"]): rule for rule in listed}
        rules = [there.get((each["type"], each["value"]), {}) | each for each in self.desired()["trusted_sources"]]
        told = ("cluster_uuid", "created_at")
        rules = [{key: value for key, value in rule.items() if key not in told} for rule in rules]
        ask(self.client.databases.update_firewall_rules, thing["id"], {"rules": rules})

    def retag(self, thing):
        """Give and take tags."""
        retag(self.client, "database", thing["id"], thing.get("tags") or [], self.params["tags"])

    def set_maintenance(self, thing):
        """Move the maintenance window."""
        ask(self.client.databases.update_maintenance_window, thing["id"], self.desired()["maintenance_window"])

    def set_autoscale(self, thing):
        """Let the cloud add storage, or no more."""
        ask(self.client.databases.update_autoscale, thing["id"], {"storage": self.desired()["storage_autoscale"]})

    def configure(self, thing):
        """Set what differs; a group of settings goes whole."""
        now, desired = self.look_up(self.client.databases.get_config, "config", thing), self.desired()["settings"]
        differs = {name: value for name, value in desired.items() if part(now, {name: value})[name] != value}
        groups = {name: value for name, value in differs.items() if isinstance(value, dict)}
        differs |= {name: (now.get(name) or {}) | value for name, value in groups.items()}
        ask(self.client.databases.patch_config, thing["id"], {"config": differs})

    def resize(self, thing):
        """Change size, number of nodes and storage, of which the first two are always needed."""
        body = {option: self.params[option] or thing[option] for option in ("size", "num_nodes")}
        storage = self.params["storage_size_mib"]
        if storage not in (None, thing["storage_size_mib"]):
            body["storage_size_mib"] = storage
        ask(self.client.databases.update_cluster_size, thing["id"], body)

    def upgrade(self, thing):
        """Upgrade to another major version."""
        ask(self.client.databases.update_major_version, thing["id"], {"version": self.params["version"]})

    def check_delete(self, thing):
        if not self.params["delete_data"]:
            raise Refused(
                f"{self} ({thing['id']}): deleting it loses all its data and backups; "
                "set delete_data to true if that is meant"
            )

    def delete(self, thing):
        ask(self.client.databases.destroy_cluster, thing["id"])

    def gone(self):
        return self.find() is None

    def pending(self, thing):
        return None if thing["status"] == "online" else thing["status"]

    def secrets(self, thing):
        connection = thing.get("connection") or {}
        if not connection.get("password"):
            return {"admin_user": connection.get("user"), "msg": f"{self}: {UNSHOWN}"}
        return {"admin_user": connection["user"], "admin_password": connection["password"]}


def main():
    """Run the module."""
    texts = {option: {"type": "str"} for option in ("version", "region", "size", "vpc", "project_id")}
    source = {
        "type": {"type": "str", "choices": ["ip_addr", "droplet", "k8s", "tag", "app"], "required": True},
        "value": {"type": "str", "required": True},
    }
    autoscale = {
        "enabled": {"type": "bool", "required": True},
        "threshold_percent": {"type": "int"},
        "increment_gib": {"type": "int"},
    }
    window = {option: {"type": "str", "required": True} for option in ("day", "hour")}
    restore = {"cluster": {"type": "str", "required": True}, "at": {"type": "str"}}
    run(
        DIGITALOCEAN,
        lambda client, params: [DatabaseCluster(client, params, params["name"])],
        name={"type": "str", "required": True},
        engine={"type": "str", "choices": ["pg"], "default": "pg"},
        upgrade={"type": "bool", "default": False},
        num_nodes={"type": "int"},
        storage_size_mib={"type": "int"},
        tags={"type": "list", "elements": "str"},
        trusted_sources={"type": "list", "elements": "dict", "options": source},
        open_to_all={"type": "bool", "default": False},
        settings={"type": "dict"},
        maintenance_window={"type": "dict", "options": window},
        storage_autoscale={"type": "dict", "options": autoscale},
        backup_restore={"type": "dict", "options": restore},
        delete_data={"type": "bool", "default": False},
        **texts,
    )


if __name__ == "__main__":
    main()
