#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_check
short_description: Inspect a host before a role changes it
version_added: 0.1.0
description:
  - Looks at directories, sockets, users and groups as they are on the host, and returns a sentence for each that the
    role must not use. Also returns what decides whether the role can work there and what it has to do, such as free
    space, file systems, listening programs, locales and installed packages.
  - What does not exist yet is free. What the role's own units name belongs to the role, whatever has happened to it
    since.
  - Changes nothing. Needs root to read every directory.
author:
  - the authors (@mlops)
options:
  host:
    description: What the sentences call the host.
    type: str
    required: true
  units:
    description: Paths of the unit files that the role writes. A unit that does not exist counts as empty.
    type: list
    elements: path
    default: []
  comment:
    description: The comment (GECOS field) of the users that the role creates.
    type: str
    default: ""
  users:
    description:
      - Users that the role creates, by the names of their variables. They and root can own the directories.
      - An existing user belongs to the role if it has O(comment), or if one of O(units) runs as it.
    type: dict
    default: {}
  groups:
    description: Groups that the role uses without creating them, by the names of their variables.
    type: dict
    default: {}
  directories:
    description:
      - Directories that the role uses, by the names of their variables. Relative paths are not checked.
      - Neither they nor their parents can be symbolic links or files, belong to users other than root and O(users), or
        be part of a Debian package. Directories of the package C(base-files) are open to all.
      - A directory on which a volume is mounted can belong to anybody, because hosts that share a volume may have
        different user ids.
    type: dict
    default: {}
  sockets:
    description: Unix sockets that the role listens on, by the names of their variables. Relative paths are not checked.
    type: dict
    default: {}
  places:
    description: Absolute paths of files and directories to inspect, whoever owns them, by names of your choice.
    type: dict
    default: {}
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Look for what belongs to somebody else
  mlops.mlflow.host_check:
    host: "{{ inventory_hostname }}"
    units: [/etc/systemd/system/mlflow.service]
    comment: MLflow
    users: {mlflow_user: mlflow}
    directories: {mlflow_state_directory: /var/lib/mlflow}
    places: {home: /opt/mlflow}
  register: __found
"""

RETURN = r"""
sentences:
  description: A sentence for each mistake, which names the variable, its value and what to do.
  type: list
  elements: str
  returned: success
  sample:
    - >-
      mlflow_state_directory: /var/lib/grafana of mlflow-1 belongs to the user grafana; choose another directory, or
      change the owner if nothing else uses it
places:
  description: What was found at each of O(places), or at the nearest parent that exists.
  type: dict
  returned: success
  contains:
    exists:
      description: Whether the path exists.
      type: bool
    path:
      description: The path without symbolic links.
      type: str
    free_mb:
      description: The space available to users other than root, in MiB.
      type: int
    filesystem:
      description: The type of the file system.
      type: str
  sample: {home: {exists: false, path: /opt/mlflow, free_mb: 23104, filesystem: ext4}}
listeners:
  description: The TCP ports that programs listen on. C(program) is empty if it is unknown.
  type: list
  elements: dict
  returned: success
  sample: [{address: 0.0.0.0, port: 80, program: nginx}]
unix_sockets:
  description: The Unix sockets that programs listen on.
  type: list
  elements: str
  returned: success
  sample: [/run/postgresql/.s.PGSQL.5432]
locales:
  description: The locales of the host, as C(locale --all-locales) writes them.
  type: list
  elements: str
  returned: success
  sample: [C, C.utf8, POSIX]
ansible_facts:
  description: Facts for later tasks.
  type: dict
  returned: success
  contains:
    installed_packages:
      description: The names of the Debian packages that are installed.
      type: list
      elements: str
      sample: [nginx, ufw]
