# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Docker networks with fixed subnets: what a VPC is to a droplet."""

from __future__ import annotations

import json

from .engine import EngineError, docker
from .say import Refused, say


def ensure(name: str, subnet: str, label: str) -> bool:
    """Have the network; return whether it had to be made."""
    if name in docker("network", "ls", "--format", "{{.Name}}").splitlines():
        there = json.loads(docker("network", "inspect", name))[0]["IPAM"]["Config"]
        if subnet not in [config["Subnet"] for config in there]:
            raise Refused(f"Docker network {name} has subnet {there[0]['Subnet']}, not {subnet}: stop that sandbox, or choose another name")
        return False
    say(f"Create network {name}, {subnet}")
    try:
        docker("network", "create", "--subnet", subnet, "--label", label, name)
    except EngineError as error:
        raise Refused(f"Docker cannot make network {name} with subnet {subnet} ({error}): another network may have it; choose another") from error
    return True


def remove(label: str) -> None:
    """Remove the networks with this label."""
    for name in docker("network", "ls", "--filter", f"label={label}", "--format", "{{.Name}}").splitlines():
        say(f"Remove network {name}")
        try:
            docker("network", "rm", name)
        except EngineError as error:
            raise Refused(f"Network {name} stays ({error}): remove what else is in it, then stop again") from error
