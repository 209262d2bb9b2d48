# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fail once, with the sentence of every rule that applies, and warn. Documented in plugins/modules/refuse.py."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks import CHECKS
from ansible_collections.mlops.mlflow.plugins.plugin_utils.given import decrypted
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import with_lookalikes

KEYS = {"when", "wrong", "check", "of", "with", "msg", "warn"}


class ActionModule(ActionBase):
    """Judge each rule on its own, so that one that cannot be judged does not hide the others."""

    _requires_connection = False

    @classmethod
    def finalize_task_arg(cls, name, value, templar, context):
        """Keep the rules as they were written; `judge` templates them one by one."""
        if name != "rules":
            return super().finalize_task_arg(name, value, templar, context)
        return templar.resolve_to_container(value) if isinstance(value, str) else value

    def run(self, tmp=None, task_vars=None):
        """Return the sentences of the rules that apply."""
        result = super().run(tmp, task_vars)
        _ignored, args = self.validate_argument_spec({"rules": {"type": "list", "elements": "dict", "required": True}})
        for rule in args["rules"]:
            if fault := malformed(rule):
                raise AnsibleError(f"{fault}, not {', '.join(sorted(rule)) or 'nothing'}.", obj=rule)
        told = {"sentences": [], "warnings": []}
        for rule in args["rules"]:
            told["warnings" if rule.get("warn") is True else "sentences"] += self.judge(rule)
        told["sentences"] = with_lookalikes(told["sentences"], task_vars)
        return (
            result | told | {"changed": False, "failed": bool(told["sentences"]), "msg": "\n".join(told["sentences"])}
        )

    def judge(self, rule):
        """Return the sentences of a rule that applies; what cannot be judged is refused."""
        try:
            if not self._templar.evaluate_conditional(self._templar.template(rule.get("when", True))):
                return []
            if "when" in rule and not {"wrong", "check"} & rule.keys():
                return [self._templar.template(rule["msg"])]
            wrong = self.checked(rule) if "check" in rule else self.listed(rule["wrong"])
            return [self.sentence(rule["msg"], wrong)] if wrong and "msg" in rule else wrong
        except (AnsibleError, TypeError, ValueError) as error:
            return [f"A rule cannot be judged: {error}"]

    def checked(self, rule):
        """Return what a check finds wrong."""
        of = self._templar.template(rule["of"])
        given = of if isinstance(of, dict) else {name: self._templar.evaluate_expression(name) for name in of}
        return CHECKS[rule["check"]](decrypted(given), **decrypted(self._templar.template(rule.get("with", {}))))

    def listed(self, expression):
        """Return what an expression lists as wrong."""
        wrong = self._templar.template(expression)
        if not isinstance(wrong, list):
            raise AnsibleError("wrong is not a list.", obj=expression)
        return wrong

    def sentence(self, text, wrong):
        """Return the text of a rule about what is wrong."""
        variables = {**self._templar.available_variables, "wrong": wrong}
        return str(self._templar.copy_with_new_env(available_variables=variables).template(text))


def malformed(rule):
    """Return what a rule should have, if it has something else."""
    if "check" in rule:
        good = rule["check"] in CHECKS and {"check", "of"} <= set(rule) <= KEYS - {"wrong"}
        return None if good else f"A rule with a check has one of {', '.join(CHECKS)}, and of"
    good = "msg" in rule and {"when", "wrong"} & set(rule) and set(rule) <= KEYS - {"of", "with"}
    return None if good else "A rule has when or wrong, and msg"
