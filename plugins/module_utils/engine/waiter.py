# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long to wait, and how often to look, as an API may show late what it has made."""

from __future__ import annotations

import re
import time

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ApiError, NotFound, Refused

# pauses in seconds between attempts at what is refused because something else is too new: 30 seconds
PASSING = (1, 2, 4, 8, 15)
SEEN_LATE = 60  # seconds that an API may answer 404 for what it has just made
SLOWEST_LOOK = 15


class Waiter:
    """Look for things, and wait for them."""

    sleep = staticmethod(time.sleep)

    def __init__(self, params, check_mode=False, begin_only=False):
        self.params, self.check_mode, self.begin_only = params, check_mode, begin_only

    def retry_too_new(self, resource, call, *args):
        """Make a request again while it is refused because what it names was made a moment ago."""
        for pause in (*PASSING, None):
            try:
                return call(*args)
            except ApiError as error:
                if pause is None or not resource.too_new or not re.search(resource.too_new, str(error)):
                    raise
            self.sleep(pause)
        return None

    def find_late(self, resource, pauses):
        """Look for what may have been made; the cloud may take a moment to show it."""
        for pause in (0, *pauses):
            self.sleep(pause)
            resource.forget()
            thing = resource.find()
            if thing:
                return thing
        return None

    def find_again(self, resource, find=None):
        """Return a thing that must be there, though the cloud may not show it for a while."""
        deadline = time.monotonic() + SEEN_LATE
        while True:
            thing = (find or resource.find)()
            if thing:
                return thing
            if time.monotonic() > deadline:
                raise NotFound(f"{resource} was made, but the API does not show it after {SEEN_LATE} s; run this again")
            self.sleep(1)
            resource.forget()

    def wait_until_ready(self, resource, thing):
        """Wait until the thing is ready, if the task waits; return it as it is then, and what it still waits for."""
        deadline, pause = time.monotonic() + self.params["wait_timeout"], 0.5
        while True:
            pending = resource.pending(thing)
            if not pending or not self.params["wait"] or self.check_mode or self.begin_only:
                return thing, pending
            if time.monotonic() > deadline:
                raise Refused(
                    f"{resource} ({thing.get('id', 'no id')}) is {pending} after {self.params['wait_timeout']} s "
                    "(wait_timeout); it may still become ready: run this again, it goes on from there"
                )
            self.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_LOOK)
            thing = self.find_again(resource)
