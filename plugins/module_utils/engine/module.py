# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What modules of any API share: they build the module, have its resources brought to their state, and exit."""

from __future__ import annotations

import contextlib

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import ParentMissing, Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.reconciler import reconcile_all

LOOP = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
}
# an option for kinds whose names are not unique: no earlier run has created anything since then
STARTED_AT = {"type": "float"}


def run(api, describe, each=None, rules=None, **options):
    """Build the module, bring what `describe(client, params)` returns to its state in order, and exit.

    Each resource is in the result under its kind. With `each`, they are of one kind, and the result has them as a list
    under that key. `rules` are the other arguments of AnsibleModule, such as required_if.
    """
    module = AnsibleModule(argument_spec=api.options | LOOP | options, supports_check_mode=True, **(rules or {}))
    own = tuple(option for option in options if option != "started_at")
    module.params["wait"] = module.params["wait"] and not module.check_mode
    with failing(module, api), api.connect(module.params) as client:
        try:
            resources = describe(client, module.params)
            for resource in resources:
                resource.options, resource.no_log = own, module.no_log
            outcomes = reconcile_all(module.params, module.check_mode, resources, together=bool(each))
            secrets = secrets_of(outcomes) if module.no_log else {}
        except ParentMissing as missing:
            end_without_parent(module, missing, own)
    module.exit_json(**result(outcomes, each), **secrets)


def end_without_parent(module, missing, own):
    """Fail where something should be in a parent that is missing; otherwise tell what is to be done in it."""
    present = module.params["state"] == "present"
    if present and not module.check_mode:
        module.fail_json(msg=str(missing))
    desired = {option: module.params[option] for option in own if present and module.params[option] is not None}
    todo = "to be created first" if present else "nothing to delete"
    module.exit_json(changed=present, diff={"before": {}, "after": desired}, msg=f"{missing}: {todo}")


def secrets_of(outcomes):
    """Return the secrets of all things that are there."""
    secrets = {}
    for resource, outcome in outcomes.items():
        secrets |= resource.secrets(outcome.thing) if outcome.thing else {}
    return secrets


def result(outcomes, each):
    """Return what a module says at its end."""
    keys = {resource: (resource.key or resource.name) if each else resource.kind for resource in outcomes}
    before = {keys[resource]: outcome.before for resource, outcome in outcomes.items()}
    after = {keys[resource]: outcome.after for resource, outcome in outcomes.items()}
    gone = [resource for resource, outcome in outcomes.items() if outcome.before and not after[keys[resource]]]
    deleted = [{"kind": resource.kind, "name": resource.name, "id": str(resource.identity)} for resource in gone]
    kept = {str(resource): resource.kept for resource in outcomes if resource.kept}
    waits_for = {str(resource): outcome.pending for resource, outcome in outcomes.items() if outcome.pending}
    things = {each: [thing for thing in after.values() if thing]} if each else after
    told = {"deleted": deleted, "waits_for": waits_for} | ({"kept": kept} if kept else {})
    return {"changed": before != after, "diff": {"before": before, "after": after}} | told | things


def inform(api, look, **options):
    """Build a module that only looks, and exit with what `look(client, params)` returns.

    The `warnings` in that become those of the module.
    """
    module = AnsibleModule(argument_spec=api.options | options, supports_check_mode=True)
    with failing(module, api), api.connect(module.params) as client:
        result = look(client, module.params)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(changed=False, **result)


@contextlib.contextmanager
def failing(module, api):
    """Fail with the sentence of an error, which begins with the name of the API."""
    try:
        yield
    except ImportError as error:
        module.fail_json(msg=missing_required_lib(error.name), exception=error)
    except Refused as error:
        module.fail_json(msg=f"{api.name}: {error}")
