# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Clusters of managed PostgreSQL: listed, made, shown, resized, upgraded, deleted. What is in them has files of its own, named database_*.py."""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from ..account import projects, tags
from ..account.catalog import known_region
from ..account.scopes import VIEW_CREDENTIALS
from ..core import addresses
from ..core.problems import not_found, precondition_failed, unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Store, Thing
from ..networking import vpcs
from . import dns, requested
from .dns import KIND, hosts
from .options import ENGINE, ends_of, known_size, known_storage, known_version, memory

if TYPE_CHECKING:
    from ..core.cloud import Cloud

ADMIN, FIRST_DATABASE = "doadmin", "defaultdb"
PORT, POOLS_PORT, METRICS_PORT = 25060, 25061, 9273
UNMADE = ("creating", "forking")
AT = "/v2/databases/{cluster}"


@route("GET", "/v2/databases")
def clusters(call: Call) -> dict[str, Any]:
    tag, found = call.query.get("tag_name"), there(call.cloud.store)
    if tag:
        found = [cluster for cluster in found if tag.lower() in (each.lower() for each in cluster["tags"])]
    return {"databases": [answer(call, cluster) for cluster in found if not call.cloud.hidden(cluster, "list")]}  # never in pages


@route("POST", "/v2/databases", 201)
def add_cluster(call: Call) -> dict[str, Any]:
    from . import backups, trusted_sources

    call.need("name", "engine", "region", "size", "num_nodes")
    store, body = call.cloud.store, call.body
    wish = requested.cluster(call, there(store))
    source = backups.wanted(call)
    identity = str(uuid.uuid4())
    cluster = {"id": identity, "status": "forking" if source else "creating", "created_at": now(), "_made": time.time()} | wish
    cluster |= {"tags": tags.known(store, body.get("tags") or []), "_rules": trusted_sources.checked(call, identity, body.get("rules") or [])}
    cluster |= {"_users": [new_user(ADMIN, "primary")], "_dbs": [FIRST_DATABASE], "_pools": [], "_config": {}, "_backups": [], "_source": source}
    cluster |= {"_addresses": _addresses(call, wish["private_network_uuid"]), "_events": []}
    if source:
        cluster |= {"_users": cluster["_users"] + [user for user in source["users"] if user["name"] != ADMIN], "_dbs": source["dbs"]}
    note(cluster, "cluster_create")
    store.put(KIND, identity, cluster)
    if body.get("project_id"):
        projects.assign(store, {"id": body["project_id"], "is_default": False}, f"do:dbaas:{identity}")
    call.cloud.later("database", finish, identity)
    return {"database": answer(call, cluster)}


@route("GET", AT)
def get_cluster(call: Call) -> dict[str, Any]:
    return {"database": answer(call, find(call))}


@route("DELETE", AT, 204)
def delete_cluster(call: Call) -> None:
    cluster = find(call)
    call.cloud.store.change(KIND, cluster["id"], _gone=True, tags=[])
    call.cloud.later("linger", forget, cluster["id"])


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
    storage = known_storage(call.body["storage_size_mib"], size) if call.body.get("storage_size_mib") else max(least, cluster["storage_size_mib"])
    if storage < cluster["storage_size_mib"]:
        raise unprocessable("invalid storage_size_mib: storage cannot be reduced")
    wish = {"size": size, "num_nodes": nodes, "storage_size_mib": storage}
    call.cloud.store.change(KIND, cluster["id"], status="resizing", _wish=wish)
    call.cloud.later("resize", finish_change, cluster["id"])


@route("PUT", AT + "/upgrade", 204)
def upgrade(call: Call) -> None:
    call.need("version")
    cluster, version = ready(call), known_version(call.body["version"])
    if int(version) <= int(cluster["version"]):
        raise unprocessable(f"cannot upgrade from version {cluster['version']} to {version}")
    call.cloud.store.change(KIND, cluster["id"], status="migrating", _wish={"version": version})
    call.cloud.later("resize", finish_change, cluster["id"])


