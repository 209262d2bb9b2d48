# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What modules have in common that act as the owner of MLflow's database."""

from __future__ import annotations

import os
import traceback

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import Unreachable, why
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner import Owner

OWNER = {
    "uri": {"type": "str", "required": True, "no_log": True},
    "owner_user": {"type": "str", "required": True},
    "owner_password": {"type": "str", "required": True, "no_log": True},
}


def run_as_owner(work, **options):
    """Run a module: `work` takes the owner and the module, and returns the result."""
    module = AnsibleModule(argument_spec=OWNER | options, supports_check_mode=True)
    os.umask(0o077)
    try:
        owner = Owner(*(module.params[option] for option in OWNER))
        try:
            result = work(owner, module)
        except owner.sa.exc.ProgrammingError as error:
            raise Refused(
                f"mlflow_database_owner_user: {owner.url.username} lacks rights in {owner.database} ({why(error)}); "
                "make it the owner of the database and of MLflow's tables"
            ) from error
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name or "mlflow"), exception=traceback.format_exc())
    except Refused as error:
        module.fail_json(msg=str(error), retry=isinstance(error, Unreachable))
    module.exit_json(**result)
