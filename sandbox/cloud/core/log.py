# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The service's log, in its state directory."""

from __future__ import annotations

import sys
import time
from pathlib import Path


def log(state: Path, text: str) -> None:
    """Append to the log of a service; without a state directory, write to stderr."""
    line = f"{time.strftime('%FT%TZ', time.gmtime())} {text.rstrip()}\n"
    if state == Path():
        sys.stderr.write(line)
        return
    with (state / "cloud.log").open("a") as file:
        file.write(line)
