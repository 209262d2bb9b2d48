# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Connection pools of a cluster. A pool's name is the database that its clients connect to, on a port of its own."""

from __future__ import annotations

import re
from typing import Any

from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route, shown
from ..core.store import Thing
from .options import connections
from .record import ADMIN, AT, KIND, connection, created, find

NAME = re.compile(r"[A-Za-z0-9_-]{3,60}")
MODES = ("session", "transaction", "statement")


@route("GET", AT + "/pools")
def pools(call: Call) -> dict[str, Any]:
    cluster = find(call)
    return call.page("pools", [answer(call, cluster, pool) for pool in cluster["_pools"]])


@route("POST", AT + "/pools", 201)
def add_pool(call: Call) -> dict[str, Any]:
    call.need("name", "mode", "size", "db")
    cluster, name = created(call), str(call.body["name"])
    if not NAME.fullmatch(name):
        raise unprocessable("invalid pool name: 3 to 60 letters, digits, dashes and underscores")
    if any(pool["name"] == name for pool in cluster["_pools"]):
        raise unprocessable("pool name is not available")
    pool = {"name": name} | _requested(call, cluster, cluster["_pools"])
    keep(call, cluster, [*cluster["_pools"], pool])
    return {"pool": answer(call, cluster, pool)}


@route("GET", AT + "/pools/{pool}")
def get_pool(call: Call) -> dict[str, Any]:
    return {"pool": answer(call, find(call), find_pool(call))}


@route("PUT", AT + "/pools/{pool}", 204)
def change_pool(call: Call) -> None:
    call.need("mode", "size", "db")
    cluster, name = created(call), find_pool(call)["name"]
    changed = {"name": name} | _requested(call, cluster, [pool for pool in cluster["_pools"] if pool["name"] != name])
    keep(call, cluster, [changed if pool["name"] == name else pool for pool in cluster["_pools"]])


@route("DELETE", AT + "/pools/{pool}", 204)
def delete_pool(call: Call) -> None:
    cluster, name = created(call), find_pool(call)["name"]
    keep(call, cluster, [pool for pool in cluster["_pools"] if pool["name"] != name])


def find_pool(call: Call) -> Thing:
    """Return the pool of the path."""
    for pool in find(call)["_pools"]:
        if pool["name"] == call.path["pool"]:
            return pool
    raise not_found("pool not found")


def keep(call: Call, cluster: Thing, pools: list[Thing]) -> None:
    """Apply and save the pools of a cluster."""
    call.cloud.world.clusters.change_pools(cluster | {"_pools": pools})
    call.cloud.store.change(KIND, cluster["id"], _pools=pools)


def answer(call: Call, cluster: Thing, pool: Thing) -> Thing:
    """Return a pool as the API shows it; clients of a pool without a user log in as themselves."""
    name = pool.get("user") or ADMIN
    user = next((user for user in cluster["_users"] if user["name"] == name), {"name": name, "password": ""})
    endpoints = {
        key: connection(call, cluster, interface, user, pool["name"])
        for interface, key in enumerate(("connection", "private_connection"))
    }
    return shown(pool) | endpoints


def _requested(call: Call, cluster: Thing, others: list[Thing]) -> Thing:
    """Return what a request asks for, once it is validated."""
    requested = call.given("mode", "size", "db") | ({"user": call.body["user"]} if call.body.get("user") else {})
    most = connections(cluster["size"])
    if requested["mode"] not in MODES:
        raise unprocessable(f"invalid pool mode: must be one of {', '.join(MODES)}")
    if requested["size"] < 1 or requested["size"] + sum(pool["size"] for pool in others) > most:
        raise unprocessable(f"invalid pool size: the pools of this cluster have {most} connections")
    if requested["db"] not in cluster["_dbs"]:
        raise unprocessable(f"database {requested['db']} does not exist")
    if "user" in requested and requested["user"] not in [user["name"] for user in cluster["_users"]]:
        raise unprocessable(f"user {requested['user']} does not exist")
    return requested
