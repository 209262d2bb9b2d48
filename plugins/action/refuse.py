# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fail once, with the sentence of every rule that applies, and warn. Documented in plugins/modules/refuse.py."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import with_lookalikes


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
            if not {"when", "msg"} <= set(rule) <= {"when", "msg", "warn"}:
                raise AnsibleError(f"A rule has when and msg, not {', '.join(sorted(rule)) or 'nothing'}.", obj=rule)
        told = {"sentences": [], "warnings": []}
        for rule in args["rules"]:
            if sentence := self.judge(rule):
                told["warnings" if rule.get("warn") is True else "sentences"].append(sentence)
        told["sentences"] = with_lookalikes(told["sentences"], task_vars)
        return (
            result | told | {"changed": False, "failed": bool(told["sentences"]), "msg": "\n".join(told["sentences"])}
        )

    def judge(self, rule):
        """Return the rule's sentence if it applies, else None; what cannot be judged is refused."""
        try:
            if self._templar.evaluate_conditional(self._templar.template(rule["when"])):
                return self._templar.template(rule["msg"])
        except AnsibleError as error:
            return f"A rule cannot be judged: {error}"
        return None
