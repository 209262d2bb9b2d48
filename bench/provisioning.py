# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a run of playbooks/provision.yml costs where all is there.

It runs against the sandbox's API, with nothing real behind it.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from sandbox import keys
from sandbox.cloud.api.serve import in_thread
from sandbox.cloud.api.service import application
from sandbox.cloud.core.cloud import Cloud, Settings
from sandbox.cloud.core.store import Store
from sandbox.cloud.core.world import World
from tests.unit.cloud import s3
from tests.unit.cloud.environment import TOKEN, Environment

from .machines import Cost, spent
from .rows import Comparison, Result, Row

REQUESTS, SECONDS = 21, 10
FEW, MANY = 2, 100


def provisioning(*, quick: bool) -> Result:
    """Provision an environment of 2 droplets and one of 100, then each once more with nothing to do."""
    store, first, again, requests = s3.Store(), defaultdict(list), defaultdict(list), {}
    for _ in range(1 if quick else 3):
        for droplets in (FEW, MANY):
            with tempfile.TemporaryDirectory() as scratch:
                made, nothing, requests[droplets] = _twice(
                    Path(scratch), store, [f"mlflow-{number}" for number in range(droplets)]
                )
            first[droplets].append(made.cpu_seconds)
            again[droplets].append(nothing.cpu_seconds)
    return Result(
        (
            *(
                _count(f"API requests with nothing to do, {droplets} droplets", count, REQUESTS)
                for droplets, count in requests.items()
            ),
            *(
                _count(f"CPU seconds with nothing to do, {droplets} droplets", max(seconds), SECONDS)
                for droplets, seconds in again.items()
            ),
            Comparison(f"CPU with nothing to do, {MANY} droplets against {FEW}", again[MANY], again[FEW], "s").at_most(
                1.1
            ),
            Comparison("CPU with nothing to do, against the first run", again[FEW], first[FEW], "s").at_most(1),
        )
    )


def _twice(scratch: Path, store: s3.Store, hosts: list[str]) -> tuple[Cost, Cost, int]:
    """Provision from an empty account, and again; return what both cost and how many requests the second made."""
    keys.ensure(scratch)
    keys.certify_names(scratch, "localhost", ["DNS:localhost", "IP:127.0.0.1"])
    cloud = Cloud(Store(), World(), Settings(TOKEN), state=scratch)
    url = in_thread(application(cloud), scratch / "localhost.crt", scratch / "localhost.key")
    environment = Environment(scratch, store, (url, scratch / "ca.crt"), hosts)
    first = spent(environment.run)
    (scratch / "cloud.log").unlink()
    again = spent(environment.run)
    return first, again, len((scratch / "cloud.log").read_text().splitlines())


def _count(claim: str, count: float, most: int) -> Row:
    return Row(claim, f"{count:.3g}", "", "", f"<= {most}", "yes" if count <= most else "no")
