#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: managed_database
short_description: Manage a user, a database and a connection pool in a cluster of managed PostgreSQL
version_added: 0.1.0
description:
  - Ensures that a user, a database and, if requested, a connection pool exist in a cluster, and returns everything that
    is needed to connect; or ensures that they do not exist.
  - Waits for a cluster that is still being created.
  - The API grants no rights. In PostgreSQL 15 and newer, a new user cannot create tables in the schema C(public) before
    the administrator, who owns the database, has granted that by SQL.
  - One task makes 2 to 3 requests if nothing has to be done.
author:
  - the authors (@mlops)
options:
  cluster:
    description:
      - The cluster, by name or id.
    type: str
    required: true
  user:
    description:
      - Name of the user. The cloud chooses the password.
    type: str
    required: true
  database:
    description:
      - Name of the database, which the administrator owns.
    type: str
    required: true
  pool:
    description:
      - A connection pool for the database. Clients connect to the pool's name as if it were a database. By default,
        pools are left alone.
    type: dict
    suboptions:
      name:
        description: Name of the pool, 3 to 60 letters, digits, dashes and underscores.
        type: str
        required: true
      size:
        description: Number of connections that it keeps to the database. All pools of a cluster share 25 for each GiB
          of a node's memory, minus 3.
        type: int
        required: true
      mode:
        description: When a connection becomes free for another client.
        type: str
        choices: [session, transaction, statement]
        default: transaction
      inbound_user:
        description: Whether clients connect to the database as their own users, instead of as O(user).
        type: bool
        default: false
  rotate:
    description:
      - Whether the user gets a new password now, which invalidates the old one. It is an action, so the task is always
        changed.
      - Refused if the token cannot read passwords, because the new one would be lost.
    type: bool
    default: false
  delete_data:
    description:
      - Must be V(true) with O(state=absent), because the data is lost at once.
    type: bool
    default: false
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.digitalocean.resource
"""

EXAMPLES = r"""
- name: Give MLflow a place to keep its runs
  mlops.mlflow.managed_database:
    cluster: mlflow-production
    user: mlflow
    database: mlflow
    pool:
      name: mlflow-pool
      size: 10
  no_log: true
  register: mlflow_database

- name: Give it a new password
  mlops.mlflow.managed_database:
    cluster: mlflow-production
    user: mlflow
    database: mlflow
    rotate: true
  no_log: true
  register: mlflow_database

- name: Delete it with all its data
  mlops.mlflow.managed_database:
    cluster: mlflow-production
    user: mlflow
    database: mlflow
    pool:
      name: mlflow-pool
      size: 10
    state: absent
    delete_data: true
"""

RETURN = r"""
user:
  description: The user; empty when absent.
  type: dict
  returned: success
  sample: {name: mlflow}
database:
  description: The database and how to connect to it; empty when absent. The certificate is that of the cluster's CA, in
    PEM.
  type: dict
  returned: success
  sample:
    name: mlflow
    host: mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    private_host: private-mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    port: 25060
    ca_certificate: "-----BEGIN CERTIFICATE-----..."
pool:
  description: The connection pool and how to connect to it; empty when absent.
  type: dict
  returned: a pool was asked for
  sample:
    name: mlflow-pool
    size: 10
    mode: transaction
    database: mlflow
    user: mlflow
    host: mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    private_host: private-mlflow-production-do-user-19081923-0.db.ondigitalocean.com
    port: 25061
password:
  description:
    - The user's password. Missing if the token cannot read it; RV(msg) then says so, and you should keep the password
      that you know.
  type: str
  returned: present and C(no_log=true) on the task
admin_user:
  description: Name of the cluster's administrator.
  type: str
  returned: present and C(no_log=true) on the task
  sample: doadmin
admin_password:
  description: The administrator's password, for granting rights.
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
  sample: [{kind: database, name: mlflow, id: mlflow}]
waits_for:
  description: What it still waits for, by resource; these are ready at once.
  type: dict
  returned: success
  sample: {}
