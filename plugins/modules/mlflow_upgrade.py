#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_upgrade
short_description: Migrate MLflow's database to the schema of a release, with a copy as the way back
version_added: 0.1.0
description:
  - Closes the database to everybody but its owner, waits until nobody is logged in, copies it under another name,
    migrates it in one transaction, compares the rows of before and after, and opens it again.
  - If the migration fails or the rows differ, the copy takes the database's place before the module fails.
  - An upgrade that was interrupted is finished, or starts anew, whichever is right. The server itself knows by comments
    on the databases how far it was.
  - MLflow's service must be stopped on all hosts.
author:
  - the authors (@mlops)
options:
  release:
    description: What is noted on the copy about the release that ran until now.
    type: str
    default: ""
attributes:
  check_mode:
    description: Reports whether the schema would change.
    support: full
extends_documentation_fragment:
  - mlops.mlflow.owner
"""

EXAMPLES = r"""
- name: Migrate the database
  mlops.mlflow.mlflow_upgrade:
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow
    owner_user: mlflow_owner
    owner_password: "{{ vault_owner_password }}"
    release: 3.10.1-5e6f7a8b
  vars:
    ansible_python_interpreter: /opt/mlflow/releases/3.17.2-1a2b3c4d/bin/python
"""

RETURN = r"""
before:
  description: Revision of the schema that was found.
  type: str
  returned: success
  sample: 1b5f0d9ad7c1
after:
  description: Revision of the schema now.
  type: str
  returned: success
  sample: dc11669786a5
kept:
  description: Name of the copy; null if nothing was pending.
  type: str
  returned: success, outside check mode
  sample: mlflow_before_20261130t091500
seconds:
  description: How long the C(copying), the C(migration) and the C(comparison) took.
  type: dict
  returned: success, outside check mode
  sample: {copying: 4.1, migration: 9.9, comparison: 8.1}
rows:
  description: The number of rows of each table that was compared.
  type: dict
  returned: success, outside check mode
  sample: {runs: 100000, metrics: 5000000}
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner_module import run_as_owner
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import revisions
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.upgrade import found, upgrade


def work(owner, module):
    """Upgrade, or tell whether that is needed."""
    if module.check_mode:
        head, known = revisions()
        before = found(owner, head, known)
        return {"changed": before != head, "before": before, "after": head}
    result = upgrade(owner, module.params["release"])
    return {"changed": result["kept"] is not None} | result


def main():
    """Run the module."""
    run_as_owner(work, release={"type": "str", "default": ""})


if __name__ == "__main__":
    main()
