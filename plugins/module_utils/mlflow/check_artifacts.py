# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a user's files go up and down again: through MLflow, and straight to the bucket where it sends clients there."""

from __future__ import annotations

import hashlib
import os
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.front_door import unreachable
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.legs import LegError, require

MEBIBYTE = 1 << 20


def digest(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def folder_of(uri):
    """Return where in the artifact store the artifacts of a run or a model are."""
    return urlsplit(uri).path.strip("/")


class Artifacts:
    """The artifacts of the run that is in `made`, which tells what is uploaded to those who look at the stores."""

    def __init__(self, door, api, made, folder, artifact_mb):
        self.door, self.api, self.made, self.folder, self.artifact_mb = door, api, made, folder, artifact_mb

    def upload(self):
        """Upload a file of 5 bytes and one of several MB through MLflow."""
        self.made |= {"files": {}, "ranges": {}}
        self.root = folder_of(self.api.get_run(self.made["run_id"]).info.artifact_uri)
        self.put("small.txt", b"small")
        self.put("large.bin", os.urandom(self.artifact_mb * MEBIBYTE))

    def put(self, name, content):
        """Upload one file."""
        (self.folder / name).write_bytes(content)
        self.api.log_artifact(self.made["run_id"], str(self.folder / name), "data")
        path, first, length = f"{self.root}/data/{name}", len(content) * 3 // 8 + 1, len(content) // 4
        self.made["files"][path] = hashlib.sha256(content).hexdigest()
        if length >= MEBIBYTE // 4:
            self.made["ranges"][path] = [first, length, hashlib.sha256(content[first : first + length]).hexdigest()]

    def presigned(self):
        """Try the bucket itself, where MLflow sends clients there.

        Knock first, because MLflow's client would try for minutes.
        """
        offers = self.door.get("/api/3.0/mlflow/server-info")
        if offers.get("multipart_downloads_enabled"):
            url = self.door.get(f"/api/2.0/mlflow-artifacts/presigned/{self.root}/data/small.txt")["url"]
            try:
                self.door.knock(url, os.environ.get("REQUESTS_CA_BUNDLE") or import_module("certifi").where())
            except OSError as error:
                parts, reason = urlsplit(url), unreachable(error, self.door.timeout)
                raise LegError(
                    "The artifact could be uploaded, but not downloaded: MLflow sends clients to "
                    f"{parts.scheme}://{parts.netloc}, which this host cannot use: {reason}. "
                    "Set mlflow_artifacts_presigned to false, or let clients reach it"
                ) from error
        if offers.get("multipart_uploads_enabled"):
            os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1"
            self.put("direct.bin", os.urandom(self.artifact_mb * MEBIBYTE))

    def download(self):
        """Download the files again and compare the bytes."""
        (self.folder / "again").mkdir()
        for path, expected in self.made["files"].items():
            name = path.rsplit("/", 1)[-1]
            found = self.api.download_artifacts(self.made["run_id"], f"data/{name}", str(self.folder / "again"))
            same = digest(Path(found)) == expected
            require(same, f"The artifact {name} came back with other bytes than were uploaded")
