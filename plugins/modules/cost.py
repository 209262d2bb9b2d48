#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cost
short_description: Report what droplets, a database cluster and Spaces cost a month
version_added: 0.1.0
description:
  - Adds up the monthly prices in US dollars. It makes nothing and changes nothing.
  - Prices of droplets come from the API. It has none for databases and Spaces, so these come from a dated table in the
    collection.
  - A size that the API does not offer, or does not offer in the region, is refused.
author:
  - the authors (@mlops)
options:
  region:
    description:
      - Slug of the region that must offer the sizes.
    type: str
    required: true
  droplet_sizes:
    description:
      - The size of each droplet, by its slug.
    type: list
    elements: str
    default: []
  backups:
    description:
      - Whether the droplets have weekly backups.
    type: bool
    default: false
  database_size:
    description:
      - The size of each node of the database cluster, by its slug.
    type: str
  database_nodes:
    description:
      - The number of these nodes.
    type: int
    default: 1
  spaces:
    description:
      - Whether the account subscribes to Spaces.
    type: bool
    default: false
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.digitalocean
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Say what it costs
  mlops.mlflow.cost:
    region: ams3
    droplet_sizes: [s-2vcpu-4gb, s-2vcpu-4gb]
    database_size: db-s-1vcpu-2gb
    spaces: true
"""

RETURN = r"""
lines:
  description: What is paid for; C(monthly) is in US dollars, and null if the price is not known.
  type: list
  elements: dict
  returned: success
  sample:
    - {what: droplet s-2vcpu-4gb, count: 2, monthly: 48.0}
    - {what: "Spaces, up to 250 GiB", count: 1, monthly: 5.0}
sentence:
  description: The same as a sentence.
  type: str
  returned: success
  sample: about 53.00 US dollars a month (2 x droplet s-2vcpu-4gb 48.00, 1 x Spaces, up to 250 GiB 5.00; ...)
sizes:
  description: Memory in MiB and number of processors of each of O(droplet_sizes).
  type: dict
  returned: success
  sample: {s-2vcpu-4gb: {memory: 4096, vcpus: 2}}
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import prices
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import DIGITALOCEAN, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import inform


def cost(client, params):
    """Return the bill."""
    there = {size["slug"]: size for size in pages(client.sizes.list, "sizes")} if params["droplet_sizes"] else {}
    for size in dict.fromkeys(params["droplet_sizes"]):
        if size not in there:
            raise Refused(f"droplet_sizes: there is no size {size}; choose one that the cloud has, such as s-2vcpu-4gb")
        if params["region"] not in there[size]["regions"]:
            raise Refused(f"droplet_sizes: region {params['region']} has no {size}; choose another size or region")
    monthly = {slug: size["price_monthly"] for slug, size in there.items()}
    bill = prices.lines(monthly, params)
    sizes = {
        size: {key: there[size][key] for key in ("memory", "vcpus")} for size in dict.fromkeys(params["droplet_sizes"])
    }
    return {"lines": bill, "sentence": prices.price_text(bill), "sizes": sizes}


def main():
    """Run the module."""
    inform(
        DIGITALOCEAN,
        cost,
        region={"type": "str", "required": True},
        droplet_sizes={"type": "list", "elements": "str", "default": []},
        backups={"type": "bool", "default": False},
        database_size={"type": "str"},
        database_nodes={"type": "int", "default": 1},
        spaces={"type": "bool", "default": False},
    )


if __name__ == "__main__":
    main()
