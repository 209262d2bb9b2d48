# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The host names of clusters, and their publication in DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import hostnames

if TYPE_CHECKING:
    from ..core.cloud import Cloud
    from ..core.store import Thing

KIND = "database"
ACCOUNT = 19081923  # the account's number in host names


def hosts(cluster: Thing) -> tuple[str, str]:
    """Return the public and the private host of a cluster."""
    return hostnames.database(cluster["name"], ACCOUNT)


def publish(cloud: Cloud, identity: str) -> None:
    """Publish the host names of a cluster."""
    cloud.store.change(KIND, identity, _named=True)
    cloud.world.names.publish(cloud)


def resume(cloud: Cloud) -> None:
    """Start DNS again, and publish the clusters that the service had not published before it was killed."""
    cloud.world.names.resume(cloud)
    for cluster in cloud.store.all(KIND, status="online"):
        if not cluster.get("_named"):
            cloud.later("name", publish, cluster["id"])
