#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: environment_check
short_description: Report what the cloud would refuse in a planned environment
version_added: 0.1.0
description:
  - Looks at the account, the regions, the sizes, the image, the versions of PostgreSQL, the VPCs and the buckets, and
    returns all mistakes as sentences. It makes nothing and changes nothing. Whatever may be intended is only a warning.
  - A planned droplet counts as new unless a droplet of its name with O(tag) exists.
  - Options that are not given are not checked.
author:
  - the authors (@mlops)
options:
  name:
    description:
      - The name of the database cluster, of the VPC and of the key of the bucket for artifacts.
    type: str
    required: true
  names:
    description:
      - What the sentences call the options of this module, by option name, for example the variables that they come
        from.
    type: dict
    default: {}
  complete:
    description:
      - Whether everything is known to exist, so that only what can still change is checked. That saves most requests.
    type: bool
    default: false
  region:
    description:
      - Slug of the region.
      - If it is empty, it is not checked.
    type: str
    required: true
  ip_range:
    description:
      - Range of the VPC in CIDR notation.
    type: str
  ssh_public_key:
    description:
      - Public SSH key that can log in to the droplets, as text.
    type: str
  tag:
    description:
      - The tag of the environment's droplets.
    type: str
  droplets:
    description:
      - Names of the planned droplets.
    type: list
    elements: str
    default: []
  surplus:
    description:
      - Names of hosts that have O(tag) but are not among O(droplets). For each of their droplets, a warning gives the
        id and the price.
    type: list
    elements: str
    default: []
  droplet_size:
    description:
      - Slug of the droplets' size.
    type: str
  droplet_image:
    description:
      - Slug of the droplets' image.
    type: str
  version:
    description:
      - Major version of PostgreSQL.
    type: str
  database_cluster:
    description:
      - The name of the database cluster, if it is not O(name).
    type: str
  database_size:
    description:
      - Slug of the size of the cluster's nodes.
    type: str
  num_nodes:
    description:
      - Number of nodes.
    type: int
  storage_size_mib:
    description:
      - Storage of the cluster in MiB; V(0) is what the size includes.
    type: int
  settings:
    description:
      - PostgreSQL settings by their names in the API.
    type: dict
  maintenance_window:
    description:
      - C(day) and C(hour) of the cluster's maintenance.
    type: dict
  database_user:
    description:
      - Name of the user to create in the cluster.
    type: str
  pool_size:
    description:
      - Number of connections in a pool; V(0) is no pool.
    type: int
  bucket:
    description:
      - Name of the bucket for artifacts.
    type: str
  backup_bucket:
    description:
      - Name of the bucket for backups. The name of its key is O(name) followed by C(-backups).
    type: str
  token:
    description:
      - API token. Prefer the environment variable E(DIGITALOCEAN_TOKEN). Without a token, only what does not require a
        request is checked.
    required: false
  access_key_id:
    description:
      - Id of a Spaces key with full access. Prefer the environment variable E(SPACES_ACCESS_KEY_ID). Without it, the
        buckets are not checked.
attributes:
  diff_mode:
    support: none
  action_group:
    description: Use C(group/mlops.mlflow.digitalocean) or C(group/mlops.mlflow.spaces) in C(module_defaults) to set
      defaults for this module.
    support: full
    membership: [mlops.mlflow.digitalocean, mlops.mlflow.spaces]
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
  - mlops.mlflow.spaces
"""

EXAMPLES = r"""
- name: Look before anything is made
  mlops.mlflow.environment_check:
    name: mlflow-production
    region: ams3
    ip_range: 10.110.0.0/20
    droplets: [mlflow-1, mlflow-2]
    droplet_size: s-2vcpu-4gb
    version: "17"
    database_size: db-s-1vcpu-2gb
    num_nodes: 1
  register: look

- name: Refuse what the cloud would refuse
  ansible.builtin.assert:
    that: look.mistakes | length == 0
    fail_msg: "{{ look.mistakes | join('\n') }}"
