# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cloud's rate limits: requests a minute and an hour, and ten lists of SSH keys a minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from .problems import Problem

KEY_LISTINGS_A_MINUTE = 10


@dataclass
class Limits:
    """Count requests; `check` refuses those beyond a limit, with headers that say when to try again."""

    a_minute: int = 250
    an_hour: int = 5000
    _times: deque[float] = field(default_factory=deque)
    _listings: deque[float] = field(default_factory=deque)

    def check(self, *, lists_keys: bool) -> dict[str, str]:
        """Count a request and return the headers of its answer."""
        now = time.time()
        _forget(self._times, now - 3600)
        _forget(self._listings, now - 60)
        in_minute = [moment for moment in self._times if moment > now - 60]
        headers = {
            "ratelimit-limit": str(self.an_hour),
            "ratelimit-remaining": str(max(0, self.an_hour - len(self._times) - 1)),
            "ratelimit-reset": str(int((self._times[0] if self._times else now) + 3600)),
        }
        if len(self._times) >= self.an_hour:
            raise _too_many(headers)
        if len(in_minute) >= self.a_minute:
            raise _too_many(headers | {"retry-after": str(int(in_minute[0] + 60 - now) + 1)})
        if lists_keys and len(self._listings) >= KEY_LISTINGS_A_MINUTE:
            raise _too_many(headers | {"retry-after": str(int(self._listings[0] + 60 - now) + 1)})
        self._times.append(now)
        if lists_keys:
            self._listings.append(now)
        return headers

    def count(self, times: Iterable[float]) -> None:
        """Count earlier requests, given in seconds since the epoch."""
        self._times.extend(times)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


def _too_many(headers: dict[str, str]) -> Problem:
    return Problem(429, "too_many_requests", "API rate limit exceeded.", headers)