@route("PUT", AT + "/migrate", 202)
def migrate(call: Call) -> None:
    call.need("region")
    cluster, region = ready(call), known_region(call.body["region"])
    network = requested.vpc(call, region)["id"]
    wish = {"region": region, "private_network_uuid": network, "_addresses": _addresses(call, network)}
    call.cloud.store.change(KIND, cluster["id"], status="migrating", _wish=wish)
    call.cloud.later("resize", finish_change, cluster["id"])


@route("PUT", AT + "/maintenance", 204)
def set_maintenance(call: Call) -> None:
    call.need("day", "hour")
    window = find(call)["maintenance_window"] | requested.maintenance(call.body)
    call.cloud.store.change(KIND, call.path["cluster"], maintenance_window=window)


@route("PUT", AT + "/install_update", 204)
def install_update(call: Call) -> None:
    find(call)


@route("GET", AT + "/autoscale")
def get_autoscale(call: Call) -> dict[str, Any]:
    storage = find(call)["_autoscale"]
    return {"autoscale": {"storage": storage}, "storage": storage}  # as the document has it, and as the official client reads it


@route("PUT", AT + "/autoscale", 204)
def set_autoscale(call: Call) -> None:
    find(call)
    call.cloud.store.change(KIND, call.path["cluster"], _autoscale=requested.autoscale(call.body.get("storage") or {}))


@route("GET", AT + "/do_settings")
def get_do_settings(call: Call) -> dict[str, Any]:
    return {"do_settings": find(call)["do_settings"]}


@route("PUT", AT + "/do_settings", 204)
def set_do_settings(call: Call) -> None:
    find(call)
    call.cloud.store.change(KIND, call.path["cluster"], do_settings=requested.do_settings(call))


@route("GET", AT + "/replicas")
def replicas(call: Call) -> dict[str, Any]:
    find(call)
    return call.page("replicas", [])


@route("GET", AT + "/events")
def events(call: Call) -> dict[str, Any]:
    return call.page("events", find(call)["_events"])


def there(store: Store) -> list[Thing]:
    """Return the clusters that the API shows; deleted ones linger in their VPC for a while."""
    return [cluster for cluster in store.all(KIND) if not cluster.get("_gone")]


def find(call: Call) -> Thing:
    """Return the cluster of the path; one that is not made yet may be too new to be shown."""
    cluster = call.cloud.store.get(KIND, call.path["cluster"])
    if cluster and not cluster.get("_gone") and (cluster["status"] not in UNMADE or not call.cloud.hidden(cluster)):
        return cluster
    raise not_found("cluster not found")


def ready(call: Call) -> Thing:
    """Return the cluster of the path, if it can be changed."""
    cluster = find(call)
    if cluster["status"] != "online":
        raise precondition_failed(f"cluster is {cluster['status']}")
    return cluster


def made(call: Call) -> Thing:
    """Return the cluster of the path, if it is made: what is in it can be changed while it is resized."""
    cluster = find(call)
    if cluster["status"] in UNMADE:
        raise precondition_failed(f"cluster is {cluster['status']}")
    return cluster


def finish(cloud: Cloud, identity: str) -> None:
    """Make a cluster true, then its first backup."""
    from . import backups

    cluster = cloud.store.get(KIND, identity)
    if not cluster or cluster.get("_gone"):
        return
    cloud.world.clusters.make(cloud, cluster)
    with cloud.store.lock:
        there_now = cloud.store.get(KIND, identity)
        if there_now and not there_now.get("_gone"):
            cloud.store.change(KIND, identity, status="online", _source=None)
    if not there_now:  # it was deleted meanwhile
        cloud.world.clusters.remove(cluster)
        return
    cloud.later("name", dns.publish, identity)
    cloud.world.clusters.refilter(cloud)
    cloud.later("backup", backups.make, identity)


def finish_change(cloud: Cloud, identity: str) -> None:
    """Make a resize, an upgrade or a move to another region true."""
    cluster = cloud.store.get(KIND, identity)
    if not cluster or cluster.get("_gone") or not cluster.get("_wish"):
        return
    wish = cluster["_wish"]
    cloud.world.clusters.change(cloud, cluster | wish, moved="version" in wish or "region" in wish)
    with cloud.store.lock:
        cluster = cloud.store.change(KIND, identity, status="online", _wish=None, **wish)
        cloud.store.put(KIND, identity, note(cluster, "cluster_update"))
    cloud.world.names.publish(cloud)  # its addresses are others in another region
    cloud.world.clusters.refilter(cloud)


