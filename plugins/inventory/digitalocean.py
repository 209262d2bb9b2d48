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
  - Finds the droplets that carry the tag C(mlflow:ENVIRONMENT), names them and adds C(ansible_host),
    C(private_address), C(droplet_id), C(droplet_region), C(droplet_size) and C(droplet_tags). Other files of the
    inventory put those names into groups. Two droplets of one name are refused.
  - Puts droplets that have an address into the group C(droplets), which is empty before the first one exists.
  - Adds C(mlflow_database_host), C(mlflow_database_port) and C(mlflow_database_ca) of the database cluster
    C(mlflow-ENVIRONMENT) to the group C(all), for the private network. Passwords are never part of an inventory.
  - If there is a file C(database_cluster.txt) beside this one, as C(playbooks/restore_cluster.yml) writes it, the
    cluster is the one that it names. Adds its name as C(infrastructure_database_cluster), and the names of all clusters
    with the environment's tag as C(infrastructure_database_clusters).
  - Adds C(infrastructure_name), C(infrastructure_api_url), C(infrastructure_ca_file) and, for preflight,
    C(infrastructure_inventory) to the group C(all), so that the role C(infrastructure) knows them too and the
    inventory says them once.
  - Lists each kind once, however many hosts there are. What does not exist yet is not an error, as this collection
    makes it.
  - A cluster that is still being made (status C(creating) or C(forking)) is left out, as the API need not have its
    certificate yet.
author:
  - the authors (@mlops)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Must be C(mlops.mlflow.digitalocean); the file's name ends in C(digitalocean.yml).
    type: str
    required: true
    choices: [mlops.mlflow.digitalocean]
  environment:
    description: >-
      Name of the environment, from which the tag of its droplets and the name of its database cluster follow.
    type: str
    required: true
  connect_to:
    description: Which address of a droplet is its C(ansible_host). Use the private one if you run this inside the VPC.
    type: str
    choices: [public, private]
    default: public
  token:
    description: API token; prefer the environment variable.
    type: str
    env: [{name: DIGITALOCEAN_TOKEN}]
  token_file:
    description: >-
      A file that holds the token, used if O(token) is not given. The path is relative to this file. Until it exists,
      the cloud is not asked.
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
environment: production

