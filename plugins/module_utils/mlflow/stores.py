# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's two stores as they are on its host, without MLflow: the rows of one, the objects of the other."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit


def environment(file, credentials, timeout):
    """Return what a systemd EnvironmentFile sets, and where credentials are while the service does not run."""
    lines = Path(file).read_text(encoding="utf-8").split("\n")
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith(("#", ";")))
    values = {key.strip(): unquote(value.strip()) for key, sign, value in pairs if sign}
    kept = {"PGPASSFILE": Path(credentials, "pgpass"), "AWS_SHARED_CREDENTIALS_FILE": Path(credentials, "aws")}
    there = {key: str(path) for key, path in kept.items() if path.exists()}
    return {"PGCONNECT_TIMEOUT": str(timeout)} | values | there


def unquote(value):
    """Return a value as systemd reads it."""
    if value[:1] == "'":
        return value[1:-1]
    return re.sub(r'\\(["\\`$])', r"\1", value[1:-1]) if value[:1] == '"' else re.sub(r"\\(.)", r"\1", value)


def backend_store():
    """Return the backend store that the environment names."""
    uri = os.environ["MLFLOW_BACKEND_STORE_URI"]
    return Files(uri) if urlsplit(uri).scheme in {"", "file"} else Rows(uri)


def artifact_store(timeout):
    """Return the artifact store that the environment names."""
    uri = os.environ["MLFLOW_ARTIFACTS_DESTINATION"]
    return Bucket(uri, timeout) if urlsplit(uri).scheme == "s3" else Directory(uri)


class Rows:
    """The rows of some experiments, {id: name}, and of the registered models of the same names, in any database."""

    def __init__(self, uri):
        self.sql = import_module("sqlalchemy")
        self.engine = self.sql.create_engine(uri, poolclass=self.sql.NullPool)
        self.where = self.engine.url.render_as_string()
        self.metadata = self.sql.MetaData()
        self.metadata.reflect(self.engine)

    def select(self, table, columns, **equal):
        """Return the rows of a table."""
        table = self.metadata.tables[table].c
        same = [table[key] == value for key, value in equal.items()]
        query = self.sql.select(*(table[column] for column in columns)).where(*same)
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def experiments(self):
        """Return id, name and artifact root of all experiments."""
        return self.select("experiments", ["experiment_id", "name", "artifact_location"])

    def params(self, _experiment, run):
        """Return the parameters of a run."""
        return dict(self.select("params", ["key", "value"], run_uuid=run))

    def of(self, experiments):
        """Return, children first, each table that may hold rows of the experiments, and the condition for them."""
        keys = {"experiment_id": list(experiments), "name": list(experiments.values())}
        for key, table in (("run_uuid", "runs"), ("model_id", "logged_models")):
            keys[key] = [row[0] for each in experiments for row in self.select(table, [key], experiment_id=int(each))]
        keys["run_id"] = keys["run_uuid"]
        for table in reversed(self.metadata.sorted_tables):
            known = [column for column in table.c if keys.get(column.name)]
            if known:
                mine = [column.in_([column.type.python_type(key) for key in keys[column.name]]) for column in known]
                yield table, self.sql.or_(*mine)

    def count(self, experiments):
        """Return how many rows there are, by table."""
        found, number = list(self.of(experiments)), self.sql.select(self.sql.func.count())
        with self.engine.connect() as connection:
            numbers = {table.name: connection.scalar(number.select_from(table).where(mine)) for table, mine in found}
        return {table: number for table, number in numbers.items() if number}

    def remove(self, experiments):
        """Delete the rows for good, all or none."""
        found = list(self.of(experiments))
        with self.engine.begin() as connection:
            for table, mine in found:
                connection.execute(table.delete().where(mine))


