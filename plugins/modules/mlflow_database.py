#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_database
short_description: Migrate MLflow's database to the schema of the installed release
version_added: 0.1.0
description:
  - Logs in as MLflow's user, makes sure that there is room for its connections, checks that it can create tables by
    creating and dropping one, and migrates an empty database to the schema of the release of the module's interpreter.
  - Several hosts can do so at once, because an advisory lock admits one at a time. The lock needs a direct connection,
    not one through a pooler in transaction mode.
  - A database that is newer than the release, or older and not empty, is refused and left unchanged.
  - MLflow's own lock is a file on the host, and its server migrates an older database when it starts, without being
    asked (observed with 3.17.2).
author:
  - the authors (@mlops)
options:
  uri:
    description: URI of the backend store, or the directory of a file store.
    type: str
    required: true
  passfile:
    description: File with the password, libpq's C(PGPASSFILE) or MySQL's option file.
    type: path
  owner_user:
    description:
      - A PostgreSQL user who can grant rights on schema public. If it is given, MLflow's user is granted what it lacks.
      - If MLflow's user was deleted and created again, the tables that O(owner_user) now owns are given back to it. If
        the server does not allow a change of owner, the user is granted all rights on them.
    type: str
  owner_password:
    description: Password of O(owner_user).
    type: str
  connections:
    description: Number of connections that MLflow can open in total. If it is given, the server must have room for
      them.
    type: int
requirements:
  - mlflow (the interpreter of the release)
attributes:
  check_mode:
    description:
      - Reports whether the schema would change. A database that does not accept the login or has no room causes only a
        warning, with the reason, because other tasks of the same run may correct that.
    support: full
"""

EXAMPLES = r"""
- name: Bring the database to the schema of the release
  mlops.mlflow.mlflow_database:
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow?sslmode=verify-full&sslrootcert=/etc/mlflow/database-ca.crt
    passfile: /etc/mlflow/credentials/pgpass
    connections: 38
  vars:
    ansible_python_interpreter: /opt/mlflow/current/bin/python
"""

RETURN = r"""
before:
  description: Revision of the schema that was found; null if there was none.
  type: str
  returned: success
after:
  description: Revision of the schema now; null for a file store.
  type: str
  returned: success
granted:
  description: Whether rights on schema public or on MLflow's tables had to be granted.
  type: bool
  returned: success
retry:
  description: Whether the database may still answer, so that it makes sense to try again.
  type: bool
  returned: failure
"""

import os
import traceback

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.backend_store import database, file_store
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import Unreachable, Unusable


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "uri": {"type": "str", "required": True, "no_log": True},
            "passfile": {"type": "path"},
            "owner_user": {"type": "str"},
            "owner_password": {"type": "str", "no_log": True},
            "connections": {"type": "int"},
        },
        required_by={"owner_user": ["owner_password"]},
        supports_check_mode=True,
    )
    options = module.params
    os.environ["PGPASSFILE"] = options["passfile"] or ""
    try:
        if "://" in options["uri"]:
            result = database(
                options["uri"],
                options["passfile"],
                (options["owner_user"], options["owner_password"]),
                options["connections"],
                module.check_mode,
            )
        else:
            result = file_store()
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name or "mlflow"), exception=traceback.format_exc())
    except Refused as error:
        if module.check_mode and isinstance(error, Unusable):
            module.warn(f"The database cannot be looked at, so what would change in it is not shown. {error}")
            module.exit_json(changed=False, before=None, after=None, granted=False)
        module.fail_json(msg=str(error), retry=isinstance(error, Unreachable))
    module.exit_json(changed=result["granted"] or result["before"] != result["after"], **result)


if __name__ == "__main__":
    main()
