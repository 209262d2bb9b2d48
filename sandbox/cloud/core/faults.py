# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Deliberate faults: the next n matching requests are refused, delayed, or not answered.

They are so before or after their work is done.
"""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from .problems import Problem, unprocessable

KINDS = {
    "429": "too many requests, come back after `retry_after` seconds",
    "500": "an error of the server; nothing was done",
    "503": "an error of the server, though the work was done",
    "timeout": "no answer for `seconds`, then an error; nothing was done",
    "drop": "the connection ends without an answer; nothing was done",
    "drop_after": "the connection ends without an answer, though the work was done",
    "slow": "what is created in the background takes `seconds` longer",
}


@dataclass
class Fault:
    """A fault for the next `times` requests whose method and path match, after skipping the first `skip` of them."""

    kind: str
    times: int = 1
    method: str = ""
    path: str = ""
    seconds: float = 1.0
    retry_after: int = 1
    skip: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class Faults:
    """The pending faults."""

    waiting: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **fault: Any) -> None:
        if fault.get("kind") not in KINDS:
            raise unprocessable(f"kind is one of {', '.join(KINDS)}")
        if unknown := fault.keys() - Fault.__annotations__.keys():
            raise unprocessable(f"{', '.join(sorted(unknown))}: a fault has {', '.join(Fault.__annotations__)}")
        with self._lock:
            self.waiting.append(Fault(**fault))

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that applies to a request, and count it."""
        with self._lock:
            for fault in self.waiting:
                if fault.kind == "slow" or not fault.matches(method, path):
                    continue
                if fault.skip:
                    fault.skip -= 1
                else:
                    fault.times -= 1
                    self.waiting = [each for each in self.waiting if each.times > 0]
                    return fault
        return None

    def slowness(self, kind: str) -> float:
        """Return how many seconds longer a job of this kind takes, and count the fault."""
        with self._lock:
            fault = next(
                (
                    fault
                    for fault in self.waiting
                    if fault.kind == "slow" and fault.times > 0 and re.search(fault.path, kind)
                ),
                None,
            )
            if not fault:
                return 0.0
            fault.times -= 1
            return fault.seconds

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.waiting]


def refusal(fault: Fault) -> Problem:
    """Return the refusal of a fault."""
    if fault.kind == "429":
        return Problem(429, "too_many_requests", "API rate limit exceeded.", {"retry-after": str(fault.retry_after)})
    return Problem(
        int(fault.kind) if fault.kind.isdigit() else 504, "server_error", "Server was unable to give you a response."
    )
