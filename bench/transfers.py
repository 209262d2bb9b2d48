# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A large artifact through the server to a bucket and back, with our server package and without, on this machine.

The store is moto's server.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from tests.server.lab import ARTIFACTS, PACKAGE, Server, descendants, running

from .rows import Comparison, Result

MEBIBYTE = 1 << 20
PATIENCE = 900
CLAIMS = {
    "upload": ("s", 1),
    "download": ("s", 1),
    "first byte of the download": ("s", 0.1),
    "memory of the server, growth": ("MB", 1),
    "temporary files on the server's disk": ("MB", 0.01),
}


def transfers(*, quick: bool) -> Result:
    """Send 1 GiB through the server to a bucket and back, with our server package and without it, 3 times in turn.

    Quick: 64 MiB, once.
    """
    size, found = (64 if quick else 1024) * MEBIBYTE, defaultdict(list)
    with store() as endpoint:
        for _ in range(1 if quick else 3):
            for package in (PACKAGE, {}):
                with running("s3://artifacts/prefix", endpoint, package=package) as server:
                    for claim, value in measure(server, size).items():
                        found[claim, bool(package)].append(value)
    comparisons = (
        Comparison(claim, found[claim, True], found[claim, False], unit).at_most(target)
        for claim, (unit, target) in CLAIMS.items()
    )
    return Result(tuple(comparisons))


def measure(server: Server, size: int) -> dict[str, float]:
    """Send so many bytes and fetch them again, once the server has done both with few; return what it took."""
    server.put("warm.bin", b"warm").raise_for_status()
    server.get("warm.bin").raise_for_status()
    with watched(server) as peak:
        begin = time.monotonic()
        server.ask("PUT", ARTIFACTS + "large.bin", data=content(size), timeout=PATIENCE).raise_for_status()
        uploaded = time.monotonic()
        with server.get("large.bin", stream=True, timeout=PATIENCE) as answer:
            got, first = len(answer.raw.read(1)), time.monotonic()
            while chunk := answer.raw.read(MEBIBYTE):
                got += len(chunk)
        end = time.monotonic()
    if got != size:
        raise ValueError(f"{got} of {size} bytes came back")
    return dict(zip(CLAIMS, (uploaded - begin, end - uploaded, first - uploaded, *peak), strict=True))


def content(size: int) -> Iterator[bytes]:
    """Yield so many bytes."""
    chunk = bytes(range(256)) * (MEBIBYTE // 256)
    for _ in range(size // MEBIBYTE):
        yield chunk


@contextlib.contextmanager
def watched(server: Server) -> Iterator[list[float]]:
    """Watch the server in the body: MB of memory more than before, MB of temporary files.

    The latter are 0.01 at least, for a ratio.
    """
    before, peak, ended = resident(server), [0.0, 0.01], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            files = (path for path in server.temporary.rglob("*") if path.is_file())
            with contextlib.suppress(FileNotFoundError):
                peak[1] = max(peak[1], sum(path.stat().st_size for path in files) / 1e6)
            peak[0] = max(peak[0], resident(server) - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def resident(server: Server) -> float:
    """Return the memory of the server's processes in MB."""
    return (
        sum(
            int(line.split()[1])
            for pid in descendants(server.process.pid)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS:")
        )
        / 1000
    )


@contextlib.contextmanager
def store() -> Iterator[str]:
    """Run an S3 server with a bucket in the body, as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("moto_server"), "--port", str(port)], stdout=said, stderr=said
        )
        try:
            endpoint, keys = (
                f"http://127.0.0.1:{port}",
                {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"},
            )
            client = boto3.client("s3", endpoint_url=endpoint, config=Config(proxies={}), **keys)
            for _ in range(60):
                with contextlib.suppress(BotoCoreError):
                    client.create_bucket(Bucket="artifacts")
                    break
                time.sleep(1)
            yield endpoint
        finally:
            process.terminate()
            process.wait()
