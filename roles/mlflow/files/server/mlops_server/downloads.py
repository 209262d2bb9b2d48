# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Downloads through the server begin at once and keep nothing on its disk.

MLflow's route has the repository copy an object into a temporary file, and answers from that. Here the same route
runs, with all of its checks and headers, but a repository that can stream offers the object instead, and the answer is
made of that.
"""

from __future__ import annotations

from fastapi import APIRouter
from mlflow.server import artifact_router
from starlette.responses import Response, StreamingResponse

from mlops_server import streams

PATHS = (
    "/api/2.0/mlflow-artifacts/artifacts/{artifact_path:path}",
    "/ajax-api/2.0/mlflow-artifacts/artifacts/{artifact_path:path}",
)


async def download_artifact(artifact_path: str) -> Response:
    """Answer as MLflow does, from the stream that a repository offers."""
    with streams.offers() as offers:
        response = await artifact_router.download_artifact(artifact_path)
    if offers and isinstance(response, StreamingResponse):
        response.body_iterator = streams.chunks(offers[0])
        response.headers["Content-Length"] = str(offers[0].size)
    return response


def install() -> None:
    """Put the route before MLflow's; to be called before MLflow's application is made."""
    router = APIRouter()
    for path in PATHS:
        router.get(path)(download_artifact)
    artifact_router.artifact_router.routes[:0] = router.routes
