# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A thing in an API as a module describes it; the loop that brings it to its desired state is in reconciler.py."""

from __future__ import annotations

from typing import ClassVar

LINGERING = 120  # seconds for which to try to delete what others are about to leave


class Resource:
    """A thing in the cloud, compared and shown in the names of the module's options.

    `changes` maps each option that the API can change to the method that changes it; several options may share one,
    and each method is called once with the thing as found. An option that is not there is frozen. What `observed`
    returns is what diff and result are made of, so no secret belongs in it; what it has beyond the options (`id`,
    addresses) is shown but never compared.
    """

    kind = ""  # in the sentences, and the key of the result: "vpc", "database_cluster"
    changes: ClassVar[dict] = {}
    way_out = "delete it first or keep {option}"
    unique = True  # whether the API itself refuses a second one of the same name
    creation_only: ClassVar[tuple] = ()  # options that are used to create, and never compared
    too_new = ""  # a pattern of refusals that pass by themselves, because what a request names was made a moment ago
    lingering = LINGERING  # seconds for which to try to delete what others are about to leave
    options: ClassVar[tuple] = ()  # of the module, without those of the API and of the loop
    no_log = False  # whether the task hides its result, so that secrets may be in it
    identity = None  # its id, once it is known: from then on it is looked up by that, as lists show late what is new
    created = False
    key = None  # by what a list of resources has it in the diff, if not by its name
    kept = ""  # why it was not deleted

    def __init__(self, client, params, name, parent=None):
        self.client, self.params, self.name, self.parent = client, params, name, parent

    def __str__(self):
        return f"{self.kind.replace('_', ' ')} {self.name}"

    def find(self):
        """Return the thing as the API has it, or None."""
        if self.identity is not None:
            return self.find_by_id()
        thing = self.find_by_name()
        if thing:
            self.identify(thing)
        return thing

    def find_by_name(self):
        """Return the one thing of the name, or None."""
        raise NotImplementedError

    def find_by_id(self):
        """Return the thing of the identity, or None; for what has no id of its own, that is its name."""
        return self.find_by_name()

    def identify(self, thing):
        """Remember the id of a thing that was found or created."""
        self.identity = thing.get("id", self.name)

    def forget(self):
        """Forget what was listed before, so that the next look is a new one."""

    def observed(self, thing):
        """Return the thing in the names of the options."""
        raise NotImplementedError

    def desired(self):
        """Return the options that were given, in the form that `observed` uses."""
        return {option: self.params[option] for option in self.options if self.params[option] is not None}

    def check(self, before):
        """Refuse, in words, what the API could not do or would do wrongly.

        `before` is what is seen now, empty where there is nothing.
        """

    def create(self):
        """Create the thing and return it as the API has it."""
        raise NotImplementedError

    def recover(self, thing):
        """Return what a request without an answer has made.

        Return None if it is of no use without its answer and was deleted.
        """
        return thing

    def must_replace(self, thing):
        """Return whether the thing is to be deleted and made anew."""
        return False

    def keeps(self, thing):
        """Return in words why the thing stays although the task has it absent, or an empty text."""
        return ""

    def check_delete(self, thing):
        """Refuse, in words, to delete what somebody may want back."""

    def delete(self, thing):
        """Delete the thing."""
        raise NotImplementedError

    def blocker(self, thing):
        """Return in words what has to go before the thing can be deleted.

        It is asked where the API refuses to, as what was deleted lingers for a while.
        """
        return ""

    def pending(self, thing):
        """Return in words what keeps the thing from being ready (its status), or None."""

    def gone(self):
        """Return whether it is deleted; asked until it is, for deletions that take time."""
        return True

    def secrets(self, thing):
        """Return what only a task with no_log may have."""
        return {}
