# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workers tell systemd when all of them serve, and a reload ends when all are new ones.

The unit has Type=notify and NotifyAccess=all. Each worker that accepts connections leaves a file named after its
process id, with its parent's in it, in `workers` of the RuntimeDirectory, which systemd empties at each start.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

RELOAD_SECONDS = 170  # systemd ends it after 180 (TimeoutStartSec)


def notify(message: str) -> None:
    """Send systemd a message such as READY=1, see sd_notify(3)."""
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.sendto(message.encode(), "\0" + address[1:] if address[0] == "@" else address)


def wanted() -> int:
    """Return how many workers the server has."""
    return int(os.environ["MLFLOW_WORKERS"])


def directory() -> Path:
    """Return where the workers leave their files."""
    return Path(os.environ["RUNTIME_DIRECTORY"], "workers")


def workers() -> dict[int, int]:
    """Return the processes that serve, each with its parent."""
    return {
        int(file.name): int(file.read_text())
        for file in directory().glob("[0-9]*")
        if Path("/proc", file.name).exists()
    }


def starting() -> None:
    """Say what the start waits for."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    notify(f"STATUS={len(workers())} of {wanted()} workers serve")


def serving() -> None:
    """Say that this worker serves; with the last one the unit is started."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    directory().mkdir(exist_ok=True)
    unfinished = directory() / f".{os.getpid()}"
    unfinished.write_text(str(os.getppid()))
    unfinished.rename(directory() / str(os.getpid()))
    ready = len(workers())
    notify(f"STATUS={min(ready, wanted())} of {wanted()} workers serve" + "\nREADY=1" * (ready >= wanted()))


def reload() -> None:
    """Have uvicorn's supervisor replace one worker after the other, and wait until all are replaced."""
    before = workers()
    if not before:
        sys.exit("no worker serves yet")
    os.kill(next(iter(before.values())), signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while len(workers().keys() - before) < wanted() or workers().keys() & before:
        if time.monotonic() > deadline:
            sys.exit(
                f"{len(workers().keys() - before)} of {wanted()} workers were replaced in {RELOAD_SECONDS} s; "
                "the journal has the reason"
            )
        time.sleep(0.1)


if __name__ == "__main__":
    reload()
