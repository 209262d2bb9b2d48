# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fail once, with the sentence of every rule that applies, and warn. Documented in plugins/modules/refuse.py."""

from __future__ import annotations

import re

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks import CHECKS
from ansible_collections.mlops.mlflow.plugins.plugin_utils.given import decrypted
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import ROLES, causes, with_lookalikes
from ansible_collections.mlops.mlflow.plugins.plugin_utils.scope import content, scope

KEYS = {"when", "wrong", "check", "of", "with", "msg", "warn"}
ARGUMENTS = {
    "rules": {"type": "list", "elements": "dict", "default": []},
    "roles": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    """Judge the given rules first. Those of roles build on them, and are judged only if none applies."""

    _requires_connection = False

    @classmethod
    def finalize_task_arg(cls, name, value, templar, context):
        """Keep the rules as they were written; a judge templates them one by one."""
        if name != "rules":
            return super().finalize_task_arg(name, value, templar, context)
        return templar.resolve_to_container(value) if isinstance(value, str) else value

    def run(self, tmp=None, task_vars=None):
        """Return the sentences of the rules that apply."""
        result = super().run(tmp, task_vars)
        _ignored, args = self.validate_argument_spec(ARGUMENTS)
        variables = scope(args["roles"], self._templar.available_variables, self._loader)
        sentences, warnings = self.judge(variables).told(args["rules"])
        for role in [] if sentences else args["roles"]:
            for file in rules_of(role, self._loader):
                judge = self.judge(variables | {"role_path": str(ROLES / role)} | file.get("vars", {}))
                more = judge.told(file["rules"])
                sentences += more[0]
                warnings += more[1]
        sentences = with_lookalikes(without_consequences(sentences, variables), task_vars)
        return result | {
            "changed": False,
            "failed": bool(sentences),
            "msg": "\n".join(sentences),
            "sentences": sentences,
            "warnings": warnings,
        }

    def judge(self, variables):
        """Return a judge whose rules see these variables."""
        return Judge(self._templar.copy_with_new_env(available_variables=variables))


class Judge:
    """Judge each rule on its own, so that one that cannot be judged does not hide the others."""

    def __init__(self, templar):
        self.templar = templar

    def told(self, rules):
        """Return the sentences of the rules that apply, and the warnings."""
        for rule in rules:
            if fault := malformed(rule):
                raise AnsibleError(f"{fault}, not {', '.join(sorted(rule)) or 'nothing'}.", obj=rule)
        sentences, warnings = [], []
        for rule in rules:
            (warnings if rule.get("warn") is True else sentences).extend(self.judge(rule))
        return sentences, warnings

    def judge(self, rule):
        """Return the sentences of a rule that applies; what cannot be judged is refused."""
        try:
            if not self.templar.evaluate_conditional(self.templar.template(rule.get("when", True))):
                return []
            if "when" in rule and not {"wrong", "check"} & rule.keys():
                return [self.templar.template(rule["msg"])]
            wrong = self.checked(rule) if "check" in rule else self.listed(rule["wrong"])
            return [self.sentence(rule["msg"], wrong)] if wrong and "msg" in rule else wrong
        except (AnsibleError, TypeError, ValueError) as error:
            return [f"A rule cannot be judged: {error}"]

    def checked(self, rule):
        """Return what a check finds wrong."""
        of = self.templar.template(rule["of"])
        given = of if isinstance(of, dict) else {name: self.templar.evaluate_expression(name) for name in of}
        return CHECKS[rule["check"]](decrypted(given), **decrypted(self.templar.template(rule.get("with", {}))))

    def listed(self, expression):
        """Return what an expression lists as wrong."""
        wrong = self.templar.template(expression)
        if not isinstance(wrong, list):
            raise AnsibleError("wrong is not a list.", obj=expression)
        return wrong

    def sentence(self, text, wrong):
        """Return the text of a rule about what is wrong."""
        variables = {**self.templar.available_variables, "wrong": wrong}
        return str(self.templar.copy_with_new_env(available_variables=variables).template(text))


def without_consequences(sentences, variables):
    """Return the sentences without those about a variable that follows from another one with a sentence."""
    subjects = [re.match(r"\w*", each)[0] for each in sentences]
    return [
        each
        for each, name in zip(sentences, subjects, strict=True)
        if not causes(name, variables) & set(subjects) - {name}
    ]


def rules_of(role, loader):
    """Return the contents of a role's rule files."""
    files = sorted((ROLES / role / "rules").glob("*.yml"))
    if not files:
        raise AnsibleError(f"The role {role} has no rules.")
    return [content(path, loader) for path in files]


def malformed(rule):
    """Return what a rule should have, if it has something else."""
    if "check" in rule:
        good = rule["check"] in CHECKS and {"check", "of"} <= set(rule) <= KEYS - {"wrong"}
        return None if good else f"A rule with a check has one of {', '.join(CHECKS)}, and of"
    good = "msg" in rule and {"when", "wrong"} & set(rule) and set(rule) <= KEYS - {"of", "with"}
    return None if good else "A rule has when or wrong, and msg"
