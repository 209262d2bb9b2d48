# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The loop that brings a resource to its desired state, for an API that shows late what it has made."""

from __future__ import annotations

import time
from typing import NamedTuple

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.changes import change, differing, refuse_frozen
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.creation import LISTED_LATE, create
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.deletion import remove
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter


class Outcome(NamedTuple):
    """What came of a resource."""

    before: dict  # as it was seen at first
    after: dict  # as it is seen then, in check mode as it would be
    thing: dict | None  # as the API has it
    pending: str | None  # what it still waits for


def reconcile_all(params, check_mode, resources, together):
    """Bring resources to their state in order, or delete them in the opposite one; return what came of each.

    Things of one kind need not wait for each other: together, all are begun before the first is waited for.
    """
    present = params["state"] == "present"
    begin_only = together and present and not check_mode
    reconciler = Reconciler(params, check_mode, begin_only)
    in_order = resources if present else reversed(resources)
    outcomes = {resource: reconciler.reconcile(resource) for resource in in_order}
    return complete_all(params, outcomes) if begin_only else outcomes


def complete_all(params, outcomes):
    """Complete what was only begun."""
    reconciler = Reconciler(params, check_mode=False)
    for resource, (before, _after, _thing, pending) in outcomes.items():
        if resource.created:
            outcomes[resource] = Outcome(before, *reconciler.complete_created(resource, resource.desired()))
        elif pending and params["wait"]:
            desired, thing = resource.desired(), reconciler.find_again(resource)
            outcomes[resource] = Outcome(before, *reconciler.complete(resource, desired, thing))
    return outcomes


class Reconciler(Waiter):
    """Bring resources to their state, one after the other.

    With `begin_only`, what is created is left as it is then, so that the next can be begun; `complete_created` does
    the rest.
    """

    def __init__(self, params, check_mode, begin_only=False):
        super().__init__(params, check_mode, begin_only)
        started_at = time.time() if params.get("started_at") is None else params["started_at"]
        self.complete_at = started_at + LISTED_LATE  # from then on, lists show all that earlier runs have made
        self.certain = time.time() >= self.complete_at  # whether the list is read later than that

    def reconcile(self, resource):
        """Bring one resource to its state; return what came of it."""
        thing = resource.find()
        before = resource.observed(thing) if thing else {}
        if self.params["state"] == "absent":
            return Outcome(before, *remove(self, resource, thing), None)
        desired = resource.desired()
        resource.check(before)
        if not thing and not self.check_mode:
            thing = self.find_before_creating(resource)
            if thing:
                before = resource.observed(thing)
                resource.check(before)
        if thing and resource.must_replace(thing):
            _seen, thing = remove(self, resource, thing)
        if thing and resource.pending(thing):  # to become ready is no change of ours
            thing, _pending = self.wait_until_ready(resource, thing)
            before = resource.observed(thing)
        if not thing and self.check_mode:
            return Outcome(before, desired, None, None)
        if thing:
            return Outcome(before, *self.complete(resource, desired, thing))
        thing = create(self, resource)
        if not resource.created:  # somebody else was faster
            return Outcome(resource.observed(thing), *self.complete(resource, desired, thing))
        if self.begin_only:
            return Outcome(before, resource.observed(thing), thing, resource.pending(thing))
        return Outcome(before, *self.complete_created(resource, desired))

    def find_before_creating(self, resource):
        """Look again before a second one of a name could be made.

        A list may not show yet what a run that was interrupted has made. That run ended before this one began, so the
        time that has passed since then counts.
        """
        if resource.unique or self.certain:  # the API itself refuses a second one, or the list is complete
            return None
        self.sleep(min(LISTED_LATE, max(0, self.complete_at - time.time())))
        self.certain = True
        resource.forget()
        return resource.find()

    def complete_created(self, resource, desired):
        """Judge what was created only by what the API shows of it.

        The answer that created it lacks some of its properties. Where the task does not wait, the next run begins at
        once, so lists must show it.
        """
        thing = self.find_again(resource)
        if not self.params["wait"]:
            self.find_again(resource, resource.find_by_name)
        return self.complete(resource, desired, thing)

    def complete(self, resource, desired, thing):
        """Change what differs of a thing that is there.

        Return what is seen after, the thing as the API has it, and what it still waits for.
        """
        thing, pending = self.wait_until_ready(resource, thing)
        there = resource.observed(thing)
        todo = differing(resource, desired, there)
        refuse_frozen(resource, there, todo)
        if not todo or pending:  # what is not ready yet cannot be changed: the next run does it
            return there | todo if self.check_mode else there, thing, pending
        if self.check_mode:
            return there | todo, thing, None
        change(self, resource, thing, desired)
        thing, pending = self.wait_until_ready(resource, self.find_again(resource))
        return resource.observed(thing) | todo, thing, pending
