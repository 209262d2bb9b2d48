# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What would do harm to a database cluster, or cannot be undone: changes that are refused before the API is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import (
    as_moment,
    cast,
    cluster_of,
    is_smaller,
)
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

KEPT_DAYS = 7  # for which the cloud can restore a cluster
NEVER_LOWER = (
    "max_connections",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "max_worker_processes",
    "max_wal_senders",
)


def check_sources(cluster, before):
    """Refuse to open the cluster to everybody by accident."""
    given, open_to_all = cluster.params["trusted_sources"], cluster.params["open_to_all"]
    if given and open_to_all:
        raise Refused(f"{cluster}: open_to_all removes all trusted sources; take it out, or trusted_sources")
    if not open_to_all and (given == [] or (given is None and not before)):
        raise Refused(
            f"{cluster}: without trusted_sources every address may connect to it; "
            "name those that may, or set open_to_all to true"
        )


def check_size(cluster, before):
    """Refuse what would have to shrink."""
    size, storage = cluster.params["size"], cluster.params["storage_size_mib"]
    if size and is_smaller(size, before["size"]):
        raise Refused(
            f"{cluster}: size is {before['size']} and cannot become the smaller {size}; "
            "make a smaller cluster from this one with backup_restore"
        )
    if storage and storage < before["storage_size_mib"]:
        raise Refused(
            f"{cluster}: storage_size_mib is {before['storage_size_mib']} "
            f"and cannot shrink to {storage}; keep it, or leave it out"
        )


def check_version(cluster, before):
    """Refuse a version that there is no way to, and one that nobody asked to upgrade to."""
    version = cluster.params["version"]
    if not version or version == before["version"]:
        return
    if version.isdigit() and before["version"].isdigit() and int(version) < int(before["version"]):
        raise Refused(
            f"{cluster}: version is {before['version']} and cannot go back to {version}; "
            f"set version to {before['version']}"
        )
    if not cluster.params["upgrade"]:
        raise Refused(
            f"{cluster}: version is {before['version']}; "
            f"set upgrade to true to upgrade it to {version}, which cannot be undone, or keep version"
        )
    capacity = ("size", "num_nodes", "storage_size_mib")
    if any(cluster.params[option] not in (None, before[option]) for option in capacity):
        raise Refused(f"{cluster}: it cannot be upgraded and resized at once; keep version until it has its size")


def check_settings(cluster, before):
    """Refuse to lower what cannot be lowered."""
    for name in NEVER_LOWER:
        now, then = (before.get("settings") or {}).get(name), cast(cluster.params["settings"] or {}).get(name)
        if now is not None and then is not None and then < now:
            raise Refused(
                f"{cluster}: settings: {name} is {now} and can never be lowered to {then}; "
                f"set it to {now} or leave it out"
            )


def check_restore(cluster, before):
    """Refuse contents that the cloud does not have; an existing cluster keeps its own."""
    restore = cluster.params["backup_restore"]
    if not restore:
        return
    if restore["cluster"] == cluster.name:
        raise Refused(
            f"{cluster}: backup_restore: cluster {cluster.name} is this one, and only a new cluster can be restored; "
            "give the new one another name"
        )
    if before:
        return
    other = cluster_of(cluster.client, restore["cluster"])
    if not other:
        raise Refused(
            f"{cluster}: backup_restore: there is no cluster {restore['cluster']} in this account; "
            "use the name of one that exists"
        )
    if restore["at"]:
        check_moment(cluster, other, restore["at"])


def check_moment(cluster, other, text):
    """Refuse a moment that the cloud has no backup of."""
    moment, now = as_moment(text), datetime.now(UTC)
    begin = max(datetime.fromisoformat(other["created_at"]), now - timedelta(days=KEPT_DAYS))
    if not moment:
        reason = "is not a time with a time zone"
    elif moment > now:
        reason = f"is in the future, as it is now {now:%Y-%m-%dT%H:%M:%SZ}"
    elif moment < now - timedelta(days=KEPT_DAYS):
        reason = f"is older than {KEPT_DAYS} days, for which the cloud keeps backups"
    elif moment < begin:
        reason = f"is before cluster {other['name']} was created"
    else:
        return
    raise Refused(f"{cluster}: backup_restore: at {text} {reason}; use a time from {begin:%Y-%m-%dT%H:%M:%SZ} to now")
