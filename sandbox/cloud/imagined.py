# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Nothing real: every wish is granted at once, and addresses are made up."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cloud import Cloud
    from .store import Thing


class Droplets:
    """Networks, droplets and the packets between them. Endpoints give the addresses; each method may be called again and does nothing then."""

    public = IPv4Network("198.18.0.0/15")

    def make_vpc(self, vpc: Thing) -> None:
        """Have the network of a VPC."""

    def remove_vpc(self, vpc: Thing) -> None:
        """Have it no more."""

    def make(self, cloud: Cloud, droplet: Thing) -> None:
        """Have a droplet that runs, at its addresses, filtered from its first moment."""

    def remove(self, droplet: Thing) -> None:
        """Have it no more."""

    def power(self, cloud: Cloud, droplet: Thing, verb: str) -> None:
        """Do what the action of this name does to a machine: power_on, power_off, power_cycle, reboot or shutdown."""

    def wake(self, cloud: Cloud) -> None:
        """Go on after the service was away."""

    def refilter(self, cloud: Cloud) -> None:
        """Let through what the cloud firewalls of today allow."""


class Clusters:
    """Managed PostgreSQL."""

    def refilter(self, cloud: Cloud) -> None:
        """Let in the trusted sources of today."""


class Spaces:
    """Buckets and the keys that open them."""

    def has_bucket(self, cloud: Cloud, name: str) -> bool:
        """Return whether the account has this bucket."""
        return True

    def add_key(self, cloud: Cloud, key: Thing, secret: str) -> None:
        """Let a new key open what its grants name."""

    def change_key(self, cloud: Cloud, key: Thing) -> None:
        """Let a key open what its grants name now."""

    def remove_key(self, cloud: Cloud, key: Thing) -> None:
        """Let a key open nothing any more."""
