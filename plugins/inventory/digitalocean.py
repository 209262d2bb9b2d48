# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What only the cloud knows of an environment: addresses of its droplets, host, port and CA of its database."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: digitalocean
short_description: Add what DigitalOcean knows about the hosts of an environment
version_added: 0.1.0
description:
  - Adds C(ansible_host), C(private_address) and C(droplet_id) to the droplets that carry a tag; other files of the
    inventory put their names into groups.
  - Adds C(mlflow_database_host), C(mlflow_database_port) and C(mlflow_database_ca) of a database cluster to the group
    C(all), for the private network. Passwords are never part of an inventory.
  - It requests each kind of resource once, however many hosts there are. Resources that do not exist yet are not an
    error, because this collection makes them.
  - A cluster that is still being created (status C(creating) or C(forking)) is left out, because the API may not have
    its certificate yet.
author:
  - the authors (@mlops)
options:
  plugin:
    description: Must be C(mlops.mlflow.digitalocean); the file's name ends in C(digitalocean.yml).
    type: str
    required: true
    choices: [mlops.mlflow.digitalocean]
  tag:
    description: The tag of all droplets of the environment. Two droplets of the same name are refused.
    type: str
    required: true
  database_cluster:
    description: The name of the environment's database cluster; none by default.
    type: str
  connect_to:
    description: Which address of a droplet becomes its C(ansible_host). Use the private one if the controller is inside
      the VPC.
    type: str
    choices: [public, private]
    default: public
  token:
    description: API token; prefer the environment variable.
    type: str
    env: [{name: DIGITALOCEAN_TOKEN}]
  token_file:
    description: A file that holds the token, used if no other token is set. The path is relative to this file. Until
      the file exists, the cloud is not asked.
    type: str
  api_url:
    description: URL of the API.
    type: str
    default: https://api.digitalocean.com
    env: [{name: DIGITALOCEAN_API_URL}]
  ca_file:
    description:
      - File of the CAs, in PEM, that can have signed the API's certificate, instead of those of the system. The path is
        relative to this file.
    type: str
    env: [{name: DIGITALOCEAN_CA_FILE}]
requirements:
  - pydo >= 0.44
"""

EXAMPLES = r"""
# inventory/production/digitalocean.yml
plugin: mlops.mlflow.digitalocean
tag: mlflow:production
database_cluster: mlflow-production
"""

from base64 import b64decode
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask, connect, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

UNMADE = ("creating", "forking")  # the API's status of a cluster that does not run yet


class InventoryModule(BaseInventoryPlugin):
    """Add variables to names; groups are the business of other files."""

    NAME = "mlops.mlflow.digitalocean"

    def verify_file(self, path):
        """Return whether the file is for this plugin, by its name."""
        return super().verify_file(path) and path.endswith(("digitalocean.yml", "digitalocean.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Ask the cloud."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        access = self.access(path)
        if not access:
            return
        try:
            with connect(access) as client:
                self.add_droplets(client)
                self.add_database(client)
        except ImportError as error:
            raise AnsibleParserError(f"{path}: {error}; install the requirements of this collection (requirements.txt)") from error
        except Refused as error:
            raise AnsibleParserError(f"{path}: DigitalOcean: {error}") from error

    def access(self, path):
        """Return what the client is made with, or None before the file of the token is made."""
        directory = Path(path).parent
        token, token_file, ca_file = (self.get_option(option) for option in ("token", "token_file", "ca_file"))
        if not token and token_file:
            if not (directory / token_file).exists():
                self.display.warning(
                    f"{path}: there is no {token_file} yet, so nothing is known of the cloud; run bin/sandbox start, or export DIGITALOCEAN_TOKEN"
                )
                return None
            token = (directory / token_file).read_text().strip()
        if not token:
            raise AnsibleParserError(f"{path}: there is no token; export DIGITALOCEAN_TOKEN")
        return {"token": token, "api_url": self.get_option("api_url"), "ca_file": str(directory / ca_file) if ca_file else None}

    def add_droplets(self, client):
        """Add the addresses of the droplets with the tag."""
        droplets = list(pages(client.droplets.list, "droplets", tag_name=self.get_option("tag")))
        for name in dict.fromkeys(droplet["name"] for droplet in droplets):
            droplet = only("droplet", name, droplets)
            addresses = {each["type"]: each["ip_address"] for each in droplet["networks"]["v4"]}
            self.inventory.add_host(name)
            known = {
                "droplet_id": droplet["id"],
                "private_address": addresses.get("private"),
                "ansible_host": addresses.get(self.get_option("connect_to")),
            }
            for variable, value in known.items():
                if value:
                    self.inventory.set_variable(name, variable, value)

    def add_database(self, client):
        """Add where the database is reached from inside the VPC."""
        name = self.get_option("database_cluster")
        cluster = only("database cluster", name, pages(client.databases.list_clusters, "databases")) if name else None
        place = (cluster or {}).get("private_connection") or (cluster or {}).get("connection") or {}
        if not place.get("host") or cluster["status"] in UNMADE:
            return
        certificate = ask(client.databases.get_ca, cluster["id"])["ca"]["certificate"]
        known = {
            "mlflow_database_host": place["host"],
            "mlflow_database_port": place["port"],
            "mlflow_database_ca": b64decode(certificate).decode(),
        }
        for variable, value in known.items():
            self.inventory.set_variable("all", variable, value)
