# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database cluster can be made, or become, what is planned."""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.clusters import (
    cluster_of,
    connections,
    is_smaller,
    size_key,
)
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.findings import one_of

RESERVED_USERS = ("doadmin", "postgres", "replication", "public")
STORAGE_STEP = 10240  # MiB
# GiB that a size has by its memory in GiB, 2026-11 (digitalocean.com/pricing/managed-databases)
STORAGE_OF = {1: 10, 2: 30, 4: 60, 8: 140, 16: 290, 32: 580}
TIMES_STORAGE = 10  # how much of that one can have, assumed
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def check_inputs(given, findings):
    """Judge what needs no look at the cloud."""
    user = given["database_user"] or ""
    if user in RESERVED_USERS or user.startswith(("pg_", "_")):
        findings.refuse(
            "database_user",
            f"{user} is a name that the managed PostgreSQL keeps for itself; use another, such as mlflow",
        )
    check_pool(given, findings)
    check_storage(given, findings)
    window = given["maintenance_window"] or {}
    if window and str(window.get("day", "")).lower() not in DAYS:
        findings.refuse("maintenance_window", f"day {window.get('day')} is not a weekday; use one such as sunday")
    if window and not re.fullmatch(r"([01]?\d|2[0-3])(:[0-5]\d){0,2}", str(window.get("hour", ""))):
        findings.refuse(
            "maintenance_window", f"hour {window.get('hour')} is not a time; use one such as '03:00', in quotes"
        )


def check_pool(given, findings):
    """Refuse a pool with more connections than its size of database has."""
    pool, most = given["pool_size"] or 0, connections(given["database_size"] or "")
    if pool < 0 or (most and pool > most):
        findings.refuse(
            "pool_size",
            f"{pool} is not from 1 to {most}, the connections that {given['database_size']} has; "
            "use fewer, or 0 for no pool",
        )


def check_storage(given, findings):
    """Refuse storage that a size cannot have."""
    storage, memory = given["storage_size_mib"], (size_key(given["database_size"] or "") or [None])[0]
    if not storage:
        return
    least = STORAGE_OF.get(memory, STORAGE_STEP // 1024) * 1024
    most = least * TIMES_STORAGE if memory in STORAGE_OF else None
    if storage < least or storage % STORAGE_STEP or (most and storage > most):
        limits = f"from {least} to {most}" if most else f"of {least} or more"
        findings.refuse(
            "storage_size_mib",
            f"{storage} MiB cannot be had with {given['database_size']}; "
            f"use a multiple of {STORAGE_STEP} {limits}, or 0 for what the size has",
        )


def check(client, given, findings):
    """Judge the cluster that is there, and what is asked for against what is offered; return the cluster, or None."""
    cluster = cluster_of(client, given["database_cluster"] or given["name"])
    asked = {"version": given["version"], "size": given["database_size"], "num_nodes": given["num_nodes"]}
    if cluster:
        check_change(cluster, given, findings)
    if not cluster or any(value not in (None, cluster[key]) for key, value in asked.items()):
        offered = ask(client.databases.list_options)["options"]["pg"]
        check_offer(offered, given, cluster, findings)
    return cluster


def check_offer(offered, given, cluster, findings):
    """Refuse what the API does not offer."""
    version, region = given["version"], given["region"]
    if version and version not in offered["versions"] and version != (cluster or {}).get("version"):
        findings.refuse(
            "version",
            f"{version} is not a version of PostgreSQL that DigitalOcean offers; "
            f"use {one_of(offered['versions'], version)}",
        )
    if region and region not in offered["regions"] and not cluster and not findings.refused("region"):
        findings.refuse(
            "region", f"{region} does not offer managed PostgreSQL; use {one_of(offered['regions'], region)}"
        )
    sizes = {layout["num_nodes"]: layout["sizes"] for layout in offered["layouts"]}
    everywhere = list(dict.fromkeys(size for layout in sizes.values() for size in layout))
    size, nodes = given["database_size"], given["num_nodes"]
    if size and size not in everywhere:
        findings.refuse(
            "database_size", f"{size} is not a size of a managed PostgreSQL; use {one_of(everywhere, size)}"
        )
    elif nodes and nodes not in sizes:
        findings.refuse(
            "num_nodes", f"{nodes} is not a number of nodes that a cluster can have; use {one_of(map(str, sizes))}"
        )
    elif size and nodes and size not in sizes[nodes]:
        findings.refuse(
            "database_size",
            f"{size} cannot have {nodes} nodes; use {one_of(sizes[nodes], size)}, "
            f"or set {findings.name('num_nodes')} to 1",
        )


def check_change(cluster, given, findings):
    """Refuse what an existing cluster cannot become."""
    name, version, size, storage = cluster["name"], given["version"], given["database_size"], given["storage_size_mib"]
    if given["region"] and given["region"] != cluster["region"]:
        findings.refuse(
            "region",
            f"{given['region']} is not the region of the cluster {name}, which is in {cluster['region']}; "
            f"set it to {cluster['region']}",
        )
    if version and version.isdigit() and int(version) < int(cluster["version"]):
        findings.refuse(
            "version",
            f"{version} is below {cluster['version']}, which the cluster {name} runs for good; "
            f"set it to '{cluster['version']}'",
        )
    if size and is_smaller(size, cluster["size"]):
        findings.refuse(
            "database_size",
            f"{size} is smaller than {cluster['size']}, and the cluster {name} cannot shrink; "
            f"set it to {cluster['size']} or larger",
        )
    if storage and storage < (cluster.get("storage_size_mib") or 0):
        least = cluster["storage_size_mib"]
        findings.refuse(
            "storage_size_mib",
            f"{storage} is less than {least}, and the storage of the cluster {name} cannot shrink; "
            f"set it to {least}, or 0",
        )
