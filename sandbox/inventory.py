# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From an inventory to the machines it asks for: every host with the variable sandbox_suite is one."""

from __future__ import annotations

import ipaddress
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .say import Refused

SUITES = ("bookworm", "trixie")
SERVICES = ("s3",)
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
MEMORY = re.compile(r"[1-9][0-9]*[mg]")


@dataclass(frozen=True)
class Leg:
    """A machine's place in a network."""

    network: str
    subnet: str
    address: str


@dataclass(frozen=True)
class Machine:
    """What the inventory says of one machine."""

    host: str
    suite: str
    user: str
    address: str
    legs: tuple[Leg, ...]
    prefix: str
    service: str = ""
    memory: str = ""

    @property
    def container(self) -> str:
        """The name of its container."""
        return f"{self.prefix}-{self.host}"


@dataclass(frozen=True)
class Environment:
    """The machines of one inventory, and the name under which their keys are kept."""

    name: str
    machines: tuple[Machine, ...]

    def only(self, hosts: list[str]) -> tuple[Machine, ...]:
        """Return the machines of these hosts, or all when none is named."""
        known = {machine.host: machine for machine in self.machines}
        if strangers := [host for host in hosts if host not in known]:
            raise Refused(f"{', '.join(strangers)}: no such machine in this inventory; it has {', '.join(known)}")
        return tuple(known[host] for host in dict.fromkeys(hosts)) or self.machines


