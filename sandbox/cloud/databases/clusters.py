# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Clusters of managed PostgreSQL: listed, created, shown, resized, upgraded, moved, deleted.

What is in them is in the files beside this one.
"""

from __future__ import annotations

import base64
import time
import uuid
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from ..account import projects, tags
from ..account.catalog import known_region
from ..core import addresses
from ..core.problems import unprocessable
from ..core.routes import Call, now, route
from ..networking import vpcs
from . import backups, lifecycle, request, trusted_sources
from .dns import KIND
from .options import known_size, known_storage, known_version, memory
from .record import ADMIN, AT, FIRST_DATABASE, answer, find, new_user, note, ready

if TYPE_CHECKING:
    pass


@route("GET", "/v2/databases")
def clusters(call: Call) -> dict[str, Any]:
    tag, found = call.query.get("tag_name"), call.cloud.store.existing(KIND)
    if tag:
        found = [cluster for cluster in found if tag.lower() in (each.lower() for each in cluster["tags"])]
    # never in pages
    return {
        "databases": [answer(call, cluster) for cluster in found if not call.cloud.not_yet_visible(cluster, "list")]
    }


@route("POST", "/v2/databases", 201)
def add_cluster(call: Call) -> dict[str, Any]:
    call.need("name", "engine", "region", "size", "num_nodes")
    store, body = call.cloud.store, call.body
    requested = request.cluster(call, store.existing(KIND))
    source = backups.source(call, requested)
    identity = str(uuid.uuid4())
    cluster = {
        "id": identity,
        "status": "forking" if source else "creating",
        "created_at": now(),
        "_made": time.time(),
    } | requested
    cluster |= {
        "tags": tags.ensure(store, body.get("tags") or []),
        "_rules": trusted_sources.checked(call, identity, body.get("rules") or []),
    }
    cluster |= {
        "_users": [new_user(ADMIN, "primary")],
        "_dbs": [FIRST_DATABASE],
        "_pools": [],
        "_config": {},
        "_backups": [],
        "_source": source,
    }
    cluster |= {"_addresses": _addresses(call, requested["private_network_uuid"]), "_events": []}
    if source:
        cluster |= {
            "_users": cluster["_users"] + [user for user in source["users"] if user["name"] != ADMIN],
            "_dbs": source["dbs"],
        }
    note(cluster, "cluster_create")
    store.put(KIND, identity, cluster)
    if body.get("project_id"):
        projects.assign(store, {"id": body["project_id"], "is_default": False}, f"do:dbaas:{identity}")
    call.cloud.later("database", lifecycle.finish, identity)
    return {"database": answer(call, cluster)}


@route("GET", AT)
def get_cluster(call: Call) -> dict[str, Any]:
    return {"database": answer(call, find(call))}


@route("DELETE", AT, 204)
def delete_cluster(call: Call) -> None:
    cluster = find(call)
    call.cloud.store.change(KIND, cluster["id"], _gone=True, tags=[])
    call.cloud.later("deleting", lifecycle.forget, cluster["id"])


@route("GET", AT + "/ca")
def get_ca(call: Call) -> dict[str, Any]:
    certificate = call.cloud.world.clusters.ca(find(call))
    return {"ca": {"certificate": base64.b64encode(certificate.encode()).decode()}}


@route("PUT", AT + "/resize", 202)
def resize(call: Call) -> None:
    call.need("size", "num_nodes")
    cluster = ready(call)
    size, nodes = known_size(call.body["size"], call.body["num_nodes"])
    if memory(size) < memory(cluster["size"]):
        raise unprocessable("invalid size: cannot reduce the size of the nodes")
    least = known_storage(None, size)
    storage = (
        known_storage(call.body["storage_size_mib"], size)
        if call.body.get("storage_size_mib")
        else max(least, cluster["storage_size_mib"])
    )
    if storage < cluster["storage_size_mib"]:
        raise unprocessable("invalid storage_size_mib: storage cannot be reduced")
    requested = {"size": size, "num_nodes": nodes, "storage_size_mib": storage}
    call.cloud.store.change(KIND, cluster["id"], status="resizing", _wish=requested)
    call.cloud.later("resize", lifecycle.finish_change, cluster["id"])


@route("PUT", AT + "/upgrade", 204)
def upgrade(call: Call) -> None:
    call.need("version")
    cluster, version = ready(call), known_version(call.body["version"])
    if int(version) <= int(cluster["version"]):
        raise unprocessable(f"cannot upgrade from version {cluster['version']} to {version}")
    call.cloud.store.change(KIND, cluster["id"], status="migrating", _wish={"version": version})
    call.cloud.later("resize", lifecycle.finish_change, cluster["id"])


@route("PUT", AT + "/migrate", 202)
def migrate(call: Call) -> None:
    call.need("region")
    cluster, region = ready(call), known_region(call.body["region"])
    network = request.vpc(call, region)["id"]
    requested = {"region": region, "private_network_uuid": network, "_addresses": _addresses(call, network)}
    call.cloud.store.change(KIND, cluster["id"], status="migrating", _wish=requested)
    call.cloud.later("resize", lifecycle.finish_change, cluster["id"])


@route("PUT", AT + "/maintenance", 204)
def set_maintenance(call: Call) -> None:
    call.need("day", "hour")
    window = find(call)["maintenance_window"] | request.maintenance(call.body)
    call.cloud.store.change(KIND, call.path["cluster"], maintenance_window=window)


@route("PUT", AT + "/install_update", 204)
def install_update(call: Call) -> None:
    find(call)


@route("GET", AT + "/autoscale")
def get_autoscale(call: Call) -> dict[str, Any]:
    storage = find(call)["_autoscale"]
    # as the document has it, and as the official client reads it
    return {"autoscale": {"storage": storage}, "storage": storage}


@route("PUT", AT + "/autoscale", 204)
def set_autoscale(call: Call) -> None:
    find(call)
    call.cloud.store.change(KIND, call.path["cluster"], _autoscale=request.autoscale(call.body.get("storage") or {}))


@route("GET", AT + "/do_settings")
def get_do_settings(call: Call) -> dict[str, Any]:
    return {"do_settings": find(call)["do_settings"]}


@route("PUT", AT + "/do_settings", 204)
def set_do_settings(call: Call) -> None:
    find(call)
    call.cloud.store.change(KIND, call.path["cluster"], do_settings=request.do_settings(call))


@route("GET", AT + "/replicas")
def replicas(call: Call) -> dict[str, Any]:
    find(call)
    return call.page("replicas", [])


@route("GET", AT + "/events")
def events(call: Call) -> dict[str, Any]:
    return call.page("events", find(call)["_events"])


def _addresses(call: Call, network: str) -> list[str]:
    """Return the public and the private address of a new cluster."""
    ranges = (call.cloud.world.droplets.public, IPv4Network(call.cloud.store.get(vpcs.KIND, network)["ip_range"]))
    return [addresses.free(call.cloud.store, each) for each in ranges]
