# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a thing is deleted while others are about to leave it."""

from __future__ import annotations

import contextlib
import time

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Busy, NotFound, Refused

LONGEST_PAUSE = 15


def remove(waiter, resource, thing):
    """Delete a thing that is there, unless there is a reason to keep it; return what is seen then and the thing."""
    resource.kept = resource.keeps(thing) if thing else ""
    if resource.kept:
        return resource.observed(thing), None
    if thing:
        resource.check_delete(thing)
    if thing and not waiter.check_mode:
        with contextlib.suppress(NotFound):  # another hand was faster
            delete(waiter, resource, thing)
        deadline = time.monotonic() + waiter.params["wait_timeout"]
        while waiter.params["wait"] and not resource.gone():
            if time.monotonic() > deadline:
                raise Refused(
                    f"{resource} is not gone after {waiter.params['wait_timeout']} s (wait_timeout); run this again"
                )
            waiter.sleep(1)
    return {}, None


def delete(waiter, resource, thing):
    """Delete a thing; where something is in its way that may be about to go, wait for that, if the task waits."""
    waited, pause, free = 0, 1, False
    while True:
        try:
            return resource.delete(thing)
        except Busy as error:
            obstacle = resource.blocker(thing)
            over = not waiter.params["wait"] or waited >= resource.lingering
            if obstacle and over:
                raise Refused(
                    f"{resource} cannot be deleted: {obstacle}{f' (waited {waited} s for that)' if waited else ''}"
                ) from error
            if not obstacle and (free or over):
                raise
            free = not obstacle  # it may have gone in this moment: one more attempt
        waiter.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)
