# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The checksum by which a note says what a daemon runs with, as `cat FILE... 2>/dev/null | sha256sum` makes it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path


def content(path, matching=None):
    """Return the content of a file, or only the lines that match; it is empty if the file does not exist."""
    found = Path(path).read_bytes() if Path(path).is_file() else b""
    if matching is None:
        return found
    return b"".join(line for line in found.splitlines(keepends=True) if re.search(matching.encode(), line))


def checksum(files, matching=None):
    """Return the SHA-256 of files in that order."""
    return hashlib.sha256(b"".join(content(file, matching) for file in files)).hexdigest()


def is_current(note, expected):
    """Return whether the first word of a note is that checksum."""
    return content(note).split()[:1] == [expected.encode()]
