# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cloud as its endpoints see it: store, what is behind the API, how long things take, and background jobs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .faults import Faults
from .limits import Limits
from .log import log
from .store import Store

# Delays in seconds. Jobs that take time: database, resize, droplet, droplet_action, deleting (a deleted member stays in
# its VPC), firewall, name (from online until DNS has a cluster's names), apt (how long a first boot holds apt's lock).
# What is new and not yet visible everywhere: lag (by its id), list (in lists), key (an SSH key, to new droplets),
# bucket (to new Spaces keys), grants (of new limited keys, to Spaces).
LIFELIKE = {
    "database": 270.0,
    "resize": 200.0,
    "droplet": 35.0,
    "droplet_action": 10.0,
    "deleting": 20.0,
    "firewall": 3.0,
    "name": 15.0,
    "apt": 20.0,
}
LIFELIKE |= {"lag": 2.0, "list": 10.0, "key": 4.0, "bucket": 3.0, "grants": 3.0}


@dataclass
class Settings:
    """The settings of a service. Delays are seconds by kind; a kind without one takes no time."""

    token: str
    delays: dict[str, float] = field(default_factory=dict)
    lacks: set[str] = field(default_factory=set)  # scopes that the account's own token does not have


@dataclass
class Cloud:
    """One account. `world` is what is behind the API: core/fake.py does nothing, real/ runs containers."""

    store: Store
    world: Any
    settings: Settings
    state: Path = Path()
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    contract: Any = None  # api.contract.Contract, if every message is to be held against it
    operations: list[tuple[str, str]] = field(default_factory=list)  # method and path of every endpoint
    violations: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # background jobs that failed at every attempt
    pauses: tuple[float, ...] = (1, 5, 20)  # seconds before each new attempt of a failed job
    _jobs: list[threading.Thread] = field(default_factory=list)

    def later(self, kind: str, job: Callable[..., None], *args: object) -> None:
        """Run a job in the background after its delay.

        The job must be repeatable: a service that was killed starts it again.
        """
        delay = self.settings.delays.get(kind, 0.0) + self.faults.slowness(kind)
        thread = threading.Thread(
            target=self._work, name=f"{kind} {args}", args=(job, args, (delay, *self.pauses)), daemon=True
        )
        self._jobs = [*(each for each in self._jobs if each.is_alive()), thread]
        thread.start()

    def not_yet_visible(self, thing: dict[str, Any], delay: str = "lag") -> bool:
        """Return whether a thing is so new that this part of the cloud does not show it yet: see LIFELIKE.

        Its `_made` is the time of its creation.
        """
        return time.time() < thing.get("_made", 0) + self.settings.delays.get(delay, 0.0)

    def wait_until_idle(self, seconds: float = 60) -> None:
        """Wait until no background job is running."""
        for job in self._jobs:
            with contextlib.suppress(RuntimeError):
                job.join(seconds)

    def _work(self, job: Callable[..., None], args: tuple[object, ...], pauses: tuple[float, ...]) -> None:
        """Run a job after the first of the pauses; if it fails, again after the next."""
        time.sleep(pauses[0])
        try:
            job(self, *args)
        except Exception as error:
            failure, again = f"{threading.current_thread().name}: {error!r}", pauses[1:]
            log(
                self.state,
                f"FAILED in the background: {failure}; "
                f"{f'again in {again[0]} s' if again else 'given up until the next start'}",
            )
            if not again:
                self.failures.append(failure)
                raise
            self._work(job, args, again)
