# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuse variables that are not what a role's argument spec asks for.

Documented in plugins/modules/check_variables.py.
"""

from __future__ import annotations

import re

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.mlops.mlflow.plugins.plugin_utils.given import LOGIN, decrypted, meant, problems
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import (
    MAGIC,
    known,
    mentioned,
    options,
    strangers,
    with_lookalikes,
)
from ansible_collections.mlops.mlflow.plugins.plugin_utils.scope import scope

UNDEFINED = re.compile(r"'(\w+)' is undefined")
ARGUMENTS = {"roles": {"type": "list", "elements": "str", "required": True}, "options": {"type": "dict", "default": {}}}


class ActionModule(ActionBase):
    """Judge the variables as the inventory has them; Ansible's own validation converts them before a role looks."""

    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Return a sentence for each mistake, and a warning for each name that has no meaning."""
        result = super().run(tmp, task_vars)
        _ignored, args = self.validate_argument_spec(ARGUMENTS)
        self.variables = scope(args["roles"], task_vars, self._loader)
        self._templar = self._templar.copy_with_new_env(available_variables=self.variables)
        self.failures = {}
        specs = args["options"] | {name: option for role in args["roles"] for name, option in options(role).items()}
        values = {name: self.value(name) for name in specs if name in self.variables}
        sentences = [
            f"{name} is missing: set it" for name in specs if specs[name].get("required") and name not in self.variables
        ]
        faults = {
            name: problems(name, specs[name], value) for name, value in values.items() if name not in self.failures
        }
        wrong = {name for name, found in faults.items() if found}
        sentences += [
            each for name in faults if not mentioned(name, self.variables) & wrong - {name} for each in faults[name]
        ]
        sentences += [
            self.reason(name, specs[name])
            for name in values
            if name in self.failures and self.undefined(name) not in specs
        ]
        sentences = with_lookalikes(self.without_secrets(list(dict.fromkeys(sentences)), specs, values), task_vars)
        return result | {
            "changed": False,
            "failed": bool(sentences),
            "msg": "\n".join(sentences),
            "sentences": sentences,
            "warnings": [unknown(name, near) for name, near in strangers(task_vars).items()],
        }

    def value(self, name):
        """Return the value of a variable; what stands in the way of it is kept for later."""
        try:
            return decrypted(self._templar.template(self.variables[name]))
        except AnsibleError as error:
            self.failures[name] = error
            return None

    def reason(self, name, option):
        """Return why an option has no value, in a sentence that names the variable that a person has to look at."""
        message = str(self.failures[name])
        if message.partition(":")[0] in known():
            return message
        source = self.source(name, {name})
        label = name if source == name else f"{source} (used by {name})" if source not in known() else source
        if undefined := self.undefined(name):
            near = meant(undefined, self.variables)
            cure = f"define it, for instance in a vault of this inventory, or correct the name{near}"
            return f"{label} refers to {undefined}, which is not defined: {cure}"
        if "vault" in message.lower() or "decrypt" in message.lower():
            cure = "give the right vault password, for instance by --ask-vault-pass or --vault-password-file"
            return f"{label} cannot be decrypted: {cure}"
        detail = "" if option.get("no_log") else f" ({' '.join(LOGIN.sub('//', message).split())[:300]})"
        return f"{label} cannot be evaluated{detail}: correct the expression, or what it reads"

    def undefined(self, name):
        """Return the name of what is undefined, where that is why an option has no value."""
        found = UNDEFINED.search(str(self.failures[name]))
        return found and found[1]

    def source(self, name, seen):
        """Return the variable at the bottom of the failure, which fails although all that it refers to does not."""
        for other in mentioned(name, self.variables) & self.variables.keys() - seen - MAGIC:
            seen.add(other)
            if self.value(other) is None and other in self.failures:
                return self.source(other, seen)
        return name

    def without_secrets(self, sentences, specs, values):
        """Return the sentences without the values of options that are secrets, whatever brought them there."""
        secrets = [
            value
            for name, value in values.items()
            if specs[name].get("no_log") and isinstance(value, str) and len(value) > 5
        ]
        for secret in sorted(secrets, key=len, reverse=True):
            sentences = [each.replace(secret, "********") for each in sentences]
        return sentences


def unknown(name, near):
    """Return the warning for a variable that has no meaning."""
    return f"{name} is not a variable of this collection and has no effect{f': did you mean {near}?' if near else ''}"