# A group for each size of droplet, such as size_s_2vcpu_4gb
# plugin: mlops.mlflow.digitalocean
# environment: production
# keyed_groups:
#   - {key: droplet_size, prefix: size}
"""

from base64 import b64decode
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask, connect, only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

UNMADE = ("creating", "forking")  # the API's status of a cluster that does not run yet


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Add variables to names; what groups they are in is said by other files, and by the options of Constructable."""

    NAME = "mlops.mlflow.digitalocean"

    def verify_file(self, path):
        """Return whether the file is for this plugin, by its name."""
        return super().verify_file(path) and path.endswith(("digitalocean.yml", "digitalocean.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Add what the cloud, or the cache, knows of the environment."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self.directory = Path(path).parent
        self.set_all(self.shared(path))
        self.inventory.add_group("droplets")
        found = self.look(path, cache)
        self.set_all(found["database"])
        for name, variables in found["droplets"].items():
            self.add_droplet(name, variables)

    def shared(self, path):
        """Return what the file says that the role infrastructure has to know as well."""
        environment, api_url = self.get_option("environment"), self.get_option("api_url")
        token_file = "" if self.get_option("token") else self.get_option("token_file")
        return {
            "infrastructure_inventory": {
                "path": str(path),
                "environment": environment,
                "api_url": api_url,
                "token_file": token_file or "",
            },
            "infrastructure_name": environment,
            "infrastructure_database_cluster": self.cluster(),
            "infrastructure_api_url": api_url,
            "infrastructure_ca_file": self.ca_file(),
        }

    def cluster(self):
        """Return the name of the cluster that MLflow uses."""
        chosen = self.directory / "database_cluster.txt"
        return chosen.read_text().strip() if chosen.exists() else f"mlflow-{self.get_option('environment')}"

    def ca_file(self):
        """Return the path of the certificates, if any are given."""
        ca_file = self.get_option("ca_file")
        return str((self.directory / ca_file).resolve()) if ca_file else None

    def set_all(self, variables):
        """Set the variables that have a value for all hosts."""
        for variable, value in variables.items():
            if value:
                self.inventory.set_variable("all", variable, value)

    def add_droplet(self, name, variables):
        """Add a host with its variables, and the groups that the file composes."""
        self.inventory.add_host(name, group="droplets" if "ansible_host" in variables else None)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def look(self, path, cache):
        """Return the variables of the droplets, by name, and those of the database."""
        key, cached = self.get_cache_key(path), self.get_option("cache")
        if cached and cache and key in self._cache:
            return self._cache[key]
        access = self.access(path)
        if not access:
            return {"droplets": {}, "database": {}}
        found = self.ask(path, access)
        if cached:
            self._cache[key] = found
        return found

    def access(self, path):
        """Return what the client is made with, or None before the file of the token is made."""
        token, token_file = self.get_option("token"), self.get_option("token_file")
        if not token and token_file:
            if not (self.directory / token_file).exists():
                self.display.warning(
                    f"{path}: there is no {token_file} yet, so nothing is known of the cloud; "
                    "run bin/sandbox start, or export DIGITALOCEAN_TOKEN"
                )
                return None
            token = (self.directory / token_file).read_text().strip()
        if not token:
            raise AnsibleParserError(f"{path}: there is no token; export DIGITALOCEAN_TOKEN")
        return {"token": token, "api_url": self.get_option("api_url"), "ca_file": self.ca_file()}

    def ask(self, path, access):
        """Ask the cloud."""
        try:
            with connect(access) as client:
                return {"droplets": self.droplets(client), "database": self.database(client)}
        except ImportError as error:
            raise AnsibleParserError(
                f"{path}: {error}; install the requirements of this collection (requirements.txt)"
            ) from error
        except Refused as error:
            raise AnsibleParserError(f"{path}: DigitalOcean: {error}") from error

    def droplets(self, client):
        """Return the variables of the droplets with the environment's tag, by name."""
        tag = f"mlflow:{self.get_option('environment')}"
        droplets = list(pages(client.droplets.list, "droplets", tag_name=tag))
        return {
            name: self.described(only("droplet", name, droplets))
            for name in dict.fromkeys(each["name"] for each in droplets)
        }

    def described(self, droplet):
        """Return the variables of a droplet; one that is still being made may lack its addresses."""
        addresses = {each["type"]: each["ip_address"] for each in droplet["networks"]["v4"]}
        variables = {
            "droplet_id": droplet["id"],
            "droplet_region": droplet["region"]["slug"],
            "droplet_size": droplet["size_slug"],
            "droplet_tags": droplet["tags"],
            "private_address": addresses.get("private"),
            "ansible_host": addresses.get(self.get_option("connect_to")),
        }
        return {variable: value for variable, value in variables.items() if value}

    def database(self, client):
        """Return the environment's clusters, and where the database is reached from inside the VPC."""
        clusters, tag = (
            list(pages(client.databases.list_clusters, "databases")),
            f"mlflow:{self.get_option('environment')}",
        )
        own = [each["name"] for each in clusters if tag in (each.get("tags") or [])]
        return {"infrastructure_database_clusters": own} | self.place(client, clusters)

    def place(self, client, clusters):
        """Return host, port and CA of the cluster that MLflow uses; one that is being made has none yet."""
        cluster = only("database cluster", self.cluster(), clusters)
        place = (cluster or {}).get("private_connection") or (cluster or {}).get("connection") or {}
        if not place.get("host") or cluster["status"] in UNMADE:
            return {}
        certificate = ask(client.databases.get_ca, cluster["id"])["ca"]["certificate"]
        return {
            "mlflow_database_host": place["host"],
            "mlflow_database_port": place["port"],
            "mlflow_database_ca": b64decode(certificate).decode(),
        }
