# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate what a request asks for: a cluster of managed PostgreSQL, or parts of one.

Refusals are in the cloud's words.
"""

from __future__ import annotations

import re

from ..account import projects
from ..account.catalog import known_region
from ..core.problems import unprocessable
from ..core.routes import Call
from ..core.store import Thing
from ..networking import vpcs
from .options import ENGINE, known_size, known_storage, known_version

NAME = re.compile(r"[a-z][a-z0-9-]{1,61}[a-z0-9]")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AT_MOST = 10


def cluster(call: Call, others: list[Thing]) -> Thing:
    """Return the cluster that a request asks for, once it is validated; `others` are the existing clusters."""
    body, store = call.body, call.cloud.store
    if body["engine"] != ENGINE:
        raise unprocessable(f"invalid engine {body['engine']}: the sandbox has {ENGINE} only")
    if not NAME.fullmatch(str(body["name"])):
        raise unprocessable(
            "invalid cluster name: 3 to 63 lower-case letters, digits and dashes, beginning with a letter"
        )
    if any(other["name"] == body["name"] for other in others):
        raise unprocessable("cluster name is not available")
    if len(others) >= AT_MOST:
        raise unprocessable(f"you have reached the limit of {AT_MOST} clusters")
    if body.get("project_id") and not store.get(projects.KIND, body["project_id"]):
        raise unprocessable("invalid project_id")
    region = known_region(body["region"])
    size, nodes = known_size(body["size"], body["num_nodes"])
    storage = (body.get("autoscale") or {}).get("storage") or body.get("storage_autoscale") or {}
    facts = {
        "name": body["name"],
        "version": known_version(body.get("version")),
        "region": region,
        "size": size,
        "num_nodes": nodes,
    }
    facts |= {
        "storage_size_mib": known_storage(body.get("storage_size_mib"), size),
        "private_network_uuid": vpc(call, region)["id"],
    }
    facts |= {"_autoscale": autoscale(storage or {"enabled": False}), "do_settings": do_settings(call)}
    return facts | {"maintenance_window": {"day": "saturday", "hour": "08:45:00", "pending": False, "description": []}}


def vpc(call: Call, region: str) -> Thing:
    """Return the VPC of a new cluster, by default that of the region."""
    if not call.body.get("private_network_uuid"):
        return vpcs.default(call, region)
    vpc = call.cloud.store.get(vpcs.KIND, call.body["private_network_uuid"])
    if not vpc or vpc["region"] != region:
        raise unprocessable("invalid private_network_uuid: there is no such VPC in this region")
    return vpc


def maintenance(given: Thing) -> Thing:
    """Return a maintenance window in the API's format."""
    day, hour = str(given["day"]).lower(), re.fullmatch(r"(\d{1,2}):(\d\d)(:\d\d)?", str(given["hour"]))
    if day not in DAYS or not hour or int(hour[1]) > 23:
        raise unprocessable("invalid maintenance window: day is a weekday, hour is like 14:00")
    return {"day": day, "hour": f"{int(hour[1]):02}:{hour[2]}:00"}


def autoscale(given: Thing) -> Thing:
    """Return the settings by which storage grows automatically."""
    if given.get("enabled") is None:
        raise unprocessable("storage.enabled is required")
    if not given["enabled"]:
        return {"enabled": False}
    threshold, increment = given.get("threshold_percent") or 80, given.get("increment_gib") or 10
    if not 15 <= threshold <= 95 or not 10 <= increment <= 500:
        raise unprocessable("threshold_percent must be 15 to 95, increment_gib 10 to 500")
    return {"enabled": True, "threshold_percent": threshold, "increment_gib": increment}


def do_settings(call: Call) -> Thing:
    """Return a cluster's settings with its additional host names."""
    names = (call.body.get("do_settings") or {}).get("service_cnames") or []
    if len(names) > 16:
        raise unprocessable("service_cnames: at most 16")
    return {"service_cnames": names}
