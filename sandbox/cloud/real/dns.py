# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Real DNS: a container with unbound in the public network, which is the resolver of droplets."""

from __future__ import annotations

import threading
import time
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from ... import image, machine
from ...engine import EngineError, docker
from ...say import SandboxError
from ..core import fake
from . import zones

if TYPE_CHECKING:
    from ..core.cloud import Cloud

READY_SECONDS = 30
PUT = 'cat > "$1.new" && mv "$1.new" "$1"'
ZONE = """\
auth-zone:
  name: {name}
  zonefile: {name}.zone
  for-upstream: yes
  for-downstream: no
  fallback-enabled: no
"""


def address(public: str) -> str:
    """Return the address of the DNS server in a public network: the last one, which droplets would get last."""
    return str(IPv4Network(public)[-2])


class Names(fake.Names):
    """The container <name>-dns. `spaces` is the address of Spaces, empty if there is no S3 server."""

    def __init__(self, name: str, state: Path | str, public: tuple[str, str], spaces: str = "") -> None:
        self.container, self.label, self.network, self.spaces = f"{name}-dns", str(state), public[0], spaces
        self.address = address(public[1])
        self._published: dict[str, str] = {}
        self._one = threading.Lock()

    def resume(self, cloud: Cloud) -> None:
        """Ensure that the server runs with the current zones."""
        there = machine.inspect(self.container)
        if not there:
            options = (
                "--label",
                f"{machine.SANDBOX}={self.label}",
                "--network",
                self.network,
                "--ip",
                self.address,
                "--tmpfs",
                "/run",
            )
            docker("create", "--name", self.container, *options, image.dns(image.NEWEST))
        if not there or not there["State"]["Running"]:
            docker("start", self.container)
        self._wait()
        self.publish(cloud)

    def publish(self, cloud: Cloud) -> None:
        """Publish the zones that have changed.

        Cached records stay for their TTL, unless a zone was added or removed.
        """
        with self._one:
            wanted = zones.of(cloud.store, self.spaces)
            changed = [zone for zone, text in wanted.items() if self._published.get(zone) != text]
            for zone in changed:
                self._put(f"{zone}.zone", wanted[zone])
            if wanted.keys() != self._published.keys():
                self._put("zones.conf", "".join(ZONE.format(name=zone) for zone in wanted))
                docker("exec", self.container, "unbound-control", "reload")
            else:
                for zone in changed:
                    docker("exec", self.container, "unbound-control", "auth_zone_reload", zone)
            self._published = wanted

    def _put(self, name: str, text: str) -> None:
        docker("exec", "-i", self.container, "sh", "-c", PUT, "put", f"/etc/zones/{name}", given=text)

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                docker("exec", self.container, "unbound-control", "status")
                return
            except EngineError as error:
                if time.monotonic() > deadline:
                    raise SandboxError(
                        f"The DNS server does not run after {READY_SECONDS} s: see `docker logs {self.container}`"
                    ) from error
            time.sleep(0.1)
