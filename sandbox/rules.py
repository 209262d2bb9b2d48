# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with an inventory: each rule yields sentences with the host, the value and the cure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Any

from .model import Account, Interface, Machine

EXAMPLES = {
    "sandbox_name": "local",
    "sandbox_network": {"name": "mlflow-local", "subnet": "10.42.0.0/24"},
    "sandbox_networks": {"outside": {"subnet": "10.43.0.0/24", "address": "10.43.0.11"}},
    "sandbox_suite": "bookworm",
    "sandbox_service": "s3",
    "sandbox_memory": "2g",
    "ansible_host": "10.42.0.11",
    "ansible_user": "deploy",
}
ACCOUNT = {"public": {"network": "mlflow-local-public", "subnet": "10.42.0.0/24"}, "port": 8443}
DELAYS = ("none", "lifelike")
OPTIONAL = ("sandbox_networks", "sandbox_service", "sandbox_memory")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
CHOICES = {
    "sandbox_name": (LABEL, "use lower-case letters, digits and hyphens"),
    "sandbox_suite": (re.compile("bookworm|trixie"), "choose bookworm or trixie"),
    "sandbox_service": (re.compile("s3"), "choose s3, or leave it out"),
    "sandbox_memory": (re.compile(r"[1-9][0-9]*[mg]"), "use a size such as 512m or 2g"),
    "ansible_user": (re.compile(r"[a-z_][a-z0-9_-]{0,31}"), "use a plain user name such as deploy"),
}


def of_variables(host: str, variables: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the variables of one host."""
    shapeless = list(_of_shape(host, variables))
    yield from shapeless
    if shapeless:
        return
    if not LABEL.fullmatch(host):
        yield f"{host} is not a host name: use lower-case letters, digits and hyphens"
    for name, (pattern, cure) in CHOICES.items():
        if name in variables and not pattern.fullmatch(variables[name]):
            yield f"{host}: {name} {variables[name]} is not valid: {cure}"
    if variables.get("sandbox_service") == "s3" and variables["sandbox_suite"] != "trixie":
        yield f"{host}: the S3 server needs sandbox_suite trixie"


def of_account(account: Any, name: Any) -> Iterator[str]:
    """Yield what is wrong with sandbox_cloud, and with sandbox_name beside it."""
    if not isinstance(name, str) or not LABEL.fullmatch(name):
        yield (
            f"sandbox_name {name} is not valid with sandbox_cloud: "
            "use lower-case letters, digits and hyphens, such as local"
        )
    options = {"delays": "none", "limit_memory": False}
    wanted = ACCOUNT | {key: options[key] for key in options if isinstance(account, dict) and key in account}
    if not _has_form(account, wanted) or "{{" in str(account):
        yield (
            f"sandbox_cloud does not have the expected form: use a value such as {ACCOUNT} "
            "(delays and limit_memory are optional), without {{ }}"
        )
        return
    if account.get("delays", "none") not in DELAYS:
        yield f"sandbox_cloud: delays {account['delays']} is not valid: choose {' or '.join(DELAYS)}"
    if not 1024 <= account["port"] <= 65535:
        yield f"sandbox_cloud: port {account['port']} is not valid: choose one from 1024 to 65535, such as 8443"
    try:
        subnet = IPv4Network(account["public"]["subnet"])
    except ValueError as error:
        yield f"sandbox_cloud: {error}: use CIDR notation such as 10.42.0.0/24"
        return
    if subnet.prefixlen > 28:
        yield f"sandbox_cloud: {subnet} is too small for droplets and databases: use /28 or larger"


def of_interface(host: str, interface: Interface) -> Iterator[str]:
    """Yield what is wrong with one interface."""
    try:
        subnet = IPv4Network(interface.subnet)
    except ValueError as error:
        yield f"Network {interface.network}: {error}: use CIDR notation such as 10.42.0.0/24"
        return
    if subnet.prefixlen > 29:
        yield f"Network {interface.network}: {subnet} is too small: use /29 or larger"
        return
    try:
        address = IPv4Address(interface.address)
    except ValueError:
        yield f"{host}: {interface.address} is not an IPv4 address: use an address such as {subnet[2]}"
        return
    if address not in subnet:
        yield f"{host}: {address} is outside network {interface.network}: use an address in {subnet}"
    elif address in (subnet[0], subnet[1], subnet[-1]):
        yield (
            f"{host}: {address} is reserved in network {interface.network} "
            f"for the network itself, its gateway or broadcast: use {subnet[2]} to {subnet[-2]}"
        )


def of_all(names: list[str], machines: tuple[Machine, ...], account: Account | None = None) -> Iterator[str]:
    """Yield conflicts between the machines and with the cloud's public network."""
    if len(names) > 1:
        yield f"sandbox_name is {' and '.join(names)}: an inventory is one sandbox; set it once for all hosts"
    for one, other in combinations(machines, 2):
        for address in {interface.address for interface in one.interfaces} & {
            interface.address for interface in other.interfaces
        }:
            yield f"{one.host} and {other.host} both have the address {address}: give each its own"
    subnets = {(interface.network, interface.subnet) for machine in machines for interface in machine.interfaces}
    subnets = sorted(subnets | ({(account.network, account.subnet)} if account else set()))
    for (name, subnet), (other_name, other_subnet) in combinations(subnets, 2):
        if name == other_name:
            yield f"Network {name} has the subnets {subnet} and {other_subnet}: give it one"
        elif IPv4Network(subnet).overlaps(IPv4Network(other_subnet)):
            yield f"Networks {name} ({subnet}) and {other_name} ({other_subnet}) overlap: give each a range of its own"
    stores = [machine.host for machine in machines if machine.service == "s3"]
    if len(stores) > 1:
        yield f"{' and '.join(stores)} are S3 servers: set sandbox_service on one host only"


def _of_shape(host: str, variables: dict[str, Any]) -> Iterator[str]:
    """Yield what is missing, of the wrong type, or a template, which ansible-inventory does not resolve."""
    for name, example in EXAMPLES.items():
        if name in OPTIONAL and name not in variables:
            continue
        value = variables.get(name)
        if not _has_form(value, example):
            yield (
                f"{host}: {name} is {'missing' if value is None else 'not of the expected form'}: "
                f"use a value such as {example}"
            )
        elif "{{" in str(value):
            yield f"{host}: {name} must be a plain value, without {{{{ }}}}"


def _has_form(value: Any, example: Any) -> bool:
    """Return whether a value has the form of an example.

    The keys of sandbox_networks are free, as they are names; others must be those of the example.
    """
    if not isinstance(value, type(example)):
        return False
    if not isinstance(example, dict):
        return True
    if "outside" in example:
        return all(_has_form(network, example["outside"]) for network in value.values())
    return value.keys() == example.keys() and all(_has_form(value[key], example[key]) for key in example)
