#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: parallel
short_description: Create several cloud resources in parallel and report progress
version_added: 0.1.0
description:
  - Runs modules of this collection with O(ignore:wait=false) until none of them has anything pending.
  - In the meantime it reports what it waits for, in which state that is, how long it has waited and how long that
    usually takes.
  - The next run finishes one that was interrupted and continues from there.
author:
  - the authors (@mlops)
options:
  things:
    description:
      - The resources to start, in this order, and then to wait for at the same time.
    type: list
    elements: dict
    required: true
    suboptions:
      module:
        description: The full name of the module.
        type: str
        required: true
      options:
        description: Its options. Those of C(module_defaults) are not applied, but the token, URL and CA of this task
          are.
        type: dict
        required: true
      usually:
        description: How long it usually takes, for the progress report.
        type: str
  timeout:
    description:
      - Maximum number of seconds to wait, in total.
    type: int
    default: 1800
  token:
    description:
      - API token for all modules; E(DIGITALOCEAN_TOKEN) sets it too.
    type: str
  api_url:
    description:
      - URL of the API for all modules; E(DIGITALOCEAN_API_URL) sets it too.
    type: str
  ca_file:
    description:
      - File of the CAs that can have signed the API's certificate, for all modules; E(DIGITALOCEAN_CA_FILE) sets it
        too.
    type: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - mlops.mlflow.attributes.action_group
"""

EXAMPLES = r"""
- name: Make the database cluster and the droplets (usually 5 min)
  mlops.mlflow.parallel:
    things:
      - module: mlops.mlflow.database_cluster
        options: {name: mlflow-production, region: ams3, size: db-s-1vcpu-2gb, num_nodes: 1, version: "17"}
        usually: a cluster takes 5 min
      - module: mlops.mlflow.droplet
        options: {names: [mlflow-1], region: ams3, size: s-2vcpu-4gb, image: debian-12-x64}
"""

RETURN = r"""
results:
  description: The last result of each module, in the order of O(things).
  type: list
  elements: dict
  returned: success
  sample: [{changed: false, database_cluster: {name: mlflow-production}, waits_for: {}}]
seconds:
  description: How long it took.
  type: int
  returned: success
  sample: 281
"""
