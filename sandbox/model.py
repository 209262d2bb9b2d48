# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a sandbox consists of."""

from __future__ import annotations

from dataclasses import dataclass

from .say import SandboxError


@dataclass(frozen=True)
class Interface:
    """A network interface of a machine."""

    network: str
    subnet: str
    address: str


@dataclass(frozen=True)
class Machine:
    """A host of the inventory.

    It is reached at its address and may have further interfaces; its container is named after the sandbox's own
    network. `hostname` defaults to the name in the inventory, `resolver` to the resolver of this machine.
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
        """Return the name of the container."""
        return f"{self.network}-{self.host}"

    @property
    def made_as(self) -> str:
        """Describe what the machine is created with and cannot change later."""
        interfaces = " and ".join(f"{interface.address} in {interface.network}" for interface in self.interfaces)
        service = {"s3": "s3 (one-node Ceph)"}.get(self.service, self.service)
        return " ".join(filter(None, [self.suite, service, interfaces, self.memory]))


@dataclass(frozen=True)
class Account:
    """A cloud account.

    The port of its API, the public network of its droplets, how long things take, and whether a size limits memory.
    """

    network: str
    subnet: str
    port: int
    delays: str = "none"
    limit_memory: bool = False


@dataclass(frozen=True)
class Environment:
    """The machines of an inventory, its cloud account if it has one, and the name of the directory of their keys."""

    name: str
    machines: tuple[Machine, ...]
    account: Account | None = None

    def only(self, hosts: list[str]) -> tuple[Machine, ...]:
        """Return the machines of these hosts, or all when none is named."""
        known = {machine.host: machine for machine in self.machines}
        if unknown := [host for host in hosts if host not in known]:
            raise SandboxError(
                f"{', '.join(unknown)} is not a machine of this inventory: choose from {', '.join(known)}"
            )
        return tuple(known[host] for host in dict.fromkeys(hosts)) or self.machines

    @property
    def networks(self) -> dict[str, str]:
        """Return the subnet of each network by its name."""
        found = {interface.network: interface.subnet for each in self.machines for interface in each.interfaces}
        return found | ({self.account.network: self.account.subnet} if self.account else {})

    @property
    def store(self) -> Machine | None:
        """Return the S3 server."""
        return next((each for each in self.machines if each.service == "s3"), None)
