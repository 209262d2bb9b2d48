# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tree of files consisted of when it was complete, and what has become of it since."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

CHUNK = 1 << 20
MODE, OWNER, GROUP, SIZE, CHANGED, CONTENT = range(6)


def entries(tree, left_out):
    """Yield path and status of all below a directory, but not those names at its top."""
    top = str(tree)
    pending = [top]
    while pending:
        directory = pending.pop()
        with os.scandir(directory) as found:
            for entry in found:
                if directory == top and entry.name in left_out:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                yield entry.path[len(top) + 1 :], entry.stat(follow_symlinks=False)


def content(path, status):
    """Return what identifies the content: the SHA-256 of a file, the target of a link, nothing of a directory."""
    if stat.S_ISLNK(status.st_mode):
        return str(Path(path).readlink())
    if not stat.S_ISREG(status.st_mode):
        return ""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def properties(status):
    """Return what the status of a file tells; a directory changes with what it holds, which is looked at on its own."""
    directory = stat.S_ISDIR(status.st_mode)
    return [
        status.st_mode,
        status.st_uid,
        status.st_gid,
        0 if directory else status.st_size,
        0 if directory else status.st_ctime_ns,
    ]


def note(tree, left_out):
    """Return the manifest of a tree.

    It has for each path its mode, owner, group, size, time of the last change of any of these, and content.
    """
    return {name: [*properties(status), content(Path(tree, name), status)] for name, status in entries(tree, left_out)}


def differences(tree, manifest, left_out):
    """Yield what is missing, changed or added, a line each.

    Content is read only where the time of the last change is another one.
    """
    there = dict(entries(tree, left_out))
    for name, noted in manifest.items():
        if name not in there:
            yield f"{name}: missing"
            continue
        now = properties(there[name])
        if now[:SIZE] != noted[:SIZE]:
            yield f"{name}: mode, owner or group changed"
        elif now[SIZE] != noted[SIZE] or (
            now[CHANGED] != noted[CHANGED] and content(Path(tree, name), there[name]) != noted[CONTENT]
        ):
            yield f"{name}: content changed"
    for name in sorted(there.keys() - manifest.keys()):
        if "/" in name and "__pycache__" not in name.split("/"):  # root's own runs of Python compile what they import
            yield f"{name}: added"