"""

RETURN = r"""
mistakes:
  description: What the cloud would refuse, as sentences that name the option, the value and the cure.
  type: list
  elements: str
  returned: success
  sample: ["region: nyc1 has no Spaces (as of March 2026); use one such as nyc3, ams3, ..."]
started_at:
  description: When the check began, in seconds since 1970-01-01 UTC, for the option of the same name of the modules
    droplet and spaces_key.
  type: float
  returned: success
  sample: 1795561649.3
database_connections:
  description: How many connections O(database_size) allows for all clients together (25 for each GiB of memory, 3 of
    which the cloud reserves); null if that is not known.
  type: int
  returned: success
  sample: 47
database_hosts:
  description: The hosts of the cluster if it exists, public and private.
  type: list
  elements: str
  returned: success
  sample: []
"""

import time
from functools import partial

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import connections
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import inform
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight import (
    account,
    bucket,
    database,
    droplets,
    network,
    settings,
)
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.findings import Findings
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces.api import SPACES

TEXTS = (
    "ip_range",
    "tag",
    "droplet_size",
    "droplet_image",
    "version",
    "database_cluster",
    "database_size",
    "database_user",
    *bucket.BUCKETS,
    "ssh_public_key",
)
LOCAL = {  # what needs no look at the cloud
    "ip_range": network.check_range,
    **{option: partial(bucket.check_name, option=option) for option in bucket.BUCKETS},
    "ssh_public_key": droplets.check_ssh_key,
}


def look(client, given):
    """Return what is wrong, in one go."""
    started_at, findings = time.time(), Findings(given["names"])
    settings.check(given, findings)
    database.check_inputs(given, findings)
    droplets.check_spaces(given, findings)
    for option, check in LOCAL.items():
        if given[option]:
            check(given, findings)
    cluster = findings.noted(Refused, look_at_cloud, client, given, findings) if given["token"] else None
    if bucket.named(given, findings) and not findings.refused("region"):
        bucket.check_buckets(given, findings)
    return {
        "mistakes": findings.mistakes,
        "warnings": findings.warnings,
        "started_at": started_at,
        "database_connections": connections(given["database_size"] or ""),
        "database_hosts": hosts(cluster),
    }


def look_at_cloud(client, given, findings):
    """Ask the API; a token that is refused altogether ends it. Return the cluster."""
    if not given["complete"]:
        look_at_what_is_new(client, given, findings)
    if given["surplus"]:
        findings.allowed(account.warn_of_surplus, client, given, findings)
    if bucket.named(given, findings):
        findings.allowed(bucket.check_key, client, given, findings)
    if given["database_size"]:
        return findings.allowed(database.check, client, given, findings)
    return None


def look_at_what_is_new(client, given, findings):
    """Judge what only matters where something is to be made."""
    limit = (findings.allowed(account.check, client, findings) or {}).get("droplet_limit")
    missing = findings.allowed(account.missing_droplets, client, given) or []
    findings.allowed(account.check_limit, client, limit, missing, findings)
    droplets.check_any(client, given, missing, findings)
    if given["ip_range"] and not findings.refused("ip_range"):
        findings.allowed(network.check, client, given, findings)


def hosts(cluster):
    """Return the hosts of a cluster."""
    ways = ("connection", "private_connection", "standby_connection", "standby_private_connection")
    return sorted({way["host"] for way in ((cluster or {}).get(key) or {} for key in ways) if way.get("host")})


def main():
    """Run the module."""
    inform(
        DIGITALOCEAN,
        look,
        **SPACES.options,
        **{option: {"type": "str"} for option in TEXTS},
        **{option: {"type": "int"} for option in ("num_nodes", "storage_size_mib", "pool_size")},
        **{option: {"type": "dict"} for option in ("settings", "maintenance_window")},
        name={"type": "str", "required": True},
        names={"type": "dict", "default": {}},
        complete={"type": "bool", "default": False},
        **{option: {"type": "list", "elements": "str", "default": []} for option in ("droplets", "surplus")},
        token=DIGITALOCEAN.options["token"] | {"required": False},
    )


if __name__ == "__main__":
    main()
