#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgresql_recovery
short_description: Start a restored PostgreSQL cluster, and wait until its recovery has ended
version_added: 0.1.0
description:
  - Starts one of Debian's clusters, and waits until it accepts connections. The cluster should be restored with
    C(hot_standby=off), so that it accepts them at the end of the recovery and not before.
  - If the server ends instead, the error is the reason from its log.
author:
  - the authors (@mlops)
options:
  version:
    description: Major version of the cluster, such as V(17).
    type: str
    required: true
  cluster:
    description: Name of the cluster.
    type: str
    default: main
  port:
    description: TCP port of the server.
    type: int
    default: 5432
  timeout:
    description: Maximum number of seconds to wait. A day of WAL usually takes some minutes.
    type: int
    default: 43200
  at_variable:
    description: What errors call the time that was to be restored.
    type: str
    default: postgresql_restore_to
attributes:
  check_mode:
    description: Does nothing.
    support: full
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Replay the WAL
  mlops.mlflow.postgresql_recovery:
    version: "17"
"""

RETURN = r"""
seconds:
  description: How long it took.
  type: float
  returned: success
  sample: 4.8
"""

import re
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql.pgbackrest import USER


class Server:
    """A cluster that is started and then watched."""

    def __init__(self, module):
        self.module, version, cluster = module, module.params["version"], module.params["cluster"]
        self.unit = f"postgresql@{version}-{cluster}.service"
        self.log = Path(f"/var/log/postgresql/postgresql-{version}-{cluster}.log")
        self.before = self.log.stat().st_size if self.log.exists() else 0

    def start(self):
        """Start the unit without waiting for the server, which systemd would do in the dark."""
        self.module.run_command(["systemctl", "start", "--no-block", self.unit], check_rc=True)

    def ready(self):
        """Return whether the server accepts connections."""
        asked = [*USER, "pg_isready", "--quiet", "--dbname=postgres"]
        return self.module.run_command([*asked, f"--port={self.module.params['port']}"], cwd="/")[0] == 0

    def ended(self):
        """Return whether the server has ended and is not about to start."""
        state = self.module.run_command(["systemctl", "show", "--property=ActiveState,Job", self.unit])[1]
        return not re.search(r"^(Job=[1-9]|ActiveState=(active|activating|reloading)$)", state, re.MULTILINE)

    def reason(self):
        """Return why the server ended."""
        with self.log.open("rb") as file:
            file.seek(self.before)
            said = file.read().decode(errors="replace")
        if "recovery ended before configured recovery target was reached" in said:
            last = re.findall(r"last completed transaction was at log time (.*)", said)
            until = f"at {last[-1]}" if last else "earlier"
            return f"{self.module.params['at_variable']}: the archive ends {until}; give a time before that, or latest"
        fatal = re.findall(r"\[\d+\] (?:FATAL|PANIC): +(.*)", said)  # of the server, not of a session
        return f"{self.unit} does not start ({fatal[-1] if fatal else f'see {self.log}'})"


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "version": {"type": "str", "required": True},
            "cluster": {"type": "str", "default": "main"},
            "port": {"type": "int", "default": 5432},
            "timeout": {"type": "int", "default": 43200},
            "at_variable": {"type": "str", "default": "postgresql_restore_to"},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, seconds=0.0)
    server, started = Server(module), time.monotonic()
    server.start()
    while not server.ready():
        if server.ended():
            module.fail_json(msg=server.reason())
        if time.monotonic() - started > module.params["timeout"]:
            module.fail_json(msg=f"{server.unit} has not ended its recovery after {module.params['timeout']} s")
        time.sleep(0.2)
    module.exit_json(changed=True, seconds=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    main()
