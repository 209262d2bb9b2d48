# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every worker of MLflow's server does before it serves; uvicorn calls `event_loop` (`--loop mlops_worker:event_loop`).

- Threads: as many of AnyIO's as the connection pool can serve. `log_batch` takes two connections of one pool at once; with more threads than
  connections a batch waits 30 s and is refused (seen with MLflow 3.17.2).
- Collector: fewer runs, and none over what was imported.
- Artifacts: MLflow lets any client create an experiment whose `artifact_location` is a path of the server. Here a local path is served only when it
  lies inside the artifacts destination.
"""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

import uvloop
from anyio.to_thread import current_default_thread_limiter
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

DESTINATION = os.environ.get("_MLFLOW_SERVER_ARTIFACT_DESTINATION", "")


class ConfinedArtifactRepository(LocalArtifactRepository):
    """Local artifacts, inside the artifacts destination only."""

    def __init__(self, artifact_uri: str, *args, **options):
        wanted = Path(local_file_uri_to_path(artifact_uri)).resolve()
        if "://" in DESTINATION.removeprefix("file://") or not wanted.is_relative_to(Path(local_file_uri_to_path(DESTINATION)).resolve()):
            raise MlflowException(f"{artifact_uri} is outside the artifacts destination of this server", INVALID_PARAMETER_VALUE)
        super().__init__(artifact_uri, *args, **options)


async def settle() -> None:
    """Run once, when the application is imported and before the first request."""
    await asyncio.sleep(0)
    current_default_thread_limiter().total_tokens = int(os.environ["MLOPS_MLFLOW_THREADS"])
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop of one worker."""
    get_registered_artifact_repositories().update({"": ConfinedArtifactRepository, "file": ConfinedArtifactRepository})
    loop = uvloop.new_event_loop()
    loop.settled = loop.create_task(settle())
    return loop
