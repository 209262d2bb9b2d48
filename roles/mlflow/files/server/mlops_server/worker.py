# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every worker of MLflow's server does before it serves.

uvicorn calls `event_loop` (`--loop mlops_server.worker:event_loop`).

- Threads: as many of AnyIO's as the connection pool can serve. `log_batch` takes two connections of one pool at once;
  with more threads than connections a batch waits 30 s and is refused (seen with MLflow 3.17.2).
- Collector: fewer runs, and none over what was imported.
- Downloads: streamed, see `downloads`.
- Artifacts: nothing is served if MLflow has not taken the repository that confines local paths.
- systemd: the unit counts as started when all workers accept connections, see `service`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from importlib.util import find_spec

import uvloop
from anyio.to_thread import current_default_thread_limiter
from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories

from mlops_server import service
from mlops_server.directory import ConfinedArtifactRepository


class Announced:
    """An event loop that tells systemd when its process begins to accept connections."""

    async def create_server(self, *args, **options):
        """Listen as asyncio does, then say so."""
        server = await super().create_server(*args, **options)
        service.serving()
        return server


async def settle() -> None:
    """Run once, when the application is imported and before the first request."""
    await asyncio.sleep(0)
    current_default_thread_limiter().total_tokens = int(os.environ["MLOPS_MLFLOW_THREADS"])
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def event_loop(kind: type[asyncio.AbstractEventLoop] = uvloop.Loop) -> asyncio.AbstractEventLoop:
    """Return the loop of one worker."""
    service.starting()
    if {get_registered_artifact_repositories()[scheme] for scheme in ("", "file")} != {ConfinedArtifactRepository}:
        sys.exit("MLflow has not registered the artifact repository that confines local paths")
    if find_spec("mlflow.server.artifact_router"):  # since MLflow 3.15
        from mlops_server import downloads

        downloads.install()
    loop = type("Loop", (Announced, kind), {})()
    loop.settled = loop.create_task(settle())
    return loop
