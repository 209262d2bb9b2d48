# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Settings of a cluster's PostgreSQL and PgBouncer."""

from __future__ import annotations

from typing import Any

from ..core.routes import Call, route
from .record import AT, KIND, created, find
from .settings import checked, current


@route("GET", AT + "/config")
def get_config(call: Call) -> dict[str, Any]:
    return {"config": current(find(call)["_config"])}


@route("PATCH", AT + "/config")
def change_config(call: Call) -> dict[str, Any]:
    cluster = created(call)
    config = cluster["_config"] | checked(call.body.get("config") or {}, current(cluster["_config"]))
    call.cloud.world.clusters.configure(cluster | {"_config": config})
    call.cloud.store.change(KIND, cluster["id"], _config=config)
    return {"config": current(config)}
