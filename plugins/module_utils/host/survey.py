# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host has: free space, file systems, listening programs, packages."""

from __future__ import annotations

import os
import re
from pathlib import Path

STATUS = Path("/var/lib/dpkg/status")
INSTALLED = re.compile(r"^Package: (\S+)\nStatus: \S+ ok installed$", re.MULTILINE)
MOUNTS = Path("/proc/self/mountinfo")
UNIX_LISTENER = re.compile(r"^\S+ \S+ \S+ 00010000 \S+ \S+ +\d+ (/.*)$", re.MULTILINE)
# LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=5))
LISTENER = re.compile(r'^(?:\S+ +){3}(\S+):(\d+) +\S+(?: +users:\(\("([^"]+)")?', re.MULTILINE)


def place(path):
    """Return whether a path exists, and the free space and file system at it or at its nearest existing parent.

    Args:
        path (str): An absolute path.

    Returns:
        dict: exists (bool), path (str, without symbolic links), free_mb (int, MiB for users other than root) and
        filesystem (str, its type).

    """
    nearest = next(each for each in (Path(path), *Path(path).parents) if each.exists())
    room = os.statvfs(nearest)
    return {
        "exists": nearest == Path(path),
        "path": os.path.realpath(path),
        "free_mb": room.f_bavail * room.f_frsize // 2**20,
        "filesystem": filesystem(nearest),
    }


def filesystem(path):
    """Return the type of the file system that an existing path is on."""
    point = next(each for each in (path, *path.parents) if each.is_mount())
    mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
    types = {fields[4]: fields[fields.index("-") + 1] for fields in mounts}
    return types.get(str(point).replace(" ", r"\040"), "")


def packages():
    """Return the names of the packages that dpkg has installed completely, sorted."""
    return sorted(INSTALLED.findall(STATUS.read_text(errors="replace"))) if STATUS.exists() else []


def listeners(text):
    """Return the TCP ports of what C(ss -Hltnp) prints, and who listens there.

    Args:
        text (str): The lines that ss prints.

    Returns:
        list[dict]: address (str), port (int) and program (str, empty if it is not known).

    """
    return [
        {"address": address, "port": int(port), "program": program} for address, port, program in LISTENER.findall(text)
    ]


def unix_sockets():
    """Return the paths of all Unix sockets that somebody listens on."""
    return UNIX_LISTENER.findall(Path("/proc/net/unix").read_text())
