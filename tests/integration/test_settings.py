# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings arrive at MLflow as the inventory has them."""

from __future__ import annotations

import json
import subprocess

from ansible_collections.mlops.mlflow.tests.integration import lab


def given(name):
    """Return a variable as Ansible reads it from the inventory."""
    command = [lab.ROOT / ".venv/bin/ansible-inventory", "-i", lab.INVENTORY, "--host", "mlflow-1"]
    return json.loads(subprocess.run(command, cwd=lab.ROOT, capture_output=True, check=True).stdout)[name]


def test_server_options_arrive_as_they_are_given(deployed):
    pid = lab.run("systemctl", "show", "--property=MainPID", "--value", "mlflow.service").strip()
    arguments = lab.run("cat", f"/proc/{pid}/cmdline").split("\0")
    assert arguments[arguments.index("server") + 1 : -1] == given("mlflow_server_options")
