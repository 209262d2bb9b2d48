# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Backups of clusters, and new clusters from backups.

The cloud makes one a day; the sandbox makes the first, and others on request. Between them, a cluster can be restored
to any moment of the last days.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..core.problems import unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Thing
from .record import AT, KIND, find, ready

if TYPE_CHECKING:
    from ..core.cloud import Cloud

KEPT_SECONDS = 7 * 86400


@route("GET", AT + "/backups")
def backups(call: Call) -> dict[str, Any]:
    cluster = find(call)
    config = cluster["_config"]
    when = {
        "backup_hour": config.get("backup_hour", 3),
        "backup_minute": config.get("backup_minute", 30),
        "backup_interval_hours": 24,
    }
    return call.page("backups", cluster["_backups"]) | {"scheduled_backup_time": when}


@route("POST", "/sandbox/databases/{cluster}/backups", 201)
def back_up(call: Call) -> dict[str, Any]:
    """Make a backup now; the cloud has no such endpoint."""
    return {"backup": shown(make(call.cloud, ready(call)["id"]))}


def make(cloud: Cloud, identity: str) -> Thing | None:
    """Make a backup of a cluster, if it still exists."""
    with cloud.store.lock:
        cluster = cloud.store.get(KIND, identity)
        if not cluster or cluster.get("_gone"):
            return None
        moment = now()
        size = cloud.world.clusters.back_up(cluster, moment)
        backup = {
            "created_at": moment,
            "size_gigabytes": size,
            "incremental": False,
            "_users": cluster["_users"],
            "_dbs": cluster["_dbs"],
        }
        cloud.store.change(
            KIND, identity, _backups=[each for each in cluster["_backups"] if each["created_at"] != moment] + [backup]
        )
        return backup


def source(call: Call, requested: Thing) -> Thing | None:
    """Return the source of a new cluster, which is requested like this; None for an empty one.

    It is a backup, the contents at a moment between backups, or the current ones if the request names no time.
    """
    asked = call.body.get("backup_restore") or {}
    if not asked.get("database_name"):
        return None
    original = next(
        (cluster for cluster in call.cloud.store.existing(KIND) if cluster["name"] == asked["database_name"]), None
    )
    if not original:
        raise unprocessable(f"backup_restore: there is no cluster {asked['database_name']}")
    if int(call.body.get("version") or original["version"]) < int(original["version"]):
        raise unprocessable(f"backup_restore: cluster {original['name']} has version {original['version']}")
    if requested["storage_size_mib"] < original["storage_size_mib"]:
        raise unprocessable(f"backup_restore: cluster {original['name']} has {original['storage_size_mib']} MiB")
    if not asked.get("backup_created_at"):
        moment = f"{now()}-fork"
        call.cloud.world.clusters.back_up(original, moment)
        return {"id": original["id"], "created_at": moment, "users": original["_users"], "dbs": original["_dbs"]}
    backup = next((each for each in original["_backups"] if each["created_at"] == asked["backup_created_at"]), None)
    if not backup:
        return at_moment(original, str(asked["backup_created_at"]))
    return {"id": original["id"], "created_at": backup["created_at"], "users": backup["_users"], "dbs": backup["_dbs"]}


def at_moment(cluster: Thing, text: str) -> Thing:
    """Return the source that has the contents of a cluster at a moment, and the users and databases of that time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise unprocessable(f"backup_restore: {text} is not a time") from error
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    since = max(cluster.get("_kept_since", time.time()), time.time() - KEPT_SECONDS)
    if not since <= moment.timestamp() <= time.time():
        raise unprocessable(f"backup_restore: cluster {cluster['name']} has no backup of {text}")
    made = cluster.get("_dbs_made", {})
    return {
        "id": cluster["id"],
        "created_at": moment.isoformat(),
        "between_backups": True,
        "users": [user for user in cluster["_users"] if user["_made"] <= moment.timestamp()],
        "dbs": [name for name in cluster["_dbs"] if made.get(name, 0) <= moment.timestamp()],
    }
