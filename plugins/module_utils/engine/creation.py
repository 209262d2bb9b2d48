# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a thing is created once, though the API may not say that it did it and shows late what it has made."""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Conflict, Uncertain

ATTEMPTS = 5  # each is made only after a look that found nothing
# seconds that a list may lack what is new: users report "a couple" (digitalocean/api-v2#202), this allows for 10
LISTED_LATE = 12
# pauses in seconds between looks for what a request may have made; their sum is well above LISTED_LATE
LOOKS = (1, 2, 4, 8, 8)
TAKEN = re.compile(r"already|taken|in use|duplicate|unique|name is not available", re.IGNORECASE)


def create(waiter, resource):
    """Create a thing once: where it is not known whether a request did it, look before the next."""
    attempt = 0
    while True:
        attempt += 1
        resource.identity = None
        try:
            thing = waiter.retry_too_new(resource, resource.create)
            resource.identify(thing)
            resource.created = True
            return thing
        except (Uncertain, Conflict) as error:
            refused = isinstance(error, Conflict)
            made = waiter.find_late(resource, LOOKS if not refused or TAKEN.search(str(error)) else LOOKS[:1])
            made = made and resource.recover(made)
            if made:
                resource.created = not refused or attempt > 1
                return made
            if refused or attempt == ATTEMPTS:
                raise
