# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Artifacts in a directory of the server.

MLflow lets any client create an experiment whose `artifact_location` is a path of the server. Here a local path is
served only when it lies inside the artifacts destination, links followed. Uploads are written beside their destination
and renamed, as MLflow does it, but in larger pieces.
"""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import validate_path_within_directory

PIECE = 1 << 20
NAMES = {  # a path that cannot be a file's is the client's mistake; a 500 would make MLflow's client ask five times
    errno.ENAMETOOLONG: "it is too long",
    errno.ENOTDIR: "a part of it is a file, not a directory",
    errno.EEXIST: "a part of it is a file, not a directory",
    errno.EISDIR: "there is a directory of that name",
}


def destination() -> str:
    """Return the artifacts destination of this server, a path or a URI."""
    return os.environ.get("_MLFLOW_SERVER_ARTIFACT_DESTINATION") or os.environ.get("MLFLOW_ARTIFACTS_DESTINATION", "")


@contextmanager
def usable(path: str | None) -> Iterator[None]:
    """Refuse a path that cannot be an artifact's."""
    try:
        yield
    except OSError as error:
        if error.errno not in NAMES:
            raise
        raise MlflowException(
            f"{path} cannot be the path of an artifact: {NAMES[error.errno]}", INVALID_PARAMETER_VALUE
        ) from error


async def pieces(chunks: AsyncIterable[bytes], size: int = PIECE) -> AsyncIterator[bytes]:
    """Yield what comes in small chunks in larger pieces."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) >= size:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


class ConfinedArtifactRepository(LocalArtifactRepository):
    """Local artifacts, inside the artifacts destination only."""

    def __init__(self, artifact_uri: str, *args, **options):
        wanted, root = Path(local_file_uri_to_path(artifact_uri)).resolve(), destination()
        if "://" in root.removeprefix("file://") or not wanted.is_relative_to(
            Path(local_file_uri_to_path(root)).resolve()
        ):
            raise MlflowException(
                f"{artifact_uri} is outside the artifacts destination of this server", INVALID_PARAMETER_VALUE
            )
        super().__init__(artifact_uri, *args, **options)

    def get_local_path(self, artifact_path):
        try:
            return super().get_local_path(artifact_path)
        except OSError as error:
            raise MlflowException(f"No such artifact: '{artifact_path}'", RESOURCE_DOES_NOT_EXIST) from error

    def list_artifacts(self, path=None):
        with usable(path):
            return super().list_artifacts(path)

    def log_artifact(self, local_file, artifact_path=None):
        with usable(artifact_path):
            super().log_artifact(local_file, artifact_path)

    def log_artifact_from_stream(self, stream, artifact_file_name, artifact_path=None):
        with usable(f"{artifact_path or ''}/{artifact_file_name}"):
            super().log_artifact_from_stream(stream, artifact_file_name, artifact_path)

    async def log_artifact_from_async_stream(self, chunks, artifact_file_name, artifact_path=None):
        with usable(f"{artifact_path or ''}/{artifact_file_name}"):
            await super().log_artifact_from_async_stream(pieces(chunks), artifact_file_name, artifact_path)

    def delete_artifacts(self, artifact_path=None):
        """Delete a file or a directory, but nothing that a link leads to elsewhere."""
        if artifact_path:
            validate_path_within_directory(self.artifact_dir, str(Path(self.artifact_dir, artifact_path)))
        super().delete_artifacts(artifact_path)
