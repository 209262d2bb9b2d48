# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When the cloud would make backups of droplets; the sandbox makes none."""

from __future__ import annotations

from typing import Any

from ..core.problems import unprocessable
from ..core.routes import Call, route
from ..core.store import Thing

DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
HOURS = [0, 4, 8, 12, 16, 20]
KEPT_DAYS = {"weekly": 28, "daily": 7}
WINDOW_HOURS = 4


@route("GET", "/v2/droplets/backups/policies")
def policies(call: Call) -> dict[str, Any]:
    page = call.page("policies", [policy(droplet) for droplet in call.cloud.store.existing("droplet")])
    return page | {"policies": {str(each["droplet_id"]): each for each in page["policies"]}}


@route("GET", "/v2/droplets/backups/supported_policies")
def supported(_call: Call) -> dict[str, Any]:
    common = {"possible_window_starts": HOURS, "window_length_hours": WINDOW_HOURS}
    plans = [
        common
        | {"name": plan, "retention_period_days": KEPT_DAYS[plan], "possible_days": DAYS if plan == "weekly" else []}
        for plan in KEPT_DAYS
    ]
    return {"supported_policies": plans}


@route("GET", "/v2/droplets/{droplet}/backups/policy")
def get_policy(call: Call) -> dict[str, Any]:
    return {"policy": policy(call.find("droplet"))}


def policy(droplet: Thing) -> Thing:
    """Return a droplet's backup policy as the API shows it."""
    if "backups" not in droplet["features"]:
        return {"droplet_id": droplet["id"], "backup_enabled": False}
    chosen = droplet.get("_backup_policy") or {"plan": "weekly", "weekday": "SUN", "hour": 0}
    facts = {"window_length_hours": WINDOW_HOURS, "retention_period_days": KEPT_DAYS[chosen["plan"]]}
    return {"droplet_id": droplet["id"], "backup_enabled": True, "backup_policy": chosen | facts}


def requested(wanted: Thing | None) -> Thing | None:
    """Return the policy that a body requests, once it is validated, or None."""
    if not wanted:
        return None
    plan, day, hour = wanted.get("plan"), wanted.get("weekday"), wanted.get("hour") or 0
    if plan not in KEPT_DAYS or hour not in HOURS or (plan == "weekly" and (day or "SUN") not in DAYS):
        raise unprocessable(
            "backup_policy is invalid: plan daily or weekly, weekday SUN to SAT, hour 0, 4, 8, 12, 16 or 20"
        )
    return {"plan": plan, "hour": hour} | ({"weekday": day or "SUN"} if plan == "weekly" else {})
