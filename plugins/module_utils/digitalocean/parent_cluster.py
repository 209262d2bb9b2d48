# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database cluster that users, databases and pools are in."""

from __future__ import annotations

import base64

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import cluster_of
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ParentMissing
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter


class Cluster(Resource):
    """The cluster that is to exist. Its record lists users and databases, which saves the first look at each."""

    kind = "database_cluster"
    thing, certificate = None, None

    def find_by_name(self):
        self.thing = cluster_of(self.client, self.identity or self.name)
        return self.thing

    def pending(self, thing):
        return thing["status"] if thing["status"] in ("creating", "forking") else None

    def ready(self):
        """Return itself once it can have users."""
        if not self.find():
            raise ParentMissing(f"{self} does not exist")
        if self.params["state"] == "present" and Waiter(self.params).wait_until_ready(self, self.thing)[1]:
            raise ParentMissing(f"{self} is still {self.thing['status']}")
        return self

    @property
    def id(self):
        return self.thing["id"]

    def listed(self, key, name):
        """Return what the cluster's record has of a name, once; after that only the API knows."""
        record = self.thing.get(key) or []
        there = [each for each in record if name == (each["name"] if isinstance(each, dict) else each)]
        self.thing[key] = [each for each in record if each not in there]
        return there[0] if there else None

    def address(self):
        """Return hosts and port of the cluster."""
        ways = [self.thing.get(way) or {} for way in ("connection", "private_connection")]
        return {"host": ways[0].get("host"), "private_host": ways[1].get("host"), "port": ways[0].get("port")}

    def ca_certificate(self):
        """Return the certificate of the cluster's CA."""
        if not self.certificate:
            encoded = ask(self.client.databases.get_ca, self.id)["ca"]["certificate"]
            self.certificate = base64.b64decode(encoded).decode()
        return self.certificate
