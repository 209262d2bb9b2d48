# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is on offer for managed PostgreSQL: sizes, versions, regions. The API does not tell their prices."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ...regions import REGIONS
from ..core.problems import unprocessable
from ..core.routes import Call, route

ENGINE = "pg"
FACTS: dict[str, Any] = yaml.safe_load((Path(__file__).with_name("options.yml")).read_text())
SIZES: list[str] = FACTS["sizes"]
VERSIONS: dict[str, tuple[date, date, str]] = FACTS["versions"]
TIMES_STORAGE = 10  # the most that can be added, as a multiple of the size's own
STEP_MIB = 10240
NODES = (1, 2, 3)


@route("GET", "/v2/databases/options")
def options(_call: Call) -> dict[str, Any]:
    default = FACTS["default_version"]
    layouts = [
        {"num_nodes": nodes, "sizes": [size for size in SIZES if nodes == 1 or memory(size) > 1]} for nodes in NODES
    ]
    facts = {"regions": list(REGIONS), "versions": list(VERSIONS), "layouts": layouts, "default_version": default}
    ends = [{"version": version, "default": version == default} | ends_of(version) for version in VERSIONS]
    return {"options": {ENGINE: facts}, "version_availability": {ENGINE: ends}}


def ends_of(version: str) -> dict[str, str]:
    available, alive, _debian = VERSIONS[version]
    return {"end_of_life": f"{alive}T00:00:00Z", "end_of_availability": f"{available}T00:00:00Z"}


def memory(size: str) -> int:
    """Return the memory of a size's nodes in GiB."""
    return int(re.search(r"-(\d+)gb$", size)[1])


def connections(size: str) -> int:
    """Return how many connections a size allows: 25 for each GiB, less 3 for the cloud itself."""
    return 25 * memory(size) - 3


def known_size(wanted: object, nodes: object) -> tuple[str, int]:
    """Return size and number of nodes, if they are available together."""
    if wanted not in SIZES:
        raise unprocessable(f"invalid size {wanted}")
    if nodes not in NODES:
        raise unprocessable("invalid num_nodes: must be 1, 2 or 3")
    if nodes > 1 and memory(wanted) == 1:
        raise unprocessable(f"invalid num_nodes: size {wanted} has one node only")
    return wanted, nodes


def known_storage(wanted: int | None, size: str) -> int:
    """Return the storage of a cluster in MiB: what the size has, or more if requested."""
    least = FACTS["storage_gib"][memory(size)] * 1024
    if not wanted:
        return least
    if not least <= wanted <= least * TIMES_STORAGE or (wanted - least) % STEP_MIB:
        raise unprocessable(
            f"invalid storage_size_mib: size {size} has {least} to {least * TIMES_STORAGE} MiB in steps of {STEP_MIB}"
        )
    return wanted


def known_version(wanted: object) -> str:
    """Return an available version, the default one if none is requested."""
    version = str(wanted or FACTS["default_version"])
    if version not in VERSIONS:
        raise unprocessable(f"invalid version {wanted}; there are {', '.join(VERSIONS)}")
    return version


def stand_in(version: str) -> str:
    """Return the version of Debian's PostgreSQL that runs in the sandbox in place of this one."""
    return VERSIONS[version][2]