def load(path: str) -> Environment:
    """Read an inventory as Ansible does."""
    if not Path(path).exists():
        raise Refused(f"There is no inventory {path}")
    command = [str(Path(sys.executable).with_name("ansible-inventory")), "-i", path, "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"ansible-inventory cannot read {path}:\n{done.stderr.strip()}")
    return parse(json.loads(done.stdout)["_meta"]["hostvars"])


def parse(hostvars: dict[str, dict[str, Any]]) -> Environment:
    """Make an environment of hosts' variables, or say all that is wrong with them at once."""
    wanted = {host: variables for host, variables in hostvars.items() if "sandbox_suite" in variables}
    if not wanted:
        raise Refused("No host of this inventory has the variable sandbox_suite: there is no machine to make")
    wrong = [sentence for host, variables in wanted.items() for sentence in _wrong(host, variables)]
    if not wrong:
        names = {variables["sandbox_name"] for variables in wanted.values()}
        machines = tuple(_machine(host, variables) for host, variables in wanted.items())
        wrong = _wrong_together(names, machines)
    if wrong:
        raise Refused("\n".join(wrong))
    return Environment(names.pop(), machines)


def _machine(host: str, variables: dict[str, Any]) -> Machine:
    return Machine(
        host=host,
        suite=variables["sandbox_suite"],
        user=variables["ansible_user"],
        address=variables["ansible_host"],
        legs=tuple(_legs(variables)),
        prefix=variables["sandbox_network"]["name"],
        service=variables.get("sandbox_service", ""),
        memory=variables.get("sandbox_memory", ""),
    )


def _legs(variables: dict[str, Any]) -> list[Leg]:
    """Return the leg in the main network, where the host's address lies in it, and those of sandbox_networks."""
    main, address = variables["sandbox_network"], variables["ansible_host"]
    others = [Leg(name, other["subnet"], other["address"]) for name, other in variables.get("sandbox_networks", {}).items()]
    if address in [leg.address for leg in others]:
        return others
    return [Leg(main["name"], main["subnet"], address), *others]


def _wrong(host: str, variables: dict[str, Any]) -> list[str]:
    """Return what is wrong with one host's variables by themselves."""
    shape = [
        (isinstance(variables.get(name), kind), f"{host}: {name} is missing or of the wrong kind; write it like {example}")
        for name, kind, example in (
            ("ansible_host", str, "10.42.0.11"),
            ("ansible_user", str, "deploy"),
            ("sandbox_name", str, "local"),
            ("sandbox_network", dict, "{name: mlflow-local, subnet: 10.42.0.0/24}"),
        )
    ]
    networks = {"sandbox_network": variables.get("sandbox_network", {}), **variables.get("sandbox_networks", {})}
    shape += [
        (isinstance(network, dict) and all(isinstance(network.get(key), str) for key in keys), f"{host}: network {name} needs {' and '.join(keys)}")
        for name, network in networks.items()
        for keys in [("name", "subnet") if name == "sandbox_network" else ("subnet", "address")]
    ]
    if wrong := [sentence for good, sentence in shape if not good]:
        return wrong
    if templated := [name for name, value in variables.items() if "{{" in str(value) and (name == "ansible_host" or name in PLAIN)]:
        return [f"{host}: {', '.join(templated)} must be plain values here, without {{{{ }}}}"]
    values = [
        (NAME.fullmatch(host), f"{host} is no host name: use small letters, digits and hyphens"),
        (NAME.fullmatch(variables["sandbox_name"]), f"sandbox_name: {variables['sandbox_name']} must be of small letters, digits and hyphens"),
        (variables["sandbox_suite"] in SUITES, f"{host}: sandbox_suite {variables['sandbox_suite']} is not known; choose {' or '.join(SUITES)}"),
        (variables.get("sandbox_service", "s3") in SERVICES, f"{host}: sandbox_service {variables.get('sandbox_service')} is not known; there is s3"),
        (
            variables.get("sandbox_service") != "s3" or variables["sandbox_suite"] == "trixie",
            f"{host}: the S3 server needs sandbox_suite trixie",
        ),
        (MEMORY.fullmatch(str(variables.get("sandbox_memory", "1g"))), f"{host}: sandbox_memory {variables.get('sandbox_memory')}: write it like 512m or 2g"),
    ]
    return [sentence for good, sentence in values if not good] + [sentence for leg in _legs(variables) for sentence in _wrong_leg(host, leg)]


PLAIN = ("ansible_user", "sandbox_name", "sandbox_suite", "sandbox_network", "sandbox_networks", "sandbox_service", "sandbox_memory")


def _wrong_leg(host: str, leg: Leg) -> list[str]:
    try:
        subnet = ipaddress.IPv4Network(leg.subnet)
    except ValueError as error:
        return [f"Network {leg.network}: {error}; write the subnet like 10.42.0.0/24"]
    try:
        address = ipaddress.IPv4Address(leg.address)
    except ValueError:
        return [f"{host}: {leg.address} is no IPv4 address; write it like {subnet[11] if subnet.num_addresses > 11 else subnet[2]}"]
    if address not in subnet:
        return [f"{host}: {address} is outside network {leg.network} ({subnet}); give it an address of that subnet"]
    if address in (subnet[0], subnet[1], subnet[-1]):
        return [f"{host}: {address} is network {leg.network}'s own, its gateway's or its broadcast address; choose another of {subnet}"]
    return []


def _wrong_together(names: set[str], machines: tuple[Machine, ...]) -> list[str]:
    """Return what is wrong with the machines of an environment among each other."""
    legs = [leg for machine in machines for leg in machine.legs]
    wrong = [f"sandbox_name differs between hosts ({', '.join(sorted(names))}): one inventory is one sandbox"] if len(names) > 1 else []
    for address, count in Counter(leg.address for leg in legs).items():
        if count > 1:
            wrong.append(f"{address} is given to {', '.join(m.host for m in machines if address in [leg.address for leg in m.legs])}; each needs its own")
    subnets = {(leg.network, leg.subnet) for leg in legs}
    for network, count in Counter(network for network, _subnet in subnets).items():
        if count > 1:
            wrong.append(f"Network {network} has several subnets: {', '.join(sorted(subnet for name, subnet in subnets if name == network))}")
    for one, other in [(a, b) for a in subnets for b in subnets if a[0] < b[0]]:
        if ipaddress.IPv4Network(one[1]).overlaps(ipaddress.IPv4Network(other[1])):
            wrong.append(f"Networks {one[0]} ({one[1]}) and {other[0]} ({other[1]}) overlap")
    servers = [machine.host for machine in machines if machine.service == "s3"]
    if len(servers) > 1:
        wrong.append(f"{', '.join(servers)} are all S3 servers; an inventory has one")
    return wrong
