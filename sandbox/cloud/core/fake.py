# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Nothing real: every requested is granted at once, and addresses are made up."""

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

    def resume(self, cloud: Cloud) -> None:
        """Go on after the service was away."""

    def refilter(self, cloud: Cloud) -> None:
        """Let through what the cloud firewalls of today allow."""


class Clusters:
    """Managed PostgreSQL. Endpoints give the addresses and make up the passwords; `make` and `resume` may be called again."""

    def make(self, cloud: Cloud, cluster: Thing) -> None:
        """Have a cluster that runs as its record says, with what `_source` names in it."""

    def change(self, cloud: Cloud, cluster: Thing, *, moved: bool) -> None:
        """Have a cluster run as it is now; what it was moved to, a version or a region, needs a new machine."""

    def remove(self, cluster: Thing) -> None:
        """Have it no more, nor its backups."""

    def resume(self, cloud: Cloud) -> None:
        """Go on after the service was away."""

    def ca(self, cluster: Thing) -> str:
        """Return the certificate of the CA that signed the cluster's."""
        return _certificate(cluster["id"])

    def configure(self, cluster: Thing) -> None:
        """Apply the settings of PostgreSQL and PgBouncer."""

    def add_user(self, cluster: Thing, user: Thing) -> None:
        """Let a new user in."""

    def change_user(self, cluster: Thing, user: Thing) -> None:
        """Let a user in with the password and the settings of now."""

    def remove_user(self, cluster: Thing, user: Thing) -> None:
        """Let a user in no more; what it owned is the administrator's."""

    def add_database(self, cluster: Thing, name: str) -> None:
        """Have a database, owned by the administrator."""

    def remove_database(self, cluster: Thing, name: str) -> None:
        """Have it no more, nor its data."""

    def change_pools(self, cluster: Thing) -> None:
        """Have the connection pools of now."""

    def back_up(self, cluster: Thing, moment: str) -> float:
        """Keep what the cluster holds, to be found by the moment; return its size in GB."""
        return 0.03

    def refilter(self, cloud: Cloud) -> None:
        """Let in the trusted sources of today."""


@cache
def _certificate(_cluster: str) -> str:
    """Return the certificate of a CA that a cluster has for itself."""
    with TemporaryDirectory() as home:
        keys.ensure(Path(home))
        return (Path(home) / "ca.crt").read_text()


class Names:
    """DNS: the hosts of clusters and of Spaces, the domains of the account."""

    def resume(self, cloud: Cloud) -> None:
        """Go on after the service was away."""

    def publish(self, cloud: Cloud) -> None:
        """Answer with the names of now."""


class Spaces:
    """Buckets and the keys that open them."""

    def has_bucket(self, cloud: Cloud, name: str) -> bool:
        """Return whether the account has this bucket."""
        return True

    def has_policy(self, cloud: Cloud, name: str) -> bool:
        """Return whether a bucket has a policy."""
        return False

    def add_key(self, cloud: Cloud, key: Thing) -> str:
        """Make a new key, which opens nothing yet unless it has full access; return its secret."""
        return secrets.token_urlsafe(32)

    def change_key(self, cloud: Cloud, key: Thing) -> None:
        """Let a key open what its grants name now."""

    def remove_key(self, cloud: Cloud, key: Thing) -> None:
        """Let a key open nothing any more."""

    def take(self, cloud: Cloud, name: str) -> None:
        """Let somebody else have a bucket of this name."""

    def resume(self, cloud: Cloud) -> None:
        """Go on after the service was away."""
