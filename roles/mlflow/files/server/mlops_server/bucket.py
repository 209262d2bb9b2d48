# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Artifacts in an S3 bucket, streamed both ways, and errors with the status that they mean.

MLflow's own repository copies a whole object to the server's disk before it goes on, and answers 500 for one that does
not exist, which MLflow's client repeats five times in 31 s (MLflow 3.17.2).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from mimetypes import guess_type

from botocore import exceptions
from botocore.exceptions import ClientError
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)
from mlflow.store.artifact.artifact_repo import StreamUploadMixin
from mlflow.store.artifact.s3_artifact_repo import BOTO_TO_MLFLOW_ERROR, S3ArtifactRepository

from mlops_server import streams
from mlops_server.transfer import S3Object, Upload

MEANINGS = BOTO_TO_MLFLOW_ERROR | {"KeyTooLongError": INVALID_PARAMETER_VALUE}


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Raise what MLflow answers with the right status instead of an error of S3."""
    try:
        yield
    except ClientError as error:
        code, status = error.response["Error"].get("Code"), error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        meaning = MEANINGS.get(code, TEMPORARILY_UNAVAILABLE if status >= 500 else INTERNAL_ERROR)
        raise MlflowException(f"{what}: {error}", meaning) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise MlflowException(f"{what}: the object store does not answer: {error}", TEMPORARILY_UNAVAILABLE) from error


class StreamingS3ArtifactRepository(S3ArtifactRepository, StreamUploadMixin):
    """Artifacts in a bucket."""

    def target(self, *path: str | None) -> dict:
        """Return bucket and key of an artifact, as arguments of an S3 call."""
        bucket, root = self.parse_s3_compliant_uri(self.artifact_uri)
        return {"Bucket": bucket, "Key": posixpath.join(root, *filter(None, path)), **self._bucket_owner_params}

    def upload_options(self, name: str) -> dict:
        """Return what an object is stored with, as MLflow does it: content type and MLFLOW_S3_UPLOAD_EXTRA_ARGS."""
        kind, encoding = guess_type(name)
        options = ({"ContentType": kind} if kind else {}) | ({"ContentEncoding": encoding} if encoding else {})
        return options | (self.get_s3_file_upload_extra_args() or {})

    def log_artifact(self, local_file, artifact_path=None):
        with explained(f"{posixpath.basename(local_file)} could not be stored"):
            super().log_artifact(local_file, artifact_path)

    def log_artifact_from_stream(self, stream, artifact_file_name, artifact_path=None):
        target = self.target(artifact_path, posixpath.basename(artifact_file_name))
        options = self.upload_options(artifact_file_name) | self._bucket_owner_params
        with explained(f"{artifact_file_name} could not be stored"):
            self._get_s3_client().upload_fileobj(stream, target["Bucket"], target["Key"], ExtraArgs=options)

    async def log_artifact_from_async_stream(self, chunks, artifact_file_name, artifact_path=None):
        name = posixpath.basename(artifact_file_name)
        upload = Upload(self._get_s3_client(), self.target(artifact_path, name), self.upload_options(name))
        with explained(f"{name} could not be stored"):
            await upload.all_of(chunks)

    def download_artifacts(self, artifact_path, dst_path=None):
        """Download to a directory, or, where the request can be answered with a stream, open the object."""
        if not streams.wanted():
            return super().download_artifacts(artifact_path, dst_path)
        path = artifact_path.strip("/")
        streams.offer(self.opened(path))
        return posixpath.join(dst_path, posixpath.basename(path))

    def opened(self, path: str) -> S3Object:
        """Return an object that is open for reading."""
        with explained(f"{path} could not be read"):
            try:
                if path:
                    return S3Object(self._get_s3_client(), self.target(path))
            except ClientError as error:
                if error.response["Error"].get("Code") != "NoSuchKey":
                    raise
            if self.list_artifacts(path):
                raise MlflowException(
                    f"Artifact path refers to a directory, not a file: '{path}'", INVALID_PARAMETER_VALUE
                )
        raise MlflowException(f"No such artifact: '{path}'", RESOURCE_DOES_NOT_EXIST)

    def _download_file(self, remote_file_path, local_path):
        with explained(f"{remote_file_path} could not be read"):
            super()._download_file(remote_file_path, local_path)

    def list_artifacts(self, path=None):
        with explained(f"{self.artifact_uri} could not be listed"):
            return super().list_artifacts(path)

    def delete_artifacts(self, artifact_path=None):
        with explained(f"{artifact_path or self.artifact_uri} could not be deleted"):
            super().delete_artifacts(artifact_path)
