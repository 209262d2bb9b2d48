# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module of the cloud shares: a module only describes its resource, the loop is in reconciler.py."""

from __future__ import annotations

from typing import ClassVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import COMMON, DIGITALOCEAN, connect
from ansible_collections.mlops.mlflow.plugins.module_utils.reconciler import LINGERING, Reconciler
from ansible_collections.mlops.mlflow.plugins.module_utils.refused import Refused

LOOP = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
}
STARTED_AT = {"started_at": {"type": "float"}}  # of kinds whose names are not unique


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
    unique = True  # whether the API itself refuses a second one of the same name
    creation_only: ClassVar[tuple] = ()  # options that are used to create, and never compared
    too_new = ""  # a pattern of refusals that pass by themselves, because what a request names was made a moment ago
    lingering = LINGERING  # seconds for which to try to delete what others are about to leave
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

    def keeps(self, thing):
        """Return in words why the thing stays although the task has it absent, or an empty text."""
        return ""

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


def run(describe, each=None, rules=None, api=DIGITALOCEAN, loop=None, **options):
    """Build the module, bring what `describe(client, params)` returns to its state in order, and exit.

    Each resource is in the result under its kind. With `each`, they are of one kind, and the result has them as a list under that key.
    `rules` are the other arguments of AnsibleModule, such as required_if; `api` is what the resources are in; `loop` are options that a resource does
    not have as its own, in place of LOOP.
    """
    module = AnsibleModule(argument_spec=api.options | (loop or LOOP) | options, supports_check_mode=True, **(rules or {}))
    params, present = module.params, module.params["state"] == "present"
    secrets = {}
    try:
        params["wait"] = params["wait"] and not module.check_mode
        with api.connect(params) as client:
            resources = describe(client, params)
            for resource in resources:
                resource.no_log = module.no_log
            states = reconcile(module, resources, together=each and present)
            for resource, _before, _after, thing, _pending in states:
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
        module.fail_json(msg=f"{api.name}: {error}")
    module.exit_json(**result(states, each), **secrets)


def reconcile(module, resources, together):
    """Return each resource with what was seen before and after, the thing and what it waits for.

    Things of one kind need not wait for each other: together, all are begun before the first is waited for.
    """
    present, together = module.params["state"] == "present", together and not module.check_mode
    reconciler = Reconciler(module.params, module.check_mode, begin_only=together)
    states = [[resource, *reconciler.reconcile(resource)] for resource in (resources if present else reversed(resources))]
    reconciler = Reconciler(module.params, module.check_mode)
    for state in states if together else ():
        resource, _before, _after, _thing, pending = state
        if resource.created:
            state[2:] = reconciler.complete_created(resource, resource.wanted())
        elif pending and module.params["wait"]:
            state[2:] = reconciler.complete(resource, resource.wanted(), reconciler.look(resource))
    return states


def result(states, each):
    """Return what a module says at its end."""
    keys = {resource: (resource.key or resource.name) if each else resource.kind for resource, *_state in states}
    before = {keys[resource]: seen for resource, seen, *_rest in states}
    after = {keys[resource]: seen for resource, _before, seen, *_rest in states}
    deleted = [
        {"kind": resource.kind, "name": resource.name, "id": str(resource.identity)} for resource, seen, *_rest in states if seen and not after[keys[resource]]
    ]
    kept = {str(resource): resource.kept for resource, *_state in states if resource.kept}
    said = {"deleted": deleted} | ({"kept": kept} if kept else {})
    said["waits_for"] = {str(resource): pending for resource, *_seen, pending in states if pending}
    things = {each: [seen for seen in after.values() if seen]} if each else after
    return {"changed": before != after, "diff": {"before": before, "after": after}} | said | things


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