"""

import grp
import pwd
import re
from functools import cached_property
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.host import survey

PACKAGES = Path("/var/lib/dpkg/info")


class Host:
    """What a host has already, seen by a role with units of its own."""

    def __init__(self, params):
        self.name, self.comment = params["host"], params["comment"]
        self.units = "\n".join(Path(path).read_text() for path in params["units"] if Path(path).is_file())
        # by hand; what it named is not known until it is put back
        self.masked = any(Path(path).is_symlink() for path in params["units"])
        self.users, self.directories = params["users"], params["directories"].values()
        self.told = set()

    def named(self, path):
        """Return whether the role's units name a path, or another of its directories that the path is in."""
        outer = [each for each in self.directories if Path(each) in Path(path).parents]
        return any(re.search(rf"(?<![\w./-]){re.escape(each)}(?![\w.-])", self.units) for each in [path, *outer])

    def runs_as(self, name):
        return bool(re.search(rf"^User={re.escape(name)}$", self.units, re.MULTILINE))

    def user(self, label, name):
        """Yield what is wrong with a user that the role is to create."""
        here = f"{label}: {name} is already a {{}} of {self.name}"
        account = lookup(pwd.getpwnam, name)
        if account is None:
            if lookup(grp.getgrnam, name):
                yield f"{here.format('group')}; choose another name, as the user gets a group of its own"
            return
        created = account.pw_uid and account.pw_gecos.split(",")[0] == self.comment
        if not created and not self.runs_as(name):
            yield (
                f"{here.format('user')} (uid {account.pw_uid}, {account.pw_shell or 'no shell'}) "
                "that this role did not create; "
                f"choose another name, or run usermod --comment {self.comment} {name} if nothing else uses it"
            )

    def group(self, label, name):
        """Yield what is wrong with a group that the role is to use."""
        if name not in self.users.values() and lookup(grp.getgrnam, name) is None:
            yield f"{label}: {name} is not a group of {self.name}; use one that exists, or create it first"

    def directory(self, label, path):
        """Yield what is wrong with a directory that the role is to take."""
        what, parts = f"{label}: {path} of {self.name}", upwards(path)
        settled = self.named(path) and all(self.runs_as(name) for name in self.users.values())
        if found := self.link(path, parts) or self.other(path, Path.is_dir, "directory"):
            yield f"{what} {found}; choose another directory"
        elif found := not settled and self.owner(path, parts):
            yield f"{what} {found}; choose another directory, or change the owner if nothing else uses it"
        elif found := not self.named(path) and self.package(parts):
            yield f"{what} belongs to the package {found}; choose another directory"

    def socket(self, label, path):
        """Yield what is wrong with a socket that the role is to listen on."""
        what, parts = f"{label}: {path} of {self.name}", upwards(path)[:-1]
        if found := self.link(path, parts) or self.other(path, Path.is_socket, "socket") or self.owner(path, parts):
            yield f"{what} {found}; choose another path"
        elif not self.masked and not self.named(path) and path in survey.unix_sockets():
            yield f"{what} is the socket of another service; choose another path"

    def link(self, path, parts):
        """Return what a path leads to because of a link on the way."""
        found = next((part for part in parts if part.is_symlink()), None)
        return self.once(found) and f"leads to {Path(path).resolve()} by the symbolic link {found}"

    def other(self, path, is_right, kind):
        """Return that a path is of another kind than it should be."""
        return f"is not a {kind}" if Path(path).exists() and not is_right(Path(path)) else None

    def owner(self, path, parts):
        """Return which other user a path belongs to, or the first directory on the way."""
        accounts = [lookup(pwd.getpwnam, name) for name in self.users.values()]
        allowed = {0, *(account.pw_uid for account in accounts if account)}
        others = (part for part in parts if part.exists() and part.stat().st_uid not in allowed)
        found = next((part for part in others if not (part.is_mount() and part == Path(path))), None)
        if not self.once(found):
            return None
        account = lookup(pwd.getpwuid, found.stat().st_uid)
        user = f"the user {account.pw_name}" if account else f"uid {found.stat().st_uid}"
        return f"belongs to {user}" if found == Path(path) else f"is inside {found}, which belongs to {user}"

    def package(self, parts):
        """Return the package that a path is of, or the first directory on the way; those of base-files are shared."""
        shared = {"/", *self.packages.get("base-files", "").splitlines()}
        for part in parts:
            if str(part) not in shared and part.exists():
                package = next((name for name, text in self.packages.items() if f"\n{part}\n" in text), None)
                if package:
                    return self.once(part) and package
        return None

    @cached_property
    def packages(self):
        """Return the paths of each package, one a line."""
        files = sorted(PACKAGES.glob("*.list"))
        return {file.stem.partition(":")[0]: f"{file.read_text(errors='replace')}\n" for file in files}

    def once(self, part):
        """Return whether there is something to tell that has not been told about another variable."""
        new = part is not None and part not in self.told
        self.told.add(part)
        return new


def upwards(path):
    """Return all that a path is in, from the top, and the path itself."""
    return [*reversed(Path(path).parents), Path(path)]


def lookup(function, key):
    """Return what the databases of users and groups have, or None."""
    try:
        return function(key)
    except KeyError:
        return None


def main():
    """Run the module."""
    spec = {kind: {"type": "dict", "default": {}} for kind in ("users", "groups", "directories", "sockets", "places")}
    spec |= {"host": {"type": "str", "required": True}, "comment": {"type": "str", "default": ""}}
    spec["units"] = {"type": "list", "elements": "path", "default": []}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    host = Host(module.params)
    checks = {"users": host.user, "groups": host.group, "directories": host.directory, "sockets": host.socket}
    given = [(check, label, value) for kind, check in checks.items() for label, value in module.params[kind].items()]
    paths = (*module.params["directories"], *module.params["sockets"])
    looked_at = [each for each in given if each[1] not in paths or each[2].startswith("/")]
    places = {name: path for name, path in module.params["places"].items() if path.startswith("/")}
    module.exit_json(
        changed=False,
        sentences=[each for check, label, value in looked_at for each in check(label, value)],
        places={name: survey.place(path) for name, path in places.items()},
        listeners=survey.listeners(module.run_command(["ss", "-Hltnp"])[1]),
        unix_sockets=survey.unix_sockets(),
        ansible_facts={"installed_packages": survey.packages()},
        locales=module.run_command(["locale", "--all-locales"])[1].splitlines(),
    )


if __name__ == "__main__":
    main()
