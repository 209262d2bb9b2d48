# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Actions: the account's record of what was done to droplets, and with which result."""

from __future__ import annotations

from typing import Any

from ..core.problems import not_found
from ..core.routes import Call, now, route, shown
from ..core.store import Store, Thing

KIND = "action"


@route("GET", "/v2/actions")
def actions(call: Call) -> dict[str, Any]:
    return call.page("actions", reversed(call.cloud.store.all(KIND)))


@route("GET", "/v2/actions/{action}")
def get_action(call: Call) -> dict[str, Any]:
    if action := call.cloud.store.get(KIND, call.path["action"]):
        return {"action": shown(action)}
    raise not_found()


def begin(store: Store, droplet: Thing, verb: str, **body: object) -> Thing:
    """Record the start of an action."""
    identity, region = 900000000 + store.number(KIND), droplet["region"]
    action = {"id": identity, "status": "in-progress", "type": verb, "started_at": now(), "completed_at": None}
    action |= {
        "resource_id": droplet["id"],
        "resource_type": "droplet",
        "region": region,
        "region_slug": region["slug"],
        "_body": body,
    }
    return store.put(KIND, identity, action)


def end(store: Store, identity: int, status: str = "completed") -> None:
    """Record the end of an action."""
    store.change(KIND, identity, status=status, completed_at=now())
