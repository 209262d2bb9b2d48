# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what is there to what is wanted: the loop that every module of the cloud shares. A module only describes its resource."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import ClassVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import COMMON, Busy, Conflict, NotFound, Uncertain, connect
from ansible_collections.mlops.mlflow.plugins.module_utils.refused import Refused

LOOP = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
}
ATTEMPTS = 5  # to create: each is made only after a look that found nothing
CHANGES = 3  # to change: each is made only after a look at what still differs
LINGERING = (1, 2, 4, 8, *[15] * 7)  # seconds between attempts to delete what others are still about to leave: 2 minutes
SEEN_LATE = 60  # seconds that the cloud may answer 404 for what it has just made
SLOWEST_LOOK = 15


class ParentMissing(Refused):
    """What the resource lives in is not there, so neither is the resource."""


class Resource:
    """A thing in the cloud, compared and shown in the names of the module's options.

    `changes` maps each option that the API can change to the method that changes it; several options may share one, and each method is called
    once with the thing as found. An option that is not there is frozen. What `seen` returns is what diff and result are made of, so no
    secret belongs in it; what it has beyond the options (`id`, addresses) is shown but never compared.
    """

    kind = ""  # in the sentences, and the key of the result: "vpc", "database_cluster"
    changes: ClassVar[dict] = {}
    way_out = "delete it first or keep {option}"
    no_log = False  # whether the task hides its result, so that secrets may be in it

    def __init__(self, client, params, name, parent=None):
        self.client, self.params, self.name, self.parent = client, params, name, parent

    def __str__(self):
        return f"{self.kind.replace('_', ' ')} {self.name}"

    def find(self):
        """Return the thing as the API has it, or None."""
        raise NotImplementedError

    def seen(self, thing):
        """Return the thing in the names of the options."""
        raise NotImplementedError

    def wanted(self):
        """Return the options that were given, in the form that `seen` uses."""
        return {option: value for option, value in self.params.items() if option not in COMMON | LOOP and value is not None}

    def check(self, before):
        """Refuse, in words, what the API could not do or would do wrongly; before is what is seen now, empty where there is nothing."""

    def create(self):
        """Create the thing and return it as the API has it."""
        raise NotImplementedError

    def recover(self, thing):
        """Return what a request without an answer has made, or None if it is of no use without its answer and was deleted."""
        return thing

    def worn_out(self, thing):
        """Return whether the thing is to be deleted and made anew."""
        return False

    def check_delete(self, thing):
        """Refuse, in words, to delete what somebody may want back."""

    def delete(self, thing):
        """Delete the thing."""
        raise NotImplementedError

    def in_the_way(self, thing):
        """Return in words what has to go before the thing can be deleted; asked where the API refuses to, as what was deleted lingers for a while."""
        return ""

    def pending(self, thing):
        """Return in words what keeps the thing from being ready (its status), or None."""

    def gone(self):
        """Return whether it is deleted; asked until it is, for deletions that take time."""
        return True

    def secrets(self, thing):
        """Return what only a task with no_log may have."""
        return {}


