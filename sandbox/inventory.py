# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From an inventory to the machines it asks for: every host with the variable sandbox_suite is one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import rules
from .model import Environment, Leg, Machine
from .say import Refused


def load(path: str) -> Environment:
    """Read an inventory as Ansible does."""
    if not Path(path).exists():
        raise Refused(f"There is no inventory {path}")
    command = [Path(sys.executable).with_name("ansible-inventory"), "-i", path, "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"ansible-inventory cannot read {path}:\n{done.stderr.strip()}")
    return parse(json.loads(done.stdout)["_meta"]["hostvars"])


def parse(hostvars: dict[str, dict[str, Any]]) -> Environment:
    """Make an environment of the hosts' variables, or say at once all that is wrong with them."""
    wanted = {host: variables for host, variables in hostvars.items() if "sandbox_suite" in variables}
    if not wanted:
        raise Refused("No host of this inventory has the variable sandbox_suite: there is no machine to make")
    _refuse(sentence for host, variables in wanted.items() for sentence in rules.of_variables(host, variables))
    names = sorted({variables["sandbox_name"] for variables in wanted.values()})
    machines = tuple(_machine(host, variables) for host, variables in wanted.items())
    _refuse(sentence for machine in machines for leg in machine.legs for sentence in rules.of_leg(machine.host, leg))
    _refuse(rules.of_all(names, machines))
    return Environment(names[0], machines)


def _machine(host: str, variables: dict[str, Any]) -> Machine:
    return Machine(
        host=host,
        suite=variables["sandbox_suite"],
        user=variables["ansible_user"],
        address=variables["ansible_host"],
        legs=_legs(variables),
        network=variables["sandbox_network"]["name"],
        service=variables.get("sandbox_service", ""),
        memory=variables.get("sandbox_memory", ""),
    )


def _legs(variables: dict[str, Any]) -> tuple[Leg, ...]:
    """Return the legs in other networks, after that in the sandbox's own unless the host is reached over another."""
    own, address = variables["sandbox_network"], variables["ansible_host"]
    others = tuple(Leg(name, other["subnet"], other["address"]) for name, other in variables.get("sandbox_networks", {}).items())
    if address in [leg.address for leg in others]:
        return others
    return (Leg(own["name"], own["subnet"], address), *others)


def _refuse(sentences: Any) -> None:
    if wrong := list(dict.fromkeys(sentences)):
        raise Refused("\n".join(wrong))
