# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Real droplets: machines with systemd and sshd.

Each has an interface in the public network and one in its VPC, which is a Docker network.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from ... import image, machine, network
from ...engine import EngineError, docker
from ...model import Interface, Machine
from ...regions import REGIONS
from ...say import SandboxError
from ..account.catalog import IMAGES
from ..core import fake
from ..core.log import log
from ..core.problems import unprocessable
from ..droplets.droplets import KIND
from . import first_boot, packets

if TYPE_CHECKING:
    from ..core.cloud import Cloud
    from ..core.store import Thing

BOOT_SECONDS = 90
REBOOTED = 129  # exit code of a container after `reboot` inside it; after `poweroff` it is 130
EVENT = "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}"


class Droplets(fake.Droplets):
    """The droplets of a sandbox: containers <name>-droplet-<id>, networks <name>-vpc-<first 8 of the id>.

    They are labeled with the sandbox's `state`. Their DNS server is `resolver`, by default that of this machine. With
    `limit_memory`, a droplet has the memory of its size, otherwise that of this machine.
    """

    def __init__(
        self, name: str, state: Path, public: tuple[str, str], resolver: str = "", *, limit_memory: bool = False
    ) -> None:
        self.name, self.label, self.resolver, self.limit_memory = name, str(state), resolver, limit_memory
        self.public_name, self.public = public[0], IPv4Network(public[1])
        self._filtered: dict[int, tuple[int, str]] = {}
        self._events: subprocess.Popen[str] | None = None
        self._watching = threading.Thread()

    def make_vpc(self, vpc: Thing) -> None:
        try:
            network.ensure(self._network(vpc["id"]), vpc["ip_range"], f"{machine.SANDBOX}={self.label}")
        except SandboxError as error:
            raise unprocessable(str(error)) from error

    def remove_vpc(self, vpc: Thing) -> None:
        name = self._network(vpc["id"])
        if name in docker("network", "ls", "--format", "{{.Name}}").splitlines():
            docker("network", "rm", name)

    def make(self, cloud: Cloud, droplet: Thing) -> None:
        each = self._machine(cloud, droplet)
        if not machine.inspect(each.container):
            machine.create(each, image.droplet(each.suite), self.label)
        busy = cloud.settings.delays.get("apt", 0.0) + cloud.faults.slowness("apt")
        docker("cp", "-", f"{each.container}:/", given=first_boot.seed(droplet, busy).decode())
        # a droplet is active long before its first boot is finished
        self._boot(cloud, droplet, each, machine.systemd_runs)
        docker("exec", each.container, "update-ca-certificates")

    def remove(self, droplet: Thing) -> None:
        self._filtered.pop(droplet["id"], None)
        if machine.inspect(self._container(droplet)):
            machine.remove(self._container(droplet))

    def power(self, cloud: Cloud, droplet: Thing, verb: str) -> None:
        each = self._machine(cloud, droplet)
        if verb in ("power_off", "power_cycle") and _runs(each.container):
            docker("kill", each.container)
        if verb in ("shutdown", "reboot"):
            docker("stop", "-t", "30", each.container)
        if verb in ("power_on", "power_cycle", "reboot"):
            self._boot(cloud, droplet, each)

    def resume(self, cloud: Cloud) -> None:
        """Start the droplets that should run, after a restart of this machine or of Docker, and watch them."""
        for vpc in cloud.store.all("vpc"):
            self.make_vpc(vpc)
        for droplet in cloud.store.all(KIND, status="active"):
            if not droplet.get("_gone") and not _runs(self._container(droplet)):
                cloud.later("boot", self._boot, droplet, self._machine(cloud, droplet))
        self.refilter(cloud)
        filters = (
            "--filter",
            f"label={machine.SANDBOX}={self.label}",
            "--filter",
            "event=die",
            "--filter",
            "event=start",
        )
        # it ends when this process ends, for whatever reason
        command = ["setpriv", "--pdeathsig", "TERM", "docker", "events", *filters, "--format", EVENT]
        self._events = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._watching = threading.Thread(target=self._watch, args=(cloud, self._events), daemon=True)
        self._watching.start()

    def refilter(self, cloud: Cloud) -> None:
        with cloud.store.lock:
            for droplet in cloud.store.all(KIND):
                if droplet["status"] == "active" and not droplet.get("_gone"):
                    self._filter(cloud, droplet)

    def close(self) -> None:
        """Stop watching."""
        if self._events:
            self._events.terminate()
            self._watching.join()

    def _boot(
        self, cloud: Cloud, droplet: Thing, each: Machine, done: Callable[[Machine], bool] = machine.booted
    ) -> None:
        """Start a droplet and wait until `done`. Its packet filter is set long before its sshd runs."""
        machine.start(each)
        self._filter(cloud, droplet)
        deadline = time.monotonic() + BOOT_SECONDS
        while not done(each):
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"droplet {droplet['name']} did not boot in {BOOT_SECONDS} s: "
                    f"see `docker exec {each.container} journalctl -b`"
                )
            time.sleep(0.2)

    def _filter(self, cloud: Cloud, droplet: Thing) -> None:
        """Set the packet filter of a running droplet, if it has changed."""
        pid = (machine.inspect(self._container(droplet)) or {"State": {"Pid": 0}})["State"]["Pid"]
        with cloud.store.lock:
            rules = packets.rules(cloud.store, droplet)
            if not pid or self._filtered.get(droplet["id"]) == (pid, rules):
                return
            outside = (
                self.public
                if droplet.get("_public", True)
                else IPv4Network(cloud.store.get("vpc", droplet["vpc_uuid"])["ip_range"])
            )
            try:
                packets.apply(pid, rules, str(outside[1]), _anchor(droplet))
            except EngineError:
                if Path(f"/proc/{pid}").exists():
                    raise
                return  # it has just ended; the filter is set at its next start
            self._filtered[droplet["id"]] = (pid, rules)

    def _watch(self, cloud: Cloud, events: subprocess.Popen[str]) -> None:
        """Notice power-offs and reboots from inside droplets, and react as the cloud does."""
        with events:
            for line in events.stdout or ():
                event, container, *code = line.split()
                identity = container.removeprefix(f"{self.name}-droplet-")
                if identity.isdigit() and (droplet := cloud.store.get(KIND, identity)) and not droplet.get("_gone"):
                    try:
                        self._notice(cloud, droplet, event, code)
                    except (EngineError, SandboxError) as error:
                        log(cloud.state, f"droplet {droplet['name']}, {event}: {error}")

    def _notice(self, cloud: Cloud, droplet: Thing, event: str, code: list[str]) -> None:
        if event == "start":
            self._filter(cloud, droplet)
        elif not droplet["locked"] and not _runs(self._container(droplet)):
            if code == [str(REBOOTED)]:
                log(cloud.state, f"droplet {droplet['name']} was rebooted from inside")
                self._boot(cloud, droplet, self._machine(cloud, droplet))
            else:
                cloud.store.change(KIND, droplet["id"], status="off")

    def _machine(self, cloud: Cloud, droplet: Thing) -> Machine:
        """Return the machine of a droplet."""
        *public, private = droplet["_addresses"]
        vpc = cloud.store.get("vpc", droplet["vpc_uuid"])
        inside = Interface(self._network(vpc["id"]), vpc["ip_range"], private)
        return Machine(
            host=str(droplet["id"]),
            hostname=droplet["name"][:63],
            suite=IMAGES[droplet["image"]["slug"]][3],
            user="root",
            address=[*public, private][0],
            interfaces=(*(Interface(self.public_name, str(self.public), address) for address in public), inside),
            network=f"{self.name}-droplet",
            resolver=self.resolver,
            memory=f"{droplet['memory']}m" if self.limit_memory else "",
        )

    def _container(self, droplet: Thing) -> str:
        return f"{self.name}-droplet-{droplet['id']}"

    def _network(self, vpc: str) -> str:
        return f"{self.name}-vpc-{vpc[:8]}"


def _runs(container: str) -> bool:
    there = machine.inspect(container)
    return bool(there and there["State"]["Running"])


def _anchor(droplet: Thing) -> str:
    """Return the second address on a droplet's public interface, from the range that the region reserves.

    It is empty without a public network.
    """
    kept = REGIONS[droplet["region"]["slug"]].get("reserved")
    return f"{IPv4Network(kept)[5 + droplet['id'] % 60000]}/16" if kept and droplet.get("_public", True) else ""
