# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read an inventory: hosts with the variable sandbox_suite are machines, and sandbox_cloud is the cloud account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import rules
from .model import Account, Environment, Interface, Machine
from .say import SandboxError


def load(path: str) -> Environment:
    """Read an inventory as Ansible does, without the hosts that only the cloud knows."""
    if not Path(path).exists():
        raise SandboxError(f"There is no inventory {path}")
    command = [Path(sys.executable).with_name("ansible-inventory"), "-i", path, "--list"]
    environment = os.environ | {"ANSIBLE_INVENTORY_IGNORE_REGEX": r"digitalocean\.ya?ml$"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SandboxError(f"ansible-inventory cannot read {path}:\n{done.stderr.strip()}")
    return parse(json.loads(done.stdout)["_meta"]["hostvars"])


def parse(hostvars: dict[str, dict[str, Any]]) -> Environment:
    """Return the environment that the hosts' variables describe; raise SandboxError with all mistakes at once."""
    wanted = {host: variables for host, variables in hostvars.items() if "sandbox_suite" in variables}
    account = _account(hostvars)
    if not wanted and not account:
        raise SandboxError(
            "No host of this inventory has the variable sandbox_suite or sandbox_cloud: there is nothing to create"
        )
    _refuse(sentence for host, variables in wanted.items() for sentence in rules.of_variables(host, variables))
    names = sorted(
        {
            variables["sandbox_name"]
            for variables in hostvars.values()
            if {"sandbox_suite", "sandbox_cloud"} & variables.keys()
        }
    )
    machines = tuple(_machine(host, variables) for host, variables in wanted.items())
    _refuse(
        sentence
        for machine in machines
        for interface in machine.interfaces
        for sentence in rules.of_interface(machine.host, interface)
    )
    _refuse(rules.of_all(names, machines, account))
    return Environment(names[0], machines, account)


def _account(hostvars: dict[str, dict[str, Any]]) -> Account | None:
    """Return the cloud account, which must be the same for all hosts that have one."""
    having = [variables for variables in hostvars.values() if "sandbox_cloud" in variables]
    _refuse(
        sentence
        for variables in having
        for sentence in rules.of_account(variables["sandbox_cloud"], variables.get("sandbox_name"))
    )
    found = {json.dumps(variables["sandbox_cloud"], sort_keys=True) for variables in having}
    if len(found) > 1:
        raise SandboxError(
            f"sandbox_cloud is {' and '.join(sorted(found))}: an inventory has one account; set it once for all hosts"
        )
    if not having:
        return None
    cloud = having[0]["sandbox_cloud"]
    options = {key: cloud[key] for key in ("delays", "limit_memory") if key in cloud}
    return Account(cloud["public"]["network"], cloud["public"]["subnet"], cloud["port"], **options)


def _machine(host: str, variables: dict[str, Any]) -> Machine:
    return Machine(
        host=host,
        suite=variables["sandbox_suite"],
        user=variables["ansible_user"],
        address=variables["ansible_host"],
        interfaces=_interfaces(variables),
        network=variables["sandbox_network"]["name"],
        service=variables.get("sandbox_service", ""),
        memory=variables.get("sandbox_memory", ""),
    )


def _interfaces(variables: dict[str, Any]) -> tuple[Interface, ...]:
    """Return the interface in the sandbox's own network, and then those in other networks.

    The first is left out if the host is reached over another.
    """
    own, address = variables["sandbox_network"], variables["ansible_host"]
    others = tuple(
        Interface(name, other["subnet"], other["address"])
        for name, other in variables.get("sandbox_networks", {}).items()
    )
    if address in [interface.address for interface in others]:
        return others
    return (Interface(own["name"], own["subnet"], address), *others)


def _refuse(sentences: Any) -> None:
    if wrong := list(dict.fromkeys(sentences)):
        raise SandboxError("\n".join(wrong))
