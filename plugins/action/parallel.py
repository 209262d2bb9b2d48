# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Begin several things of the cloud side by side, and say what is waited for.

Documented in plugins/modules/parallel.py.
"""

from __future__ import annotations

import os
import time

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()

ACCESS = ("token", "api_url", "ca_file")
FIRST_PAUSE, LONGEST_PAUSE = 1, 15
SILENCE = 30  # seconds after which the same is said again


class ActionModule(ActionBase):
    """Run the modules, each without waiting, until none of them waits for anything."""

    def run(self, tmp=None, task_vars=None):
        """Return the last result of each module."""
        result = super().run(tmp, task_vars)
        options = {
            "things": {"type": "list", "elements": "dict", "required": True},
            "timeout": {"type": "int", "default": 1800},
        }
        _ignored, args = self.validate_argument_spec(
            options | {option: {"type": "str", "no_log": option == "token"} for option in ACCESS}
        )
        self.access = {option: args[option] for option in ACCESS if args[option]}
        begun, self.parent = time.monotonic(), os.getppid()
        first = last = [self.once(thing, task_vars) for thing in args["things"]]
        pause, said = FIRST_PAUSE, Said()
        while (waits := awaited(last)) and not self._task.check_mode:
            seconds = time.monotonic() - begun
            if seconds > args["timeout"]:
                raise AnsibleActionFail(
                    f"After {spoken(seconds)}: {', '.join(f'{thing} is {status}' for thing, status in waits.items())} "
                    f"(timeout: {args['timeout']} s). "
                    "It may still become ready: run this again, it goes on from there."
                )
            said.say(waits, args["things"], seconds)
            time.sleep(pause)
            pause = min(pause * 1.2, LONGEST_PAUSE)  # so that a look comes at most a fifth later than it could
            last = [
                self.once(thing, task_vars) if each.get("waits_for") else each
                for thing, each in zip(args["things"], last, strict=True)
            ]
        changed = any(each.get("changed") for each in first + last)
        diffs = [each["diff"] for each in first if each.get("changed") and each.get("diff")]
        return result | {"changed": changed, "results": last, "diff": diffs, "seconds": round(time.monotonic() - begun)}

    def once(self, thing, task_vars):
        """Run one module and return its result.

        This process outlives a playbook that is killed. Whatever it created after that, the next run might not see in
        time and would create again.
        """
        if os.getppid() != self.parent:
            raise AnsibleActionFail("The playbook that started this task has ended; run it again to continue.")
        if set(thing) - {"usually"} != {"module", "options"}:
            raise AnsibleActionFail(
                f"A thing has module, options and perhaps usually, not {', '.join(sorted(thing)) or 'nothing'}."
            )
        done = self._execute_module(
            module_name=thing["module"],
            module_args=self.access | thing["options"] | {"wait": False},
            task_vars=task_vars,
        )
        if done.get("failed"):
            raise AnsibleActionFail(done.get("msg", f"{thing['module']} failed"), result=done)
        return done


class Said:
    """Says what is waited for when that changes, and again after a while."""

    def __init__(self):
        self.waits, self.at = None, 0

    def say(self, waits, things, seconds):
        if waits == self.waits and seconds < self.at + SILENCE:
            return
        usually = "; ".join(thing["usually"] for thing in things if thing.get("usually"))
        statuses = ", ".join(f"{thing} ({status})" for thing, status in waits.items())
        display.display(
            f"{spoken(seconds)}: waiting for {statuses}{f' (usually {usually})' if usually else ''}",
            color="bright blue",
        )
        self.waits, self.at = waits, seconds


def awaited(results):
    """Return what these results wait for, by thing."""
    return {thing: status for each in results for thing, status in (each.get("waits_for") or {}).items()}


def spoken(seconds):
    """Return a duration as people say it."""
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
