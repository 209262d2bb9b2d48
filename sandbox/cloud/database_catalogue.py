# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What can be had of managed PostgreSQL: sizes, versions, regions. Their prices are not in the API."""

from __future__ import annotations

import re
from typing import Any

from .problems import unprocessable
from .regions import REGIONS
from .routes import Call, route

ENGINE = "pg"
SIZES = [
    *("db-s-1vcpu-1gb", "db-s-1vcpu-2gb", "db-s-2vcpu-4gb", "db-s-4vcpu-8gb", "db-s-6vcpu-16gb", "db-s-8vcpu-32gb"),
    *("db-intel-1vcpu-1gb", "db-intel-1vcpu-2gb", "db-intel-2vcpu-4gb", "db-intel-2vcpu-8gb", "db-intel-4vcpu-16gb"),
    *("db-amd-1vcpu-1gb", "db-amd-1vcpu-2gb", "db-amd-2vcpu-4gb", "db-amd-2vcpu-8gb", "db-amd-4vcpu-16gb"),
    *("gd-2vcpu-8gb", "gd-4vcpu-16gb", "gd-8vcpu-32gb", "so1_5-2vcpu-16gb", "so1_5-4vcpu-32gb"),
]
STORAGE_GIB = {1: 10, 2: 30, 4: 60, 8: 140, 16: 290, 32: 580}  # what a plan has, by its memory
TIMES_STORAGE = 10  # how much of it one can have
STEP_MIB = 10240
NODES = (1, 2, 3)
ENDS = {"15": ("2027-05-12", "2027-11-11"), "16": ("2028-05-09", "2028-11-09"), "17": ("2029-05-08", "2029-11-08")}  # of availability, of life


@route("GET", "/v2/databases/options")
def options(call: Call) -> dict[str, Any]:
    versions = call.cloud.world.clusters.versions
    layouts = [{"num_nodes": nodes, "sizes": [size for size in SIZES if nodes == 1 or memory(size) > 1]} for nodes in NODES]
    facts = {"regions": list(REGIONS), "versions": list(versions), "layouts": layouts, "default_version": versions[-1]}
    ends = [{"version": version, "default": version == versions[-1]} | ends_of(version) for version in versions]
    return {"options": {ENGINE: facts}, "version_availability": {ENGINE: ends}}


def ends_of(version: str) -> dict[str, str | None]:
    available, alive = ENDS.get(version, (None, None))
    return {"end_of_life": alive and f"{alive}T00:00:00Z", "end_of_availability": available and f"{available}T00:00:00Z"}


def memory(size: str) -> int:
    """Return the memory of a size's nodes in GiB."""
    return int(re.search(r"-(\d+)gb$", size)[1])


def connections(size: str) -> int:
    """Return how many connections a size allows: 25 for each GiB, of which 3 are the cloud's own."""
    return 25 * memory(size) - 3


def known_size(wanted: object, nodes: object) -> tuple[str, int]:
    """Return size and number of nodes, if they can be had together."""
    if wanted not in SIZES:
        raise unprocessable(f"invalid size {wanted}")
    if nodes not in NODES:
        raise unprocessable("invalid num_nodes: must be 1, 2 or 3")
    if nodes > 1 and memory(wanted) == 1:
        raise unprocessable(f"invalid num_nodes: size {wanted} has one node only")
    return wanted, nodes


def known_storage(wanted: int | None, size: str) -> int:
    """Return the storage of a cluster in MiB: what the size has, or more of it if asked for."""
    least = STORAGE_GIB[memory(size)] * 1024
    if not wanted:
        return least
    if not least <= wanted <= least * TIMES_STORAGE or (wanted - least) % STEP_MIB:
        raise unprocessable(f"invalid storage_size_mib: size {size} has {least} to {least * TIMES_STORAGE} MiB in steps of {STEP_MIB}")
    return wanted


def known_version(call: Call, wanted: object) -> str:
    """Return a version that can be had, the newest if none is asked for."""
    versions = call.cloud.world.clusters.versions
    if wanted and str(wanted) not in versions:
        raise unprocessable(f"invalid version {wanted}; there are {', '.join(versions)}")
    return str(wanted or versions[-1])
