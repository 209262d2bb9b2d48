# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a person sees: one line for each step, and the sentence that ends a failed run."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator


class SandboxError(Exception):
    """The sandbox cannot do it; the text says why and what to do."""


def say(line: str) -> None:
    """Print one line and flush it, so that it also appears at once in a pipe."""
    sys.stdout.write(f"==> {line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def step(what: str, usually: str) -> Iterator[None]:
    """Say what starts and how long it usually takes, then how long it took."""
    say(f"{what} (usually {usually})")
    begin = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - begin:.1f} s")
