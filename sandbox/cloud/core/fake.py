# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A fake world with nothing real behind the API: every request succeeds at once.

The classes are also the interface that the real world in ../real implements.
"""

from __future__ import annotations

import secrets
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ... import keys

if TYPE_CHECKING:
    from .cloud import Cloud
    from .store import Thing


class Droplets:
    """Networks, droplets and their packet filters. Endpoints choose the addresses.

    Each method may be called again, and then changes nothing.
    """

    public = IPv4Network("198.18.0.0/15")

    def make_vpc(self, vpc: Thing) -> None:
        """Ensure that the network of a VPC exists."""

    def remove_vpc(self, vpc: Thing) -> None:
        """Remove the network of a VPC."""

    def make(self, cloud: Cloud, droplet: Thing) -> None:
        """Ensure that a droplet runs at its addresses, with its packet filter from the start."""

    def remove(self, droplet: Thing) -> None:
        """Remove a droplet."""

    def power(self, cloud: Cloud, droplet: Thing, verb: str) -> None:
        """Carry out a power action: power_on, power_off, power_cycle, reboot or shutdown."""

    def resume(self, cloud: Cloud) -> None:
        """Continue after the service was not running."""

    def refilter(self, cloud: Cloud) -> None:
        """Apply the current cloud firewalls."""


class Clusters:
    """Managed PostgreSQL. Endpoints choose the addresses and passwords; `make` and `resume` may be called again."""

    def make(self, cloud: Cloud, cluster: Thing) -> None:
        """Ensure that a cluster runs as its record says, restored from `_source` if it has one."""

    def change(self, cloud: Cloud, cluster: Thing, *, moved: bool) -> None:
        """Apply the changed record of a cluster; `moved` to another version or region, it needs a new machine."""

    def remove(self, cluster: Thing) -> None:
        """Remove a cluster and its backups."""

    def resume(self, cloud: Cloud) -> None:
        """Continue after the service was not running."""

    def ca(self, cluster: Thing) -> str:
        """Return the CA certificate of a cluster."""
        return _certificate(cluster["id"])

    def configure(self, cluster: Thing) -> None:
        """Apply the settings of PostgreSQL and PgBouncer."""

    def add_user(self, cluster: Thing, user: Thing) -> None:
        """Create a user."""

    def change_user(self, cluster: Thing, user: Thing) -> None:
        """Apply a user's current password and settings."""

    def remove_user(self, cluster: Thing, user: Thing) -> None:
        """Remove a user; what it owned becomes the administrator's."""

    def add_database(self, cluster: Thing, name: str) -> None:
        """Ensure that a database exists, owned by the administrator."""

    def remove_database(self, cluster: Thing, name: str) -> None:
        """Remove a database and its data."""

    def change_pools(self, cluster: Thing) -> None:
        """Apply the current connection pools."""

    def back_up(self, cluster: Thing, moment: str) -> float:
        """Back up a cluster under this moment; return the size of the backup in GB."""
        return 0.03

    def refilter(self, cloud: Cloud) -> None:
        """Apply the current trusted sources."""


@cache
def _certificate(_cluster: str) -> str:
    """Return the certificate of a cluster's own CA."""
    with TemporaryDirectory() as home:
        keys.ensure(Path(home))
        return (Path(home) / "ca.crt").read_text()


class Names:
    """DNS: the hosts of clusters and of Spaces, and the domains of the account."""

    def resume(self, cloud: Cloud) -> None:
        """Continue after the service was not running."""

    def publish(self, cloud: Cloud) -> None:
        """Publish the current names."""


class Spaces:
    """Buckets, and the keys that give access to them."""

    def has_bucket(self, cloud: Cloud, name: str) -> bool:
        """Return whether the account has this bucket."""
        return True

    def has_policy(self, cloud: Cloud, name: str) -> bool:
        """Return whether a bucket has a policy."""
        return False

    def add_key(self, cloud: Cloud, key: Thing) -> str:
        """Create a key, which has no access yet unless it has full access; return its secret."""
        return secrets.token_urlsafe(32)

    def change_key(self, cloud: Cloud, key: Thing) -> None:
        """Apply a key's current grants."""

    def remove_key(self, cloud: Cloud, key: Thing) -> None:
        """Remove a key."""

    def take(self, cloud: Cloud, name: str) -> None:
        """Create a bucket of this name in another account."""

    def resume(self, cloud: Cloud) -> None:
        """Continue after the service was not running."""
