#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_rehearsal
short_description: Prove a dump of MLflow's database, and rehearse the migration to another release on it
version_added: 0.1.0
description:
  - Restores a dump to a scratch database on the same server and compares the rows with the fingerprint that was taken
    with the dump. Then it migrates the scratch database to the schema of the release of the module's interpreter,
    compares again, and drops it. MLflow serves meanwhile.
author:
  - the authors (@mlops)
options:
  path:
    description: The dump, in PostgreSQL's custom format.
    type: path
    required: true
  tables:
    description: The fingerprint, as M(mlops.mlflow.mlflow_dump) returned it.
    type: dict
    required: true
attributes:
  check_mode:
    description: Restores nothing.
    support: full
extends_documentation_fragment:
  - mlops.mlflow.owner
"""

EXAMPLES = r"""
- name: Rehearse the migration
  mlops.mlflow.mlflow_rehearsal:
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow
    owner_user: mlflow_owner
    owner_password: "{{ vault_owner_password }}"
    path: /var/backups/mlflow/before.dump
    tables: "{{ __dumped.tables }}"
  vars:
    ansible_python_interpreter: /opt/mlflow/releases/3.17.2-1a2b3c4d/bin/python
"""

RETURN = r"""
seconds:
  description: How long the C(restoration), the C(migration) and the C(comparison) took.
  type: dict
  returned: success, outside check mode
  sample: {restoration: 61.2, migration: 9.9, comparison: 8.1}
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner_module import run_as_owner
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.rehearsal import rehearse


def work(owner, module):
    """Rehearse; nothing is left of it."""
    if module.check_mode:
        return {"changed": False}
    return {"changed": False} | rehearse(owner, module.params["path"], module.params["tables"], module.run_command)


def main():
    """Run the module."""
    run_as_owner(work, path={"type": "path", "required": True}, tables={"type": "dict", "required": True})


if __name__ == "__main__":
    main()
