# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The users of a cluster, whose passwords the API generates and shows, and its databases."""

from __future__ import annotations

import re
import time
from typing import Any

from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route
from ..core.store import Thing
from .record import ADMIN, AT, FIRST_DATABASE, KIND, created, find, new_user, user_answer

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
KEPT = ("postgres", "template0", "template1", "_dodb", "pgbouncer")


@route("GET", AT + "/users")
def users(call: Call) -> dict[str, Any]:
    return call.page("users", [user_answer(call, user) for user in find(call)["_users"]])


@route("POST", AT + "/users", 201)
def add_user(call: Call) -> dict[str, Any]:
    cluster, name = created(call), _new_name(call, [user["name"] for user in find(call)["_users"]], "user")
    user = new_user(name) | call.given("settings")
    call.cloud.world.clusters.add_user(cluster, user)
    call.cloud.store.change(KIND, cluster["id"], _users=[*cluster["_users"], user])
    return {"user": user_answer(call, user)}


@route("GET", AT + "/users/{user}")
def get_user(call: Call) -> dict[str, Any]:
    return {"user": user_answer(call, find_user(call))}


@route("PUT", AT + "/users/{user}", 201)
def change_user(call: Call) -> dict[str, Any]:
    return {"user": user_answer(call, _change(call, find_user(call) | call.given("settings")))}


@route("DELETE", AT + "/users/{user}", 204)
def delete_user(call: Call) -> None:
    cluster, user = created(call), find_user(call)
    if user["name"] == ADMIN:
        raise unprocessable(f"{ADMIN} cannot be deleted")
    if any(pool.get("user") == user["name"] for pool in cluster["_pools"]):
        raise unprocessable("user is in use by a connection pool")
    call.cloud.world.clusters.remove_user(cluster, user)
    call.cloud.store.change(
        KIND, cluster["id"], _users=[each for each in cluster["_users"] if each["name"] != user["name"]]
    )


@route("POST", AT + "/users/{user}/reset_auth")
def reset_auth(call: Call) -> dict[str, Any]:
    user = find_user(call)
    return {"user": user_answer(call, _change(call, user | {"password": new_user(user["name"])["password"]}))}


@route("GET", AT + "/dbs")
def databases(call: Call) -> dict[str, Any]:
    return call.page("dbs", [{"name": name} for name in find(call)["_dbs"]])


@route("POST", AT + "/dbs", 201)
def add_database(call: Call) -> dict[str, Any]:
    cluster, name = created(call), _new_name(call, find(call)["_dbs"], "database")
    call.cloud.world.clusters.add_database(cluster, name)
    times = cluster.get("_dbs_made", {}) | {name: time.time()}
    call.cloud.store.change(KIND, cluster["id"], _dbs=[*cluster["_dbs"], name], _dbs_made=times)
    return {"db": {"name": name}}


@route("GET", AT + "/dbs/{database}")
def get_database(call: Call) -> dict[str, Any]:
    return {"db": {"name": find_database(call)}}


@route("DELETE", AT + "/dbs/{database}", 204)
def delete_database(call: Call) -> None:
    cluster, name = created(call), find_database(call)
    if name == FIRST_DATABASE:
        raise unprocessable(f"{FIRST_DATABASE} cannot be deleted")
    if any(pool["db"] == name for pool in cluster["_pools"]):
        raise unprocessable("database is in use by a connection pool")
    call.cloud.world.clusters.remove_database(cluster, name)
    call.cloud.store.change(KIND, cluster["id"], _dbs=[each for each in cluster["_dbs"] if each != name])


def find_user(call: Call) -> Thing:
    """Return the user of the path."""
    for user in find(call)["_users"]:
        if user["name"] == call.path["user"] and not call.cloud.not_yet_visible(user):
            return user
    raise not_found("user not found")


def find_database(call: Call) -> str:
    """Return the name of the database of the path."""
    cluster, name = find(call), call.path["database"]
    if name in cluster["_dbs"] and not call.cloud.not_yet_visible({"_made": cluster.get("_dbs_made", {}).get(name, 0)}):
        return name
    raise not_found("database not found")


def _change(call: Call, user: Thing) -> Thing:
    """Apply and save a changed user."""
    cluster = created(call)
    call.cloud.world.clusters.change_user(cluster, user)
    call.cloud.store.change(
        KIND, cluster["id"], _users=[user if each["name"] == user["name"] else each for each in cluster["_users"]]
    )
    return user


def _new_name(call: Call, taken: list[str], what: str) -> str:
    call.need("name")
    name = str(call.body["name"])
    if not NAME.fullmatch(name) or name in KEPT or name.startswith("pg_"):
        raise unprocessable(f"invalid {what} name {name}")
    if name in taken:
        raise unprocessable(f"{what} name is not available")
    return name
