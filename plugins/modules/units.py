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
    role. Then it starts, restarts or reloads them; with O(units[].files), only those that run with something else than
    is on disk.
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
      files:
        description:
          - Files that the unit reads when it starts. If their checksum is not the one in O(units[].note), the unit is
            restarted or reloaded, as O(units[].refresh) says, in place of O(units[].state=started).
          - The unit itself has to write the note when it starts and reloads, for instance by
            C(cat FILES | sha256sum > NOTE). Files that do not exist count as empty.
        type: list
        elements: path
        default: []
      note:
        description: The file with that checksum. It is removed before a drop-in or a mask, so that a restart follows
          even if this run is interrupted.
        type: path
      refresh:
        description: How a unit reads changed O(units[].files).
        type: str
        choices: [restarted, reloaded]
        default: restarted
      wait:
        description: Whether to wait until the unit has started.
        type: bool
        default: true
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

- name: Run nginx, with its files as they are on disk
  mlops.mlflow.units:
    units:
      - name: nginx.service
        state: started
        files: [/etc/nginx/nginx.conf]
        note: /run/nginx.loaded
        refresh: reloaded
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
from functools import cached_property
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.host.stamp import checksum, is_current

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
RUNNING = ("active", "reloading", "activating")
PROPERTIES = "LoadState,UnitFileState,ActiveState,DropInPaths,NeedDaemonReload"
UNIT = {
    "name": {"type": "str", "required": True},
    "drop_ins": {"type": "list", "elements": "path"},
    "files": {"type": "list", "elements": "path", "default": []},
    "note": {"type": "path"},
    "refresh": {"type": "str", "choices": ["restarted", "reloaded"], "default": "restarted"},
    "wait": {"type": "bool", "default": True},
    "state": {"type": "str", "choices": list(VERBS)},
}


class Unit:
    """A unit as systemd and its directories show it."""

    def __init__(self, module, options):
        self.module, self.options, self.name = module, options, options["name"]
        self.shown = self.show()
        self.missing = self.shown["LoadState"] == "not-found"

    def show(self):
        """Return what systemd knows about the unit."""
        answer = self.module.run_command(["systemctl", "show", f"--property={PROPERTIES}", self.name], check_rc=True)[1]
        return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)

    @property
    def note(self):
        return Path(self.options["note"]) if self.options["note"] else None

    @cached_property
    def strays(self):
        """Return the drop-ins that are not the role's, those in force and those that only wait on disk."""
        if self.options["drop_ins"] is None:
            return []
        directory = f"{self.name}.d"
        on_disk = [path for each in DIRECTORIES for path in sorted(Path(each, directory).glob("*.conf"))]
        in_force = [
            Path(path)
            for path in self.shown["DropInPaths"].split()
            if Path(path).parent.name == directory and path.startswith(("/etc", "/run"))
        ]
        return [path for path in dict.fromkeys(on_disk + in_force) if str(path) not in self.options["drop_ins"]]

    @cached_property
    def masks(self):
        """Return the commands that unmask the unit."""
        return [
            f"systemctl unmask {runtime}{self.name}"
            for directory, runtime in MASKABLE.items()
            if str(Path(directory, self.name).resolve()) == "/dev/null"
        ]

    @cached_property
    def note_is_void(self):
        """Return whether the unit does not run as its files say, whatever its note says."""
        return bool(self.strays or self.masks or self.missing)

    @cached_property
    def state(self):
        """Return the state that the unit is to be brought to."""
        wanted, files = self.options["state"], self.options["files"]
        runs = wanted == "started" and self.shown["ActiveState"] in RUNNING
        outdated = runs and files and (self.note_is_void or not is_current(self.note, checksum(files)))
        return self.options["refresh"] if outdated else wanted

    def repairs(self):
        """Return the commands that unmask, reread and enable the unit."""
        # systemd 252 does not notice the first drop-in of a unit
        noticed = self.shown["NeedDaemonReload"] == "yes" or self.shown["LoadState"] == "masked"
        reread = self.strays or self.masks or noticed or self.state in ("restarted", "reloaded")
        enable = self.can_be_enabled() and not self.starts_at_boot()
        return self.masks + ["systemctl daemon-reload"] * bool(reread) + [f"systemctl enable {self.name}"] * enable

    def can_be_enabled(self):
        """Return whether there is a file of the unit; a mask may have replaced its only one, or have been replaced."""
        packaged = Path("/usr/lib/systemd/system", re.sub(r"@.*\.", "@.", self.name))
        loaded = self.shown["LoadState"] not in ("not-found", "masked")
        return loaded or packaged.exists() or Path("/etc/systemd/system", self.name).is_file()

    def starts_at_boot(self):
        """Return whether the unit is enabled; Debian's generator enables its clusters at each boot."""
        state = self.shown["UnitFileState"]
        return state in AT_BOOT or (state == "enabled-runtime" and "@" in self.name)

    def verb(self):
        """Return the command that leads to the state; none if the unit is in it."""
        if self.state is None or (self.state == "started" and self.show()["ActiveState"] in RUNNING):
            return []
        return [f"systemctl {VERBS[self.state]} {'' if self.options['wait'] else '--no-block '}{self.name}"]


def text(path):
    """Return what a drop-in says, without values that may be secret."""
    with contextlib.suppress(OSError):
        return re.sub(r"(?m)^(\w*(?:Environment|Credential)\w*) *=.*", r"\1=(hidden)", path.read_text(errors="replace"))
    return "(in force, but no longer on disk)\n"


def run(module, command, name):
    """Run a command, except in check mode; an error ends with what the unit has logged since then."""
    if module.check_mode:
        return
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
    strays = [path for unit in units for path in unit.strays]
    diff = [
        {"before_header": str(path), "after_header": "removed", "before": text(path), "after": ""} for path in strays
    ]
    commands = []
    for unit in units:
        repairs = unit.repairs()
        if unit.note and unit.note_is_void and not module.check_mode:
            unit.note.unlink(missing_ok=True)  # the restart follows even if this run ends here
        for path in () if module.check_mode else unit.strays:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        for command in repairs:
            run(module, command, unit.name)
        verb = unit.verb()
        for command in verb:
            run(module, command, unit.name)
        commands += repairs + verb
    diff += [
        {"before": "", "after": "".join(f"{command}\n" for command in commands), "after_header": "commands"}
    ] * bool(commands)
    module.exit_json(
        changed=bool(commands),
        commands=commands,
        removed=[str(path) for path in strays],
        missing=[unit.name for unit in units if unit.missing],
        diff=diff,
    )


if __name__ == "__main__":
    main()