class Reconciler:
    """Bring resources to their state, one after the other."""

    sleep = staticmethod(time.sleep)

    def __init__(self, params, check_mode):
        self.params, self.check_mode = params, check_mode

    def reconcile(self, resource):
        """Return what was seen before, what is seen after, the thing as the API has it, and what it still waits for."""
        thing = resource.find()
        before = resource.seen(thing) if thing else {}
        if self.params["state"] == "absent":
            return before, *self.remove(resource, thing), None
        wanted = resource.wanted()
        resource.check(before)
        if thing and resource.worn_out(thing):
            _seen, thing = self.remove(resource, thing)
        if thing and resource.pending(thing):  # to become ready is no change of ours
            thing, _pending = self.settle(resource, thing)
            before = resource.seen(thing)
        if not thing:
            if self.check_mode:
                return before, wanted, None, None
            thing = self.create(resource)
        return before, *self.complete(resource, wanted, thing)

    def complete(self, resource, wanted, thing):
        """Change what differs of a thing that is there; return what is seen after, the thing as the API has it, and what it still waits for."""
        thing, pending = self.settle(resource, thing)
        there = resource.seen(thing)
        todo = differing(wanted, there)
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
            todo, refused = differing(wanted, resource.seen(thing)), None
            try:
                for change in dict.fromkeys(resource.changes[option] for option in todo):
                    getattr(resource, change)(thing)
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
            if refused and differing(wanted, resource.seen(thing)):
                raise refused

    def create(self, resource):
        """Create a thing once: where it is not known whether a request did it, look before the next."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return resource.create()
            except (Uncertain, Conflict) as error:
                refused = isinstance(error, Conflict)
                made = self.seen_late(resource, attempt, refused)
                made = made and resource.recover(made)
                if made:
                    return made
                if refused or attempt == ATTEMPTS:
                    raise

    def seen_late(self, resource, attempt, refused):
        """Look for what may have been made; the cloud may take a moment to show it."""
        for pause in (0, 1) if refused else (1, 2, 2**attempt):
            self.sleep(pause)
            thing = resource.find()
            if thing:
                return thing
        return None

    def look(self, resource):
        """Return a thing that must be there, though the cloud may answer 404 for a while."""
        deadline = time.monotonic() + SEEN_LATE
        while True:
            thing = resource.find()
            if thing:
                return thing
            if time.monotonic() > deadline:
                raise NotFound(f"{resource} was made, but the API does not show it after {SEEN_LATE} s; run this again")
            self.sleep(1)

    def settle(self, resource, thing):
        """Wait until the thing is ready, if the task waits; return it as it is then, and what it still waits for."""
        deadline, pause = time.monotonic() + self.params["wait_timeout"], 0.5
        while True:
            pending = resource.pending(thing)
            if not pending or not self.params["wait"] or self.check_mode:
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
        """Delete a thing that is there; return what is seen then and the thing."""
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
        free = False
        for pause in (*(LINGERING if self.params["wait"] else ()), None):
            try:
                return resource.delete(thing)
            except Busy as error:
                obstacle = resource.in_the_way(thing)
                if obstacle and pause is None:
                    raise Refused(f"{resource} cannot be deleted: {obstacle}") from error
                if not obstacle and (free or pause is None):
                    raise
                free = not obstacle  # it may have gone in this moment: one more attempt
            self.sleep(pause)
        return None

    @staticmethod
    def refuse_frozen(resource, there, todo):
        """Refuse what the API cannot change."""
        for option in todo.keys() - resource.changes.keys():
            way_out = resource.way_out.format(option=option)
            raise Refused(f"{resource}: {option} is {there.get(option)} and cannot become {todo[option]}; {way_out}")


def differing(wanted, there):
    """Return the options that are not as they are wanted."""
    return {option: value for option, value in wanted.items() if there.get(option) != value}


def run(describe, each=None, rules=None, client=(connect, COMMON), **options):
    """Build the module, bring what `describe(client, params)` returns to its state in order, and exit.

    Each resource is in the result under its kind. With `each`, they are of one kind, and the result has them as a list under that key.
    `rules` are the other arguments of AnsibleModule, such as required_if; `client` is what makes the client, with the options that it needs.
    """
    factory, common = client
    module = AnsibleModule(argument_spec=common | LOOP | options, supports_check_mode=True, **(rules or {}))
    params, present = module.params, module.params["state"] == "present"
    before, after, states, secrets = {}, {}, {}, {}
    try:
        params["wait"] = params["wait"] and not module.check_mode
        with factory(params) as api:
            resources = describe(api, params)
            together = each and present and params["wait"]  # things of one kind need not wait for each other: first all are begun
            reconciler = Reconciler(params | {"wait": params["wait"] and not together}, module.check_mode)
            for resource in resources if present else reversed(resources):
                key, resource.no_log = resource.name if each else resource.kind, module.no_log
                before[key], after[key], thing, pending = reconciler.reconcile(resource)
                states[key] = resource, thing, pending
            reconciler = Reconciler(params, module.check_mode)
            for key, (resource, _thing, pending) in states.items():
                if together and pending and not module.check_mode:
                    after[key], *state = reconciler.complete(resource, resource.wanted(), reconciler.look(resource))
                    states[key] = resource, *state
            for resource, thing, _pending in states.values():
                secrets |= resource.secrets(thing) if thing and module.no_log else {}
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name), exception=error)
    except ParentMissing as missing:
        if present and not module.check_mode:
            module.fail_json(msg=str(missing))
        wanted = {option: params[option] for option in options if present and params[option] is not None}
        diff = {"before": {}, "after": wanted}
        module.exit_json(changed=present, diff=diff, msg=f"{missing}: " + ("to be created first" if present else "nothing to delete"))
    except Refused as error:
        module.fail_json(msg=f"DigitalOcean: {error}")

    changed = {key for key in after if before[key] != after[key]}
    waits = {str(resource): pending for resource, _thing, pending in states.values() if pending}
    result = {each: [after[resource.name] for resource in resources if after[resource.name]]} if each else after
    module.exit_json(changed=bool(changed), diff={"before": before, "after": after}, waits_for=waits, **result, **secrets)


def inform(look, **options):
    """Build a module that only looks, and exit with what `look(client, params)` returns."""
    module = AnsibleModule(argument_spec=COMMON | options, supports_check_mode=True)
    try:
        with connect(module.params) as client:
            result = look(client, module.params)
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name), exception=error)
    except Refused as error:
        module.fail_json(msg=f"DigitalOcean: {error}")
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(changed=False, **result)
