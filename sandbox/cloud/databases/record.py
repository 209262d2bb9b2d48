# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The record of a cluster of managed PostgreSQL: how it is found, and how the API shows it."""

from __future__ import annotations

import secrets
import time

from ..account import projects
from ..account.scopes import VIEW_CREDENTIALS
from ..core.problems import not_found, precondition_failed
from ..core.routes import Call, now, shown
from ..core.store import Thing
from .dns import KIND, hosts
from .options import ENGINE, ends_of

ADMIN, FIRST_DATABASE = "doadmin", "defaultdb"
PORT, POOLS_PORT, METRICS_PORT = 25060, 25061, 9273
UNMADE = ("creating", "forking")
AT = "/v2/databases/{cluster}"


def find(call: Call) -> Thing:
    """Return the cluster of the path; one that is still being created may be too new to be shown."""
    cluster = call.cloud.store.get(KIND, call.path["cluster"])
    if (
        cluster
        and not cluster.get("_gone")
        and (cluster["status"] not in UNMADE or not call.cloud.not_yet_visible(cluster))
    ):
        return cluster
    raise not_found("cluster not found")


def ready(call: Call) -> Thing:
    """Return the cluster of the path, if it is online and can be changed."""
    cluster = find(call)
    if cluster["status"] != "online":
        raise precondition_failed(f"cluster is {cluster['status']}")
    return cluster


def created(call: Call) -> Thing:
    """Return the cluster of the path, if it was created: its contents can be changed even while it is resized."""
    cluster = find(call)
    if cluster["status"] in UNMADE:
        raise precondition_failed(f"cluster is {cluster['status']}")
    return cluster


def note(cluster: Thing, event: str) -> Thing:
    """Add an event to the log of a cluster."""
    entry = {"id": secrets.token_hex(4), "cluster_name": cluster["name"], "event_type": event, "create_time": now()}
    cluster["_events"] = [*cluster["_events"], entry]
    return cluster


def new_user(name: str, role: str = "normal") -> Thing:
    return {"name": name, "role": role, "password": f"AVNS_{secrets.token_urlsafe(15)}", "_made": time.time()}


def user_answer(call: Call, user: Thing) -> Thing:
    """Return a user as the API shows it: without the password, if the token lacks the scope to see it."""
    return {key: value for key, value in shown(user).items() if key != "password" or VIEW_CREDENTIALS in call.granted}


def connection(call: Call, cluster: Thing, interface: int, user: Thing, pool: str = "") -> Thing:
    """Return how to connect to a cluster, or to one of its pools, over an interface: 0 is public, 1 private."""
    database, port = (pool, POOLS_PORT) if pool else (FIRST_DATABASE, PORT)
    host, password = hosts(cluster)[interface], user["password"] if VIEW_CREDENTIALS in call.granted else ""
    credentials = f"{user['name']}:{password}" if password else user["name"]
    uri = f"postgresql://{credentials}@{host}:{port}/{database}?sslmode=require"
    facts = {
        "protocol": "",
        "uri": uri,
        "database": database,
        "host": host,
        "port": port,
        "user": user["name"],
        "ssl": True,
    }
    return facts | ({"password": password} if password else {})


def answer(call: Call, cluster: Thing) -> Thing:
    """Return a cluster as the API shows it."""
    admin = next(user for user in cluster["_users"] if user["name"] == ADMIN)
    connections = {
        "connection": connection(call, cluster, 0, admin),
        "private_connection": connection(call, cluster, 1, admin),
    }
    if cluster["num_nodes"] > 1:
        connections |= {f"standby_{name}": facts for name, facts in connections.items()}
    ends = {f"version_{name}": moment for name, moment in ends_of(cluster["version"]).items()}
    users = [user_answer(call, user) for user in cluster["_users"]]
    endpoints = [{"host": hosts(cluster)[0], "port": METRICS_PORT}] if cluster["status"] != "creating" else []
    facts = {
        "users": users,
        "db_names": cluster["_dbs"],
        "metrics_endpoints": endpoints,
        "project_id": _project(call, cluster),
    }
    return (
        shown(cluster) | {"semantic_version": f"{cluster['version']}.0", "engine": ENGINE} | connections | facts | ends
    )


def _project(call: Call, cluster: Thing) -> str:
    placed = call.cloud.store.get("assignment", f"do:dbaas:{cluster['id']}")
    return placed["project"] if placed else projects.default(call.cloud.store)["id"]
