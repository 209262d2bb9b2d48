#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_dump
short_description: Dump MLflow's database and record a fingerprint of its contents
version_added: 0.1.0
description:
  - Dumps the database to a file. MLflow can keep writing meanwhile. Returns the row counts and checksums of MLflow's
    tables from the same snapshot, so that a restored database can be compared with them.
  - Reads the whole dump back with C(pg_restore) before it reports success.
  - The host's C(pg_dump) must not be older than the server.
author:
  - the authors (@mlops)
options:
  uri:
    description: URI of the backend store, without a password. Only PostgreSQL is dumped.
    type: str
    required: true
  passfile:
    description: File with the password, libpq's C(PGPASSFILE).
    type: path
  path:
    description: File to write the dump to, in PostgreSQL's custom format, with mode 0600. Its directory must exist.
    type: path
    required: true
requirements:
  - mlflow (the interpreter of the release)
  - pg_dump and pg_restore
attributes:
  check_mode:
    description: Dumps nothing.
    support: full
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Dump the database
  mlops.mlflow.mlflow_dump:
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow?sslmode=verify-full&sslrootcert=/etc/mlflow/database-ca.crt
    passfile: /etc/mlflow/credentials/pgpass
    path: /var/lib/mlflow-dump/mlflow.dump
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
"""

RETURN = r"""
mlflow:
  description: Version of the release whose interpreter runs the module.
  type: str
  returned: success, outside check mode
  sample: 3.17.2
revision:
  description: Revision of the schema; null if the database has none.
  type: str
  returned: success, outside check mode
  sample: dc11669786a5
tables:
  description:
    - The row count and checksum of each of MLflow's tables. The checksum does not depend on the order of the rows, and
      stays the same after a restore or an upgrade of MLflow.
  type: dict
  returned: success, outside check mode
  sample: {runs: {rows: 12, checksum: "5764607523034234879"}}
bytes:
  description: Size of the dump, in bytes.
  type: int
  returned: success, outside check mode
  sample: 148000000
database_bytes:
  description: Size of the database on its server, in bytes.
  type: int
  returned: success, outside check mode
  sample: 1500000000
"""

import os
import traceback

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import dump


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "uri": {"type": "str", "required": True, "no_log": True},
            "passfile": {"type": "path"},
            "path": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True)
    os.environ |= {"PGPASSFILE": module.params["passfile"] or "", "PGCONNECT_TIMEOUT": "15"}
    os.umask(0o077)
    try:
        result = dump(module.params["uri"], module.params["path"], module.run_command)
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name or "mlflow"), exception=traceback.format_exc())
    except Refused as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True, **result)


if __name__ == "__main__":
    main()
