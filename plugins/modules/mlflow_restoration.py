#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_restoration
short_description: Restore a dump of MLflow's database beside it, and let that take its place
version_added: 0.1.0
description:
  - With O(state=beside), restores a dump to a new database on the same server, compares all rows with the fingerprint
    that was taken with the dump, and migrates it to the schema of the release. MLflow serves meanwhile.
  - With O(state=switched), that database takes the place of MLflow's, which is kept under another name. Both are
    renamed in one transaction. MLflow's service must be stopped on all hosts.
  - A database that holds runs is not replaced unless O(discard) is set.
author:
  - the authors (@mlops)
options:
  state:
    description: V(accepted) only refuses what cannot be restored, V(beside) restores, V(switched) renames.
    type: str
    choices: [accepted, beside, switched]
    required: true
  path:
    description: The dump, in PostgreSQL's custom format. Required with O(state=beside).
    type: path
  about:
    description: What was noted about the dump, as M(mlops.mlflow.mlflow_dump) returned it. Required with
      O(state=beside).
    type: dict
    default: {}
  name:
    description: The restored database, as O(state=beside) returned it. Required with O(state=switched).
    type: str
  discard:
    description: Whether to replace a database that holds runs. It is kept under another name.
    type: bool
    default: false
attributes:
  check_mode:
    description: Restores nothing, and refuses what would be refused.
    support: full
extends_documentation_fragment:
  - mlops.mlflow.owner
"""

EXAMPLES = r"""
- name: Restore the dump beside the database
  mlops.mlflow.mlflow_restoration:
    state: beside
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow
    owner_user: mlflow_owner
    owner_password: "{{ vault_owner_password }}"
    path: /var/lib/mlflow-backup/restore/database.dump
    about: "{{ __about.database }}"
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
"""

RETURN = r"""
name:
  description: The name of the restored database.
  type: str
  returned: success, with O(state=beside), outside check mode
  sample: mlflow_restored_20261130t101500
rows:
  description: Number of rows, by table.
  type: dict
  returned: success, with O(state=beside), outside check mode
  sample: {runs: 12, metrics: 480}
seconds:
  description: How long the C(restoration) and the C(migration) took.
  type: dict
  returned: success, with O(state=beside), outside check mode
  sample: {restoration: 24.1, migration: 0.1}
left:
  description: The name of the database that was used until now.
  type: str
  returned: success, with O(state=switched), outside check mode
  sample: mlflow_left_20261130t101500
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner_module import run_as_owner
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.restoration import accept, beside, switch


def work(owner, module):
    """Refuse, restore or rename."""
    given = module.params
    accept(owner, given["about"], given["discard"])
    if module.check_mode or given["state"] == "accepted":
        return {"changed": given["state"] != "accepted"}
    if given["state"] == "beside":
        return {"changed": True} | beside(owner, given["path"], given["about"], module.run_command)
    return {"changed": True, "left": switch(owner, given["name"])}


def main():
    """Run the module."""
    run_as_owner(
        work,
        state={"type": "str", "choices": ["accepted", "beside", "switched"], "required": True},
        path={"type": "path"},
        about={"type": "dict", "default": {}},
        name={"type": "str"},
        discard={"type": "bool", "default": False},
    )


if __name__ == "__main__":
    main()
