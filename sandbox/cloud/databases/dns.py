# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names of clusters: what their hosts are called, and when DNS knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import hostnames

if TYPE_CHECKING:
    from ..core.cloud import Cloud
    from ..core.store import Thing

KIND = "database"
ACCOUNT = 19081923  # the number that the account has in names


def hosts(cluster: Thing) -> tuple[str, str]:
    """Return the public and the private host of a cluster."""
    return hostnames.database(cluster["name"], ACCOUNT)


def publish(cloud: Cloud, identity: str) -> None:
    """Have DNS know a cluster."""
    cloud.store.change(KIND, identity, _named=True)
    cloud.world.names.publish(cloud)


def resume(cloud: Cloud) -> None:
    """Have DNS answer again, and know the clusters that a killed service did not tell it of."""
    cloud.world.names.resume(cloud)
    for cluster in cloud.store.all(KIND, status="online"):
        if not cluster.get("_named"):
            cloud.later("name", publish, cluster["id"])
