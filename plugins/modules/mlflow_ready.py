#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_ready
short_description: Wait until MLflow's service is ready, or say why it is not
version_added: 0.1.0
description:
  - Waits on MLflow's host until systemd has started the service, and the database and the artifact store answer through
    its socket.
  - Ends at once if waiting is useless, that is, if the service has since ended twice, has failed or was stopped, or has
    answered three times that the database or the artifact store does not work. The error says which of these is the
    case, and ends with the last lines that the service wrote to the journal.
author:
  - the authors (@mlops)
options:
  unit:
    description: The service, of C(Type=notify).
    type: str
    default: mlflow.service
  socket:
    description: The Unix socket that it listens on.
    type: path
    default: /run/mlflow.sock
  host:
    description: A name that MLflow accepts in a request's C(Host), one of its C(--allowed-hosts).
    type: str
    default: localhost
  timeout:
    description: Maximum number of seconds to wait. The default is the time that the unit itself has to start.
    type: int
    default: 180
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Wait until MLflow is ready
  mlops.mlflow.mlflow_ready:
    socket: /run/mlflow.sock
    timeout: 180
"""

RETURN = r"""
part:
  description: Which part does not work, C(service), C(database) or C(artifact store).
  type: str
  returned: failure
  sample: database
journal:
  description: The last lines that the service wrote, at most 8.
  type: list
  elements: str
  returned: failure
  sample: ["Error: No such option: --no-such-option"]
seconds:
  description: How long it took.
  type: float
  returned: always
  sample: 5.2
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.service import Service, Unready


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "unit": {"type": "str", "default": "mlflow.service"},
            "socket": {"type": "path", "default": "/run/mlflow.sock"},
            "host": {"type": "str", "default": "localhost"},
            "timeout": {"type": "int", "default": 180},
        },
        supports_check_mode=True,
    )
    service, start = Service(module.run_command, **module.params), time.monotonic()
    try:
        service.wait()
    except Unready as error:
        journal = service.journal()
        end = f" The end of its journal: {' | '.join(journal)}" if journal else " Its journal is empty."
        module.fail_json(
            msg=f"{error}{service.hint(journal)}{end}",
            part=error.part,
            journal=journal,
            seconds=round(time.monotonic() - start, 1),
        )
    module.exit_json(changed=False, seconds=round(time.monotonic() - start, 1))


if __name__ == "__main__":
    main()
