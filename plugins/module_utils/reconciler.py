# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The loop that brings a resource to its desired state, for a cloud that shows late what it has made."""

from __future__ import annotations

import contextlib
import itertools
import re
import time

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import ApiError, Busy, Conflict, NotFound, Uncertain
from ansible_collections.mlops.mlflow.plugins.module_utils.refused import Refused

ATTEMPTS = 5  # to create: each is made only after a look that found nothing
CHANGES = 3  # to change: each is made only after a look at what still differs
LISTED_LATE = 12  # seconds that a list may lack what is new: users report "a couple of seconds" (digitalocean/api-v2#202); this allows for 10
LOOKS = (1, 2, 4, 8, 8)  # pauses in seconds between looks for what a request may have made; their sum is well above LISTED_LATE
PASSING = (1, 2, 4, 8, 15)  # pauses in seconds between attempts at what is refused because something else is too new: 30 seconds
LINGERING = 120  # seconds for which to try to delete what others are about to leave
LONGEST_PAUSE = 15
SEEN_LATE = 60  # seconds that the cloud may answer 404 for what it has just made
SLOWEST_LOOK = 15
TAKEN = re.compile(r"already|taken|in use|duplicate|unique|name is not available", re.IGNORECASE)


class Reconciler:
    """Bring resources to their state, one after the other.

    With `begin_only`, what is created is left as it is then, so that the next can be begun; `complete_created` does the rest.
    """

    sleep = staticmethod(time.sleep)

    def __init__(self, params, check_mode, begin_only=False):
        self.params, self.check_mode, self.begin_only = params, check_mode, begin_only
        started_at = time.time() if params.get("started_at") is None else params["started_at"]
        self.complete_at = started_at + LISTED_LATE  # from then on, lists show all that earlier runs have made
        self.certain = time.time() >= self.complete_at  # whether the list is read later than that

    def reconcile(self, resource):
        """Return what was seen before, what is seen after, the thing as the API has it, and what it still waits for."""
        thing = resource.find()
        before = resource.seen(thing) if thing else {}
        if self.params["state"] == "absent":
            return before, *self.remove(resource, thing), None
        wanted = resource.wanted()
        resource.check(before)
        if not thing and not self.check_mode:
            thing = self.look_twice(resource)
            if thing:
                before = resource.seen(thing)
                resource.check(before)
        if thing and resource.worn_out(thing):
            _seen, thing = self.remove(resource, thing)
        if thing and resource.pending(thing):  # to become ready is no change of ours
            thing, _pending = self.settle(resource, thing)
            before = resource.seen(thing)
        if not thing and self.check_mode:
            return before, wanted, None, None
        if thing:
            return before, *self.complete(resource, wanted, thing)
        thing = self.create(resource)
        if not resource.created:  # somebody else was faster
            return resource.seen(thing), *self.complete(resource, wanted, thing)
        if self.begin_only:
            return before, resource.seen(thing), thing, resource.pending(thing)
        return before, *self.complete_created(resource, wanted)

    def look_twice(self, resource):
        """Look again before a second one of a name could be made, as a list may not show yet what a run that was interrupted has made.

        That run ended before this one began, so the time that has passed since then counts.
        """
        if resource.unique or self.certain:  # the API itself refuses a second one, or the list is complete
            return None
        self.sleep(min(LISTED_LATE, max(0, self.complete_at - time.time())))
        self.certain = True
        resource.forget()
        return resource.find()

    def complete_created(self, resource, wanted):
        """Judge what was created only by what the API shows of it: the answer that created it lacks some of its properties.

        Where the task does not wait, the next run begins at once, so lists must show it.
        """
        thing = self.look(resource)
        if not self.params["wait"]:
            self.look(resource, resource.find_by_name)
        return self.complete(resource, wanted, thing)

    def complete(self, resource, wanted, thing):
        """Change what differs of a thing that is there; return what is seen after, the thing as the API has it, and what it still waits for."""
        thing, pending = self.settle(resource, thing)
        there = resource.seen(thing)
        todo = self.differing(resource, wanted, there)
        self.refuse_frozen(resource, there, todo)
        if not todo or pending:  # what is not ready yet cannot be changed: the next run does it
            return there | todo if self.check_mode else there, thing, pending
        if self.check_mode:
            return there | todo, thing, None
        self.change(resource, thing, wanted)
        thing, pending = self.settle(resource, self.look(resource))
        return resource.seen(thing) | todo, thing, pending

    def change(self, resource, thing, wanted):
        """Change what differs; where it is not known whether a request did it, look before the next.

        One that was repeated by itself may be refused because the first did it, and what is new may not be shown yet.
        """
        for attempt in itertools.count(1):
            todo, refused = self.differing(resource, wanted, resource.seen(thing)), None
            try:
                for change in dict.fromkeys(resource.changes[option] for option in todo):
                    self.patiently(resource, getattr(resource, change), thing)
                return
            except (Uncertain, NotFound):
                if attempt == CHANGES:
                    raise
            except (Conflict, Busy) as error:
                refused = error
            self.sleep(2**attempt)
            thing, pending = self.settle(resource, self.look(resource))
            if pending:
                return
            if refused and self.differing(resource, wanted, resource.seen(thing)):
                raise refused

    def create(self, resource):
        """Create a thing once: where it is not known whether a request did it, look before the next."""
        attempt = 0
        while True:
            attempt += 1
            resource.identity = None
            try:
                thing = self.patiently(resource, resource.create)
                resource.identify(thing)
                resource.created = True
                return thing
            except (Uncertain, Conflict) as error:
                refused = isinstance(error, Conflict)
                made = self.seen_late(resource, LOOKS if not refused or TAKEN.search(str(error)) else LOOKS[:1])
                made = made and resource.recover(made)
                if made:
                    resource.created = not refused or attempt > 1
                    return made
                if refused or attempt == ATTEMPTS:
                    raise

    def patiently(self, resource, call, *args):
        """Make a request again while it is refused because what it names was made a moment ago."""
        for pause in (*PASSING, None):
            try:
                return call(*args)
            except ApiError as error:
                if pause is None or not resource.too_new or not re.search(resource.too_new, str(error)):
                    raise
            self.sleep(pause)
        return None

    def seen_late(self, resource, pauses):
        """Look for what may have been made; the cloud may take a moment to show it."""
        for pause in (0, *pauses):
            self.sleep(pause)
            resource.forget()
            thing = resource.find()
            if thing:
                return thing
        return None

    def look(self, resource, find=None):
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

    def settle(self, resource, thing):
        """Wait until the thing is ready, if the task waits; return it as it is then, and what it still waits for."""
        deadline, pause = time.monotonic() + self.params["wait_timeout"], 0.5
        while True:
            pending = resource.pending(thing)
            if not pending or not self.params["wait"] or self.check_mode or self.begin_only:
                return thing, pending
            if time.monotonic() > deadline:
                raise Refused(
                    f"{resource} ({thing.get('id', 'no id')}) is {pending} after {self.params['wait_timeout']} s (wait_timeout); "
                    "it may still become ready: run this again, it goes on from there"
                )
            self.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_LOOK)
            thing = self.look(resource)

    def remove(self, resource, thing):
        """Delete a thing that is there, unless there is a reason to keep it; return what is seen then and the thing."""
        resource.kept = resource.keeps(thing) if thing else ""
        if resource.kept:
            return resource.seen(thing), None
        if thing:
            resource.check_delete(thing)
        if thing and not self.check_mode:
            with contextlib.suppress(NotFound):  # another hand was faster
                self.delete(resource, thing)
            deadline = time.monotonic() + self.params["wait_timeout"]
            while self.params["wait"] and not resource.gone():
                if time.monotonic() > deadline:
                    raise Refused(f"{resource} is not gone after {self.params['wait_timeout']} s (wait_timeout); run this again")
                self.sleep(1)
        return {}, None

    def delete(self, resource, thing):
        """Delete a thing; where something is in its way that may be about to go, wait for that, if the task waits."""
        waited, pause, free = 0, 1, False
        while True:
            try:
                return resource.delete(thing)
            except Busy as error:
                obstacle = resource.in_the_way(thing)
                over = not self.params["wait"] or waited >= resource.lingering
                if obstacle and over:
                    raise Refused(f"{resource} cannot be deleted: {obstacle}{f' (waited {waited} s for that)' if waited else ''}") from error
                if not obstacle and (free or over):
                    raise
                free = not obstacle  # it may have gone in this moment: one more attempt
            self.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)

    @staticmethod
    def refuse_frozen(resource, there, todo):
        """Refuse what the API cannot change."""
        for option in todo.keys() - resource.changes.keys():
            way_out = resource.way_out.format(option=option)
            raise Refused(f"{resource}: {option} is {there.get(option)} and cannot become {todo[option]}; {way_out}")

    @staticmethod
    def differing(resource, wanted, there):
        """Return the options that are not as they are wanted, without those that are only for creation."""
        return {option: value for option, value in wanted.items() if option not in resource.creation_only and there.get(option) != value}
