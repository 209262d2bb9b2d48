# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The background jobs of clusters: creation, change and deletion, continued after the service was killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import backups, dns
from .dns import KIND
from .record import UNMADE, note

if TYPE_CHECKING:
    from ..core.cloud import Cloud


def finish(cloud: Cloud, identity: str) -> None:
    """Create the cluster of a record, then its first backup."""
    cluster = cloud.store.get(KIND, identity)
    if not cluster or cluster.get("_gone"):
        return
    cloud.world.clusters.make(cloud, cluster)
    with cloud.store.lock:
        there_now = cloud.store.get(KIND, identity)
        if there_now and not there_now.get("_gone"):
            cloud.store.change(KIND, identity, status="online", _source=None, _kept_since=int(time.time()))
    if not there_now:  # it was deleted meanwhile
        cloud.world.clusters.remove(cluster)
        return
    cloud.later("name", dns.publish, identity)
    cloud.world.clusters.refilter(cloud)
    cloud.later("backup", backups.make, identity)


def finish_change(cloud: Cloud, identity: str) -> None:
    """Carry out a resize, an upgrade or a move to another region; `_wish` of the record is what was requested."""
    cluster = cloud.store.get(KIND, identity)
    if not cluster or cluster.get("_gone") or not cluster.get("_wish"):
        return
    requested = cluster["_wish"]
    moved = "version" in requested or "region" in requested
    cloud.world.clusters.change(cloud, cluster | requested, moved=moved)
    if moved:  # to a new machine, on which what is kept begins anew
        requested |= {"_kept_since": int(time.time())}
    with cloud.store.lock:
        cluster = cloud.store.change(KIND, identity, status="online", _wish=None, **requested)
        cloud.store.put(KIND, identity, note(cluster, "cluster_update"))
    cloud.world.names.publish(cloud)  # a move to another region changes its addresses
    cloud.world.clusters.refilter(cloud)


def forget(cloud: Cloud, identity: str) -> None:
    """Remove the machine of a deleted cluster, then its record."""
    if cluster := cloud.store.get(KIND, identity):
        cloud.world.clusters.remove(cluster)
        cloud.world.names.publish(cloud)
        cloud.store.remove(KIND, identity)


def resume(cloud: Cloud) -> None:
    """Continue what the service had begun before it was killed."""
    cloud.world.clusters.resume(cloud)
    for cluster in cloud.store.all(KIND):
        if cluster.get("_gone"):
            cloud.later("deleting", forget, cluster["id"])
        elif cluster["status"] in UNMADE:
            cloud.later("database", finish, cluster["id"])
        elif cluster["status"] != "online":
            cloud.later("resize", finish_change, cluster["id"])
