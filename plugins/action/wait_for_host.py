# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait until a host lets the play log in and its first boot is over. Documented in plugins/modules/wait_for_host.py."""

from __future__ import annotations

import re
import time

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()

CHANGED_KEY = re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for \S+ has changed")
NOTED_IN = re.compile(r"Offending \S+ key in (.+):\d+")
SILENCE = 20  # seconds between two lines that say what is waited for
# cloud-init writes its result when the first boot is over; a host without cloud-init has no first boot to wait for
BOOTED = (
    "test -e /run/cloud-init/result.json || ! command -v cloud-init >/dev/null"
    " || timeout {seconds} cloud-init status --wait"
)
TIMED_OUT = 124  # exit code of timeout(1)
DEGRADED = 2  # exit code of cloud-init status for errors that it could recover from


class ActionModule(ActionBase):
    """Try to log in until it works; a reason that waiting does not change is reported at once."""

    def run(self, tmp=None, task_vars=None):
        """Return how many seconds it took."""
        result = super().run(tmp, task_vars)
        _ignored, args = self.validate_argument_spec({"timeout": {"type": "int", "default": 300}})
        self.host = task_vars["inventory_hostname"]
        self.address = task_vars.get("ansible_host", self.host)
        begun, deadline = time.monotonic(), time.monotonic() + args["timeout"]
        self.log_in(deadline, args["timeout"])
        self.finish_first_boot(deadline, args["timeout"])
        return result | {"changed": False, "seconds": round(time.monotonic() - begun)}

    def log_in(self, deadline, timeout):
        """Log in as soon as the host lets us."""
        begun = said = time.monotonic()
        while True:
            try:
                self._low_level_execute_command("true", sudoable=False)
                return
            except AnsibleConnectionFailure as error:
                reason = " ".join(str(error).split())
            if CHANGED_KEY.search(reason):
                raise AnsibleActionFail(self.other_key(reason))
            now = time.monotonic()
            if now > deadline:
                raise AnsibleActionFail(
                    f"{self.host}: {self.address} does not let the play log in after {timeout} s (timeout): {reason}"
                )
            if now > said + SILENCE:
                display.display(
                    f"{round(now - begun)} s: waiting for SSH at {self.address} ({self.host}): {reason[-160:]}",
                    color="bright blue",
                )
                said = now
            time.sleep(1)
            self._connection.reset()

    def finish_first_boot(self, deadline, timeout):
        """Wait for cloud-init, which writes keys, holds apt's lock and restarts sshd."""
        command = BOOTED.format(seconds=max(5, round(deadline - time.monotonic())))
        done = self._low_level_execute_command(command, sudoable=False)
        if done["rc"] == TIMED_OUT:
            raise AnsibleActionFail(
                f"{self.host}: its first boot is not over after {timeout} s (timeout); "
                "see what cloud-init does: cloud-init status --long"
            )
        if done["rc"] == DEGRADED:
            display.warning(
                f"{self.host}: cloud-init has recovered from errors during the first boot; "
                "see them with: cloud-init status --long"
            )
        elif done["rc"]:
            raise AnsibleActionFail(
                f"{self.host}: its first boot failed; see why with: cloud-init status --long. A new droplet may work"
            )

    def other_key(self, reason):
        """Return the sentence for a host that shows another SSH host key than the one on record."""
        noted = NOTED_IN.search(reason)
        file = f" -f {noted.group(1)}" if noted else ""
        return (
            f"{self.host}: the SSH host key of {self.address} differs from the one on record. "
            f"If the droplet was created again, remove the old key (ssh-keygen -R {self.address}{file}) "
            "and run this again; if it was not, something else may be answering at its address"
        )