class Files:
    """The same in the directory of a file store, in the words of the tables."""

    patterns: ClassVar = {
        "experiments": "{id}/meta.yaml",
        "runs": "{id}/*/meta.yaml",
        "params": "{id}/*/params/**/*",
        "latest_metrics": "{id}/*/metrics/**/*",
        "tags": "{id}/*/tags/**/*",
        "logged_models": "{id}/models/*/meta.yaml",
        "registered_models": "models/{name}/meta.yaml",
        "model_versions": "models/{name}/version-*/meta.yaml",
        "registered_model_aliases": "models/{name}/aliases/*",
    }

    def __init__(self, uri):
        self.where = self.root = Path(urlsplit(uri).path)

    def files(self, pattern, experiment="", name=""):
        """Return the files that a pattern finds."""
        return [path for path in self.root.glob(pattern.format(id=experiment, name=name)) if path.is_file()]

    def experiments(self):
        """Return id, name and artifact root of all experiments."""
        load = import_module("yaml").safe_load
        paths = [*self.files("[0-9]*/meta.yaml"), *self.files(".trash/[0-9]*/meta.yaml")]
        metas = [load(path.read_text(encoding="utf-8")) for path in paths]
        return [(meta["experiment_id"], meta["name"], meta["artifact_location"]) for meta in metas]

    def params(self, experiment, run):
        """Return the parameters of a run."""
        return {path.name: path.read_text(encoding="utf-8") for path in self.files(f"{experiment}/{run}/params/*")}

    def count(self, experiments):
        """Return how many rows there would be, by table."""
        found = {
            table: [path for pair in experiments.items() for path in self.files(pattern, *pair)]
            for table, pattern in self.patterns.items()
        }
        numbers = {table: len(paths) for table, paths in found.items()}
        numbers["metrics"] = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in found["latest_metrics"])
        return {table: number for table, number in numbers.items() if number}

    def remove(self, experiments):
        """Delete the files for good."""
        for experiment, name in experiments.items():
            for folder in (f"models/{name}", str(experiment), f".trash/{experiment}"):
                shutil.rmtree(self.root / folder, ignore_errors=True)


class Bucket:
    """The objects of an S3 bucket, all versions of them."""

    def __init__(self, uri, timeout):
        self.where, parts = uri, urlsplit(uri)
        self.prefix = parts.path.strip("/")
        style = os.environ.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")
        patience = {"connect_timeout": timeout, "read_timeout": timeout, "retries": {"total_max_attempts": 1}}
        config = import_module("botocore.config").Config(**patience, s3={"addressing_style": style})
        s3 = import_module("boto3").resource("s3", endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL"), config=config)
        self.bucket = s3.Bucket(parts.netloc)

    def key(self, path):
        """Return the key of an artifact."""
        return f"{self.prefix}/{path}".lstrip("/")

    def digest(self, path, first=0, length=None):
        """Return the SHA-256 of an object, or of so many of its bytes from the first one on, which counts from 0."""
        asked = {"Range": f"bytes={first}-{first + length - 1}"} if length else {}
        body = self.bucket.Object(self.key(path)).get(**asked)["Body"]
        return hashlib.file_digest(body, "sha256").hexdigest()

    def count(self, folder):
        """Return how many objects there are in a folder, older versions and deletion marks too."""
        return sum(1 for _version in self.bucket.object_versions.filter(Prefix=self.key(folder) + "/"))

    def remove(self, folder):
        """Delete all objects of a folder for good."""
        self.bucket.object_versions.filter(Prefix=self.key(folder) + "/").delete()


class Directory:
    """The files of a directory."""

    def __init__(self, uri):
        self.where = self.root = Path(urlsplit(uri).path)

    def digest(self, path, first=0, length=None):
        """Return the SHA-256 of a file, or of so many of its bytes from the first one on, which counts from 0."""
        with (self.root / path).open("rb") as stream:
            stream.seek(first)
            checksum = hashlib.sha256(stream.read(length)) if length else hashlib.file_digest(stream, "sha256")
            return checksum.hexdigest()

    def count(self, folder):
        """Return how many files there are in a folder."""
        return sum(path.is_file() for path in (self.root / folder).rglob("*"))

    def remove(self, folder):
        """Delete a folder for good."""
        shutil.rmtree(self.root / folder, ignore_errors=True)
