# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs of a thing that is there, and how it is changed."""

from __future__ import annotations

import itertools

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import (
    Busy,
    Conflict,
    NotFound,
    Refused,
    Uncertain,
)

ATTEMPTS = 3  # each is made only after a look at what still differs


def differing(resource, desired, there):
    """Return the options that are not as they are wanted, without those that are only for creation."""
    compared = {option: value for option, value in desired.items() if option not in resource.creation_only}
    return {option: value for option, value in compared.items() if there.get(option) != value}


def refuse_frozen(resource, there, todo):
    """Refuse what the API cannot change."""
    for option in todo.keys() - resource.changes.keys():
        way_out = resource.way_out.format(option=option)
        raise Refused(f"{resource}: {option} is {there.get(option)} and cannot become {todo[option]}; {way_out}")


def change(waiter, resource, thing, desired):
    """Change what differs; where it is not known whether a request did it, look before the next.

    One that was repeated by itself may be refused because the first did it, and what is new may not be shown yet.
    """
    for attempt in itertools.count(1):
        todo, refused = differing(resource, desired, resource.observed(thing)), None
        try:
            for method in dict.fromkeys(resource.changes[option] for option in todo):
                waiter.retry_too_new(resource, getattr(resource, method), thing)
            return
        except (Uncertain, NotFound):
            if attempt == ATTEMPTS:
                raise
        except (Conflict, Busy) as error:
            refused = error
        waiter.sleep(2**attempt)
        thing, pending = waiter.wait_until_ready(resource, waiter.find_again(resource))
        if pending:
            return
        if refused and differing(resource, desired, resource.observed(thing)):
            raise refused
