#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_copy
short_description: Go back to a kept copy of MLflow's database, or drop copies that are old
version_added: 0.1.0
description:
  - With O(state=restored), a copy that M(mlops.mlflow.mlflow_upgrade) has kept takes the place of the database, which
    is kept under another name. Both are renamed in one transaction, so it takes the same time whatever the size is.
  - An upgrade that was interrupted is undone. A database that has O(revision) already is left alone.
  - MLflow's service must be stopped on all hosts, except in check mode.
author:
  - the authors (@mlops)
options:
  state:
    description: V(restored) goes back, V(absent) drops copies that are older than O(keep_days).
    type: str
    choices: [restored, absent]
    required: true
  revision:
    description: Revision of the schema to go back to. Required with O(state=restored).
    type: str
  discard:
    description:
      - Whether to go back even if rows were written since the copy was made. They stay behind in the database that is
        kept under another name.
    type: bool
    default: false
  keep_days:
    description: Age in days up to which copies stay. Required with O(state=absent).
    type: float
attributes:
  check_mode:
    description: Tells what would be done, and refuses what would be refused.
    support: full
extends_documentation_fragment:
  - mlops.mlflow.owner
"""

EXAMPLES = r"""
- name: Go back to the database from before the upgrade
  mlops.mlflow.mlflow_copy:
    state: restored
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow
    owner_user: mlflow_owner
    owner_password: "{{ vault_owner_password }}"
    revision: 1b5f0d9ad7c1
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
"""

RETURN = r"""
needed:
  description: Whether the database is not as it was before, so that something has to be done.
  type: bool
  returned: success, with O(state=restored)
interrupted:
  description: Whether an upgrade was interrupted, and is undone.
  type: bool
  returned: success, with O(state=restored)
revision:
  description: Revision of the schema now.
  type: str
  returned: success, with O(state=restored)
written:
  description: By how many rows the tables that were written to since the copy was made differ from it.
  type: dict
  returned: success, with O(state=restored)
  sample: {runs: 3, metrics: 120}
left:
  description: The name of the database that was used until now; null if it was not replaced.
  type: str
  returned: success, with O(state=restored)
  sample: mlflow_left_20261130t101500
dropped:
  description: The names of the copies that were dropped.
  type: list
  elements: str
  returned: success, with O(state=absent)
  sample: [mlflow_before_20261116t091500]
"""

from datetime import UTC, datetime, timedelta

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner_module import run_as_owner
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.way_back import go_back


def work(owner, module):
    """Go back, or tidy up."""
    if module.params["state"] == "restored":
        return go_back(owner, module.params["revision"], module.params["discard"], module.check_mode)
    oldest = datetime.now(UTC) - timedelta(days=module.params["keep_days"])
    with owner.server() as server, server.exclusively():
        old = [each["name"] for each in server.copies() if each["made"] < f"{oldest:%Y-%m-%dT%H:%M:%SZ}"]
        for name in old if not module.check_mode else ():
            server.drop(name)
    return {"changed": bool(old), "dropped": old}


def main():
    """Run the module."""
    run_as_owner(
        work,
        state={"type": "str", "choices": ["restored", "absent"], "required": True},
        revision={"type": "str"},
        discard={"type": "bool", "default": False},
        keep_days={"type": "float"},
    )


if __name__ == "__main__":
    main()
