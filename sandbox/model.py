# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a sandbox consists of."""

from __future__ import annotations

from dataclasses import dataclass

from .say import SandboxError


@dataclass(frozen=True)
class Interface:
    """A machine's place in a network."""

    network: str
    subnet: str
    address: str


@dataclass(frozen=True)
class Machine:
    """A host of the inventory. It is reached at its address and may have more interfaces; its container is named after the sandbox's own network.

    It calls itself by its hostname, or as the inventory does. It asks its resolver for names, or that of this machine.
    """

    host: str
    suite: str
    user: str
    address: str
    interfaces: tuple[Interface, ...]
    network: str
    service: str = ""
    memory: str = ""
    hostname: str = ""
    resolver: str = ""

    @property
    def container(self) -> str:
        """Return the name of its container."""
        return f"{self.network}-{self.host}"

    @property
    def made_as(self) -> str:
        """Return in words what it is made with and keeps for its life."""
        interfaces = " and ".join(f"{interface.address} in {interface.network}" for interface in self.interfaces)
        service = {"s3": "s3 (one-node Ceph)"}.get(self.service, self.service)
        return " ".join(filter(None, [self.suite, service, interfaces, self.memory]))


@dataclass(frozen=True)
class Account:
    """An account of the cloud: where its API answers, the public network of its droplets, how long things take, whether sizes limit memory."""

    network: str
    subnet: str
    port: int
    delays: str = "none"
    limit_memory: bool = False


@dataclass(frozen=True)
class Environment:
    """The machines of an inventory, the account of the cloud if it has one, and the name under which their keys are kept."""

    name: str
    machines: tuple[Machine, ...]
    account: Account | None = None

    def only(self, hosts: list[str]) -> tuple[Machine, ...]:
        """Return the machines of these hosts, or all when none is named."""
        known = {machine.host: machine for machine in self.machines}
        if unknown := [host for host in hosts if host not in known]:
            raise SandboxError(f"{', '.join(unknown)}: no machine of this inventory; it has {', '.join(known)}")
        return tuple(known[host] for host in dict.fromkeys(hosts)) or self.machines

    @property
    def networks(self) -> dict[str, str]:
        """Return the subnets of all networks by name."""
        found = {interface.network: interface.subnet for each in self.machines for interface in each.interfaces}
        return found | ({self.account.network: self.account.subnet} if self.account else {})

    @property
    def store(self) -> Machine | None:
        """Return the S3 server."""
        return next((each for each in self.machines if each.service == "s3"), None)
