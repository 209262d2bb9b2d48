#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: units
short_description: Restore systemd units to what a role made them, and run them
version_added: 0.1.0
description:
  - Unmasks units, both temporary and permanent masks, enables them, and removes drop-ins from units that belong to a
    role. Then it starts, restarts or reloads them.
  - Unlike M(ansible.builtin.systemd_service), it handles drop-ins and temporary masks, and its errors include the end
    of the journal.
  - Drop-ins for all services (C(service.d)) belong to the host and stay.
author:
  - the authors (@mlops)
options:
  units:
    description: The units, in the order in which they are started.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Full name of the unit, such as V(nginx.service). If the unit does not exist yet, only a mask of
          that name is removed.
        type: str
        required: true
      drop_ins:
        description:
          - Paths of all drop-ins that the unit can have; others are removed, in whichever of systemd's directories they
            are.
          - If not given, drop-ins stay as they are.
        type: list
        elements: path
      note:
        description: A note for M(mlops.mlflow.file_stamp). It is removed before a drop-in or a mask, so that a restart
          follows even if this run is interrupted.
        type: path
      state:
        description: What to do with the unit at the end. By default it keeps running, or not, as before. V(reloaded)
          starts a unit that does not run.
        type: str
        choices: [started, restarted, reloaded]
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Remove what was changed by hand about the units
  mlops.mlflow.units:
    units:
      - {name: mlflow.socket, drop_ins: []}
      - {name: mlflow.service, drop_ins: [], note: /run/mlflow.loaded}

- name: Run nginx
  mlops.mlflow.units:
    units: [{name: nginx.service, state: started}]
"""

RETURN = r"""
commands:
  description: The commands that were run, or would be in check mode.
  type: list
  elements: str
  returned: always
  sample: [systemctl unmask nginx.service, systemctl start nginx.service]
removed:
  description: The drop-ins that were removed, or would be in check mode.
  type: list
  elements: str
  returned: always
  sample: [/etc/systemd/system/mlflow.service.d/override.conf]
missing:
  description: The units that systemd did not know before.
  type: list
  elements: str
  returned: always
  sample: [mlflow.socket]
"""

import contextlib
import re
import shlex
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

# Where systemd.unit(5) looks for drop-ins of the administrator
DIRECTORIES = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
]
MASKABLE = {"/etc/systemd/system": "", "/run/systemd/system": "--runtime "}
AT_BOOT = ("enabled", "static", "alias", "generated")
VERBS = {"started": "start", "restarted": "restart", "reloaded": "reload-or-restart"}
UNIT = {
    "name": {"type": "str", "required": True},
    "drop_ins": {"type": "list", "elements": "path"},
    "note": {"type": "path"},
    "state": {"type": "str", "choices": list(VERBS)},
}


class Unit:
    """A unit as systemd and its directories show it."""

    def __init__(self, module, options):
        self.name, self.note, self.state, allowed = (
            options["name"],
            options["note"],
            options["state"],
            options["drop_ins"],
        )
        names = "LoadState,UnitFileState,ActiveState,DropInPaths,NeedDaemonReload"
        answer = module.run_command(["systemctl", "show", f"--property={names}", self.name], check_rc=True)[1]
        self.shown = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
        self.missing = self.shown["LoadState"] == "not-found"
        on_disk = [
            path for directory in DIRECTORIES for path in sorted(Path(directory, f"{self.name}.d").glob("*.conf"))
        ]
        in_force = [
            Path(path)
            for path in self.shown["DropInPaths"].split()
            if Path(path).parent.name == f"{self.name}.d" and path.startswith(("/etc", "/run"))
        ]
        self.strays = [
            path for path in dict.fromkeys(on_disk + in_force) if allowed is not None and str(path) not in allowed
        ]

    def repairs(self):
        """Return the commands that unmask, reread and enable the unit."""
        there = [Path(directory, self.name) for directory in MASKABLE]
        commands = [
            f"systemctl unmask {MASKABLE[str(path.parent)]}{self.name}"
            for path in there
            if path.is_symlink() and str(path.resolve()) == "/dev/null"
        ]
        # systemd 252 does not notice the first drop-in of a unit
        if (
            self.strays
            or commands
            or self.shown["NeedDaemonReload"] == "yes"
            or self.state in ("restarted", "reloaded")
        ):
            commands.append("systemctl daemon-reload")
        state, fragment = (
            self.shown["UnitFileState"],
            Path("/usr/lib/systemd/system", re.sub(r"@.*\.", "@.", self.name)),
        )
        # Debian's generator enables its clusters at each boot
        at_boot = state in AT_BOOT or (state == "enabled-runtime" and "@" in self.name)
        # a mask may have replaced the only file of the unit
        there = self.shown["LoadState"] not in ("not-found", "masked") or fragment.exists()
        return commands + [f"systemctl enable {self.name}"] * (there and not at_boot)

    def verb(self):
        """Return the command that leads to the state; none where the unit is in it."""
        needed = self.state and (
            self.state != "started" or self.shown["ActiveState"] not in ("active", "reloading", "activating")
        )
        return [f"systemctl {VERBS[self.state]} {self.name}"] if needed else []


def text(path):
    """Return what a drop-in says, without values that may be secret."""
    with contextlib.suppress(OSError):
        return re.sub(r"(?m)^(\w*(?:Environment|Credential)\w*) *=.*", r"\1=(hidden)", path.read_text(errors="replace"))
    return "(in force, but no longer on disk)\n"


def run(module, command, name):
    """Run a command; an error ends with what the unit has logged since then."""
    begun = int(time.time())
    status, _output, complaint = module.run_command(shlex.split(command), environ_update={"LC_ALL": "C.UTF-8"})
    if status:
        asked = [
            "journalctl",
            "--quiet",
            "--no-pager",
            "--output=cat",
            "--lines=40",
            f"--since=@{begun}",
            f"--unit={name}",
        ]
        journal = module.run_command(asked)[1].splitlines()
        telling = [line for line in journal if re.search(r"FATAL|PANIC|\[emerg\]|[Ee]rror", line)][-3:] or journal[-4:]
        module.fail_json(
            msg=f"{command} fails ({' '.join(complaint.split()) or status}). "
            f"The journal of {name} says: {' / '.join(telling)}"
        )


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"units": {"type": "list", "elements": "dict", "required": True, "options": UNIT}},
        supports_check_mode=True,
    )
    units = [Unit(module, options) for options in module.params["units"]]
    planned = [(unit, unit.repairs(), unit.verb()) for unit in units]
    commands = [command for _unit, repairs, verb in planned for command in repairs + verb]
    strays = [path for unit in units for path in unit.strays]
    diff = [
        {"before_header": str(path), "after_header": "removed", "before": text(path), "after": ""} for path in strays
    ]
    diff += [
        {"before": "", "after": "".join(f"{command}\n" for command in commands), "after_header": "commands"}
    ] * bool(commands)
    for unit, repairs, verb in planned if not module.check_mode else ():
        if unit.note and (repairs or unit.missing):
            Path(unit.note).unlink(missing_ok=True)
        for path in unit.strays:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        for command in repairs + verb:
            run(module, command, unit.name)
    module.exit_json(
        changed=bool(commands),
        commands=commands,
        removed=[str(path) for path in strays],
        missing=[unit.name for unit in units if unit.missing],
        diff=diff,
    )


if __name__ == "__main__":
    main()
