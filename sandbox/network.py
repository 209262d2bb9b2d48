# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Docker networks with fixed subnets, which stand for VPCs."""

from __future__ import annotations

import json
import sys
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from .engine import EngineError, docker
from .say import SandboxError, say


def ensure(name: str, subnet: str, label: str) -> bool:
    """Ensure that the network exists; return whether it had to be created."""
    if name in docker("network", "ls", "--format", "{{.Name}}").splitlines():
        there = json.loads(docker("network", "inspect", name))[0]["IPAM"]["Config"]
        if subnet not in [config["Subnet"] for config in there]:
            raise SandboxError(
                f"Docker network {name} has subnet {there[0]['Subnet']}, not {subnet}: "
                "stop the sandbox that it belongs to, or choose another name"
            )
        return False
    if taken := interface_to(subnet):
        raise SandboxError(
            f"Network {name} cannot have {subnet}, which this machine already reaches through {taken}: "
            f"choose another, or remove the network of {taken}"
        )
    say(f"Create network {name}, {subnet}")
    try:
        docker("network", "create", "--subnet", subnet, "--label", label, name)
    except EngineError as error:
        raise SandboxError(
            f"Docker cannot create network {name} with subnet {subnet} ({error}): "
            "another network may use it; choose another"
        ) from error
    return True


def interface_to(subnet: str, routes: Path = Path("/proc/net/route")) -> str:
    """Return the interface through which this machine already reaches a subnet.

    A Docker engine that was killed leaves such bridges.
    """
    wanted = IPv4Network(subnet)
    for line in routes.read_text().splitlines()[1:]:
        interface, destination, _gateway, _flags, _references, _uses, _metric, mask = line.split()[:8]
        there = IPv4Network((_address(destination), str(_address(mask))))
        if there.prefixlen and there.overlaps(wanted):
            return interface
    return ""


def _address(number: str) -> IPv4Address:
    """Return an address from the kernel's notation: hexadecimal, in this machine's byte order."""
    return IPv4Address(int(number, 16).to_bytes(4, sys.byteorder))


def remove(label: str) -> None:
    """Remove the networks with this label."""
    for name in docker("network", "ls", "--filter", f"label={label}", "--format", "{{.Name}}").splitlines():
        say(f"Remove network {name}")
        try:
            docker("network", "rm", name)
        except EngineError as error:
            raise SandboxError(
                f"Network {name} cannot be removed ({error}): remove what else is in it, then stop again"
            ) from error