"""

from typing import ClassVar

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, ask, found
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import UNSHOWN, connections
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.parent_cluster import Cluster
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource


class Part(Resource):
    """What is in the cluster, and goes with the data."""

    def check_delete(self, thing):
        if not self.params["delete_data"]:
            raise Refused(f"{self}: deleting the database loses its data; set delete_data to true if that is meant")


class User(Part):
    """A user. A new password is an action: there is nothing to compare it with."""

    kind = "user"
    changes: ClassVar = {"rotate": "reset"}
    password = None  # as the last answer of the API gave it
    fresh = False

    def find_by_name(self):
        thing = self.parent.listed("users", self.name)
        if not thing or (not thing.get("password") and (self.no_log or self.params["rotate"])):
            thing = found(self.client.databases.get_user, "user", self.parent.id, self.name)
        self.password = (thing or {}).get("password") if not self.fresh else self.password
        return thing

    def observed(self, thing):
        return {"name": thing["name"]} | ({"rotate": True} if self.fresh and self.params["rotate"] else {})

    def desired(self):
        return {"name": self.name} | ({"rotate": True} if self.params["rotate"] else {})

    def check(self, before):
        if before and self.params["rotate"] and not self.password:
            raise Refused(
                f"{self}: the token may not see passwords, so a new one would be lost; "
                "give it the scope database:view_credentials to rotate"
            )

    def create(self):
        return self.made(ask(self.client.databases.add_user, self.parent.id, {"name": self.name}))

    def reset(self, thing):
        """Have the cloud make up a new password."""
        self.made(ask(self.client.databases.reset_auth, self.parent.id, self.name, {}))

    def made(self, answer):
        """Keep the password of an answer, which is newer than what a look may still show."""
        self.password, self.fresh = answer["user"].get("password"), True
        return answer["user"]

    def delete(self, thing):
        ask(self.client.databases.delete_user, self.parent.id, self.name)

    def secrets(self, thing):
        admin = self.parent.thing.get("connection") or {}
        if not self.password:
            return {"admin_user": admin.get("user"), "msg": f"{self}: {UNSHOWN}"}
        return {"password": self.password, "admin_user": admin.get("user"), "admin_password": admin.get("password")}


class Database(Part):
    """A database."""

    kind = "database"

    def find_by_name(self):
        if self.parent.listed("db_names", self.name):
            return {"name": self.name}
        return found(self.client.databases.get, "db", self.parent.id, self.name)

    def observed(self, thing):
        return {"name": thing["name"]} | self.parent.address() | {"ca_certificate": self.parent.ca_certificate()}

    def desired(self):
        return {"name": self.name}

    def create(self):
        return ask(self.client.databases.add, self.parent.id, self.desired())["db"]

    def delete(self, thing):
        ask(self.client.databases.delete, self.parent.id, self.name)


class Pool(Part):
    """A connection pool. The API may answer 5xx and have made it."""

    kind = "pool"
    changes: ClassVar = dict.fromkeys(("size", "mode", "database", "user"), "change")

    def find_by_name(self):
        return found(self.client.databases.get_connection_pool, "pool", self.parent.id, self.name)

    def observed(self, thing):
        public, private = (thing.get(way) or {} for way in ("connection", "private_connection"))
        return {
            "name": thing["name"],
            "size": thing["size"],
            "mode": thing["mode"],
            "database": thing["db"],
            "user": thing.get("user") or None,
            "host": public.get("host"),
            "private_host": private.get("host"),
            "port": public.get("port"),
        }

    def desired(self):
        pool = self.params["pool"]
        user = None if pool["inbound_user"] else self.params["user"]
        return {
            "name": self.name,
            "size": pool["size"],
            "mode": pool["mode"],
            "database": self.params["database"],
            "user": user,
        }

    def check(self, before):
        size, most = self.params["pool"]["size"], connections(self.parent.thing["size"])
        if size < 1 or (most and size > most):
            raise Refused(
                f"{self}: size {size} is not possible; "
                f"nodes of {self.parent.thing['size']} have 1 to {most} connections for all pools together"
            )

    def body(self):
        """Return what the API takes."""
        desired = self.desired()
        body = {"mode": desired["mode"], "size": desired["size"], "db": desired["database"]}
        return body | ({"user": desired["user"]} if desired["user"] else {})

    def create(self):
        return ask(self.client.databases.add_connection_pool, self.parent.id, {"name": self.name} | self.body())["pool"]

    def change(self, thing):
        """Change it in place."""
        ask(self.client.databases.update_connection_pool, self.parent.id, self.name, self.body())

    def delete(self, thing):
        ask(self.client.databases.delete_connection_pool, self.parent.id, self.name)


def describe(client, params):
    """Return what is wanted of a cluster, in the order in which it needs each other."""
    cluster = Cluster(client, params, params["cluster"]).ready()
    parts = [User(client, params, params["user"], cluster), Database(client, params, params["database"], cluster)]
    return parts + ([Pool(client, params, params["pool"]["name"], cluster)] if params["pool"] else [])


def main():
    """Run the module."""
    pool = {
        "name": {"type": "str", "required": True},
        "size": {"type": "int", "required": True},
        "mode": {"type": "str", "choices": ["session", "transaction", "statement"], "default": "transaction"},
        "inbound_user": {"type": "bool", "default": False},
    }
    names = {option: {"type": "str", "required": True} for option in ("cluster", "user", "database")}
    flags = {option: {"type": "bool", "default": False} for option in ("rotate", "delete_data")}
    run(DIGITALOCEAN, describe, pool={"type": "dict", "options": pool}, **names, **flags)


if __name__ == "__main__":
    main()
