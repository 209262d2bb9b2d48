# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what the facts of a droplet will be before there is one. Documented in plugins/modules/planned_facts.py."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.droplets import SYSTEMS

RESERVED_MB = 100  # of the size's memory, which the kernel keeps for itself


class ActionModule(ActionBase):
    """Work without a connection, as there is nothing to connect to."""

    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return the facts."""
        result = super().run(tmp, task_vars)
        options = {
            "image": {"type": "str", "required": True},
            "memory": {"type": "int", "required": True},
            "vcpus": {"type": "int", "required": True},
        }
        _ignored, args = self.validate_argument_spec(
            options | {"addresses": {"type": "list", "elements": "str", "default": []}}
        )
        name, version, release = SYSTEMS.get(args["image"].removesuffix("-x64"), (args["image"], "", ""))
        facts = {
            "planned": True,
            "distribution": name,
            "distribution_version": version,
            "distribution_major_version": version.partition(".")[0],
            "distribution_release": release,
            "architecture": "x86_64",
            "memtotal_mb": args["memory"] - RESERVED_MB,
            "processor_vcpus": args["vcpus"],
            "all_ipv4_addresses": args["addresses"],
            "all_ipv6_addresses": [],
        }
        return result | {"changed": False, "ansible_facts": facts}