def forget(cloud: Cloud, identity: str) -> None:
    """Remove what was real of a deleted cluster, then the cluster."""
    if cluster := cloud.store.get(KIND, identity):
        cloud.world.clusters.remove(cluster)
        cloud.world.names.publish(cloud)
        cloud.store.remove(KIND, identity)


def resume(cloud: Cloud) -> None:
    """Go on with what a killed service had begun."""
    cloud.world.clusters.wake(cloud)
    for cluster in cloud.store.all(KIND):
        if cluster.get("_gone"):
            cloud.later("linger", forget, cluster["id"])
        elif cluster["status"] in UNMADE:
            cloud.later("database", finish, cluster["id"])
        elif cluster["status"] != "online":
            cloud.later("resize", finish_change, cluster["id"])


def note(cluster: Thing, event: str) -> Thing:
    """Add to the log of a cluster."""
    entry = {"id": secrets.token_hex(4), "cluster_name": cluster["name"], "event_type": event, "create_time": now()}
    cluster["_events"] = [*cluster["_events"], entry]
    return cluster


def new_user(name: str, role: str = "normal") -> Thing:
    return {"name": name, "role": role, "password": f"AVNS_{secrets.token_urlsafe(15)}", "_made": time.time()}


def seen_user(call: Call, user: Thing) -> Thing:
    """Return what the API shows of a user: no password to a token that may not see it."""
    return {key: value for key, value in shown(user).items() if key != "password" or VIEW_CREDENTIALS in call.granted}


def connection(call: Call, cluster: Thing, leg: int, user: Thing, pool: str = "") -> Thing:
    """Return how to connect to a cluster, or to a pool of it, over one of its legs; 0 is the public one."""
    database, port = (pool, POOLS_PORT) if pool else (FIRST_DATABASE, PORT)
    host, password = hosts(cluster)[leg], user["password"] if VIEW_CREDENTIALS in call.granted else ""
    credentials = f"{user['name']}:{password}" if password else user["name"]
    uri = f"postgresql://{credentials}@{host}:{port}/{database}?sslmode=require"
    facts = {"protocol": "", "uri": uri, "database": database, "host": host, "port": port, "user": user["name"], "ssl": True}
    return facts | ({"password": password} if password else {})


def answer(call: Call, cluster: Thing) -> Thing:
    """Return what the API shows of a cluster."""
    admin = next(user for user in cluster["_users"] if user["name"] == ADMIN)
    ways = {"connection": connection(call, cluster, 0, admin), "private_connection": connection(call, cluster, 1, admin)}
    if cluster["num_nodes"] > 1:
        ways |= {f"standby_{way}": facts for way, facts in ways.items()}
    ends = {f"version_{name}": moment for name, moment in ends_of(cluster["version"]).items()}
    users = [seen_user(call, user) for user in cluster["_users"]]
    endpoints = [{"host": hosts(cluster)[0], "port": METRICS_PORT}] if cluster["status"] != "creating" else []
    facts = {"users": users, "db_names": cluster["_dbs"], "metrics_endpoints": endpoints, "project_id": _project(call, cluster)}
    return shown(cluster) | {"semantic_version": f"{cluster['version']}.0", "engine": ENGINE} | ways | facts | ends


def _addresses(call: Call, network: str) -> list[str]:
    """Return the public and the private address of a new cluster."""
    ranges = (call.cloud.world.droplets.public, IPv4Network(call.cloud.store.get(vpcs.KIND, network)["ip_range"]))
    return [addresses.free(call.cloud.store, each) for each in ranges]


def _project(call: Call, cluster: Thing) -> str:
    placed = call.cloud.store.get("assignment", f"do:dbaas:{cluster['id']}")
    return placed["project"] if placed else projects.default(call.cloud.store)["id"]
