# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Backups of clusters, and new clusters from backups.

The cloud makes one a day; the sandbox makes the first, and others on request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.problems import unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Thing
from .record import AT, KIND, find, ready

if TYPE_CHECKING:
    from ..core.cloud import Cloud


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


def source(call: Call) -> Thing | None:
    """Return the source of a new cluster; None for an empty one.

    It is a backup, or the current contents of a cluster if the request names no time.
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
    if not asked.get("backup_created_at"):
        moment = f"{now()}-fork"
        call.cloud.world.clusters.back_up(original, moment)
        return {"id": original["id"], "created_at": moment, "users": original["_users"], "dbs": original["_dbs"]}
    backup = next((each for each in original["_backups"] if each["created_at"] == asked["backup_created_at"]), None)
    if not backup:
        raise unprocessable(f"backup_restore: cluster {original['name']} has no backup of {asked['backup_created_at']}")
    return {"id": original["id"], "created_at": backup["created_at"], "users": backup["_users"], "dbs": backup["_dbs"]}
