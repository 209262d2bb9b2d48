# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The artifacts: a list of them that fits a dump, a check of a sample, and the way back of what was deleted since."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

MIB = 1 << 20
CHANCE = random.SystemRandom()
# The sizes of parts, in MiB, that S3 clients upload with by default or are told to
PARTS = (5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 250, 256, 500, 512, 1000, 1024)


def manifest(destination):
    """Return the artifacts of a store, each as a dict.

    It has path (str), size (int, bytes), checksum (str, the ETag of an object, "" for a file) and version (str, "" for
    a file).
    """
    return (Bucket if destination.startswith("s3:") else Directory)(destination).entries()


class Directory:
    """A directory of artifacts, which a snapshot holds itself."""

    def __init__(self, destination):
        self.root = Path(urlsplit(destination).path)

    def entries(self):
        """Yield the files."""
        for folder, _folders, files in os.walk(self.root):
            for name in files:
                path = Path(folder, name)
                size = path.lstat().st_size
                yield {"path": str(path.relative_to(self.root)), "size": size, "checksum": "", "version": ""}


class Bucket:
    """The artifacts in a bucket of S3."""

    def __init__(self, destination):
        parts = urlsplit(destination)
        self.name, self.prefix = parts.netloc, parts.path.strip("/") + "/" * (parts.path.strip("/") != "")
        config = import_module("botocore.config").Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 5},
            s3={"addressing_style": os.environ.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")},
        )
        self.gone = import_module("botocore.exceptions").ClientError
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")
        self.client = import_module("boto3").client("s3", endpoint_url=endpoint, config=config)

    def entries(self):
        """Yield the newest version of each object."""
        operation, kind = self.listing()
        pages = self.client.get_paginator(operation).paginate(Bucket=self.name, Prefix=self.prefix)
        for each in (each for page in pages for each in page.get(kind, []) if each.get("IsLatest", True)):
            yield {
                "path": each["Key"].removeprefix(self.prefix),
                "size": each["Size"],
                "checksum": each["ETag"].strip('"'),
                "version": each.get("VersionId", ""),
            }

    def listing(self):
        """Return how objects are listed: without versions if the server has none, or the key may not see them."""
        try:
            self.client.list_object_versions(Bucket=self.name, Prefix=self.prefix, MaxKeys=1)
        except self.gone as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 405, 501):
                raise
            return "list_objects_v2", "Contents"
        return "list_object_versions", "Versions"

    def place(self, entry):
        """Return what names an object's version in a request."""
        version = {} if entry["version"] in ("", "null") else {"VersionId": entry["version"]}
        return {"Bucket": self.name, "Key": self.prefix + entry["path"]} | version

    def is_intact(self, entry):
        """Read an object to its end; return whether it is there and has the size and the checksum of the entry."""
        try:
            body = self.client.get_object(**self.place(entry))["Body"]
        except self.gone as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (404, 400):
                raise
            return False
        return has_checksum(iter(lambda: body.read(MIB), b""), entry["size"], entry["checksum"])

    def put_back(self, entry):
        """Make a version the newest again by copying it; return whether there still is that version."""
        source = self.place(entry)
        try:
            self.client.copy(source, self.name, source["Key"])
        except self.gone as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (404, 400):
                raise
            return False
        return True


def has_checksum(chunks, size, checksum):
    """Return whether content has a size and the ETag that S3 gave it.

    That of an upload in parts is the MD5 of the MD5s of its parts, and does not say how large they were: sizes that
    clients use are tried. With none of those, only the size counts.

    Args:
        chunks (Iterable[bytes]): The content, in pieces of 1 MiB.
        size (int): Its size in bytes.
        checksum (str): The ETag.

    Returns:
        bool: Whether it has.

    """
    count = int(checksum.partition("-")[2] or 0)
    fitting = [part for part in PARTS if count > 1 and -(-size // (part * MIB)) == count]
    whole, digests = md5(), {part: [md5()] for part in fitting}
    read = 0
    for number, chunk in enumerate(chunks):
        read += len(chunk)
        whole.update(chunk)
        for part, parts in digests.items():
            if number and number % part == 0:
                parts.append(md5())
            parts[-1].update(chunk)
    if read != size:
        return False
    if count == 0:
        return whole.hexdigest() == checksum
    if count == 1:
        digests[0] = [whole]
    found = {f"{md5(b''.join(each.digest() for each in parts)).hexdigest()}-{count}" for parts in digests.values()}
    return checksum in found or not found


def md5(content=b""):
    """Return an MD5, which S3 uses as a checksum; it does not protect against forgery."""
    return hashlib.md5(content, usedforsecurity=False)


def write(entries, path):
    """Write a manifest, one line of JSON each; return objects and bytes (int)."""
    objects = size = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
        for entry in entries:
            file.write(json.dumps(entry) + "\n")
            objects, size = objects + 1, size + entry["size"]
    return {"objects": objects, "bytes": size}


def read(path):
    """Yield the entries of a manifest."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def sample(entries, count):
    """Return so many entries at random, each with the same chance, without holding them all."""
    chosen = []
    for number, entry in enumerate(entries):
        if number < count:
            chosen.append(entry)
        elif (place := CHANCE.randint(0, number)) < count:
            chosen[place] = entry
    return chosen
