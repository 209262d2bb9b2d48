#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: config_files
short_description: Write the configuration of a service, secrets among it, in one go
version_added: 0.1.0
description:
  - Compares a group of files with their contents in one run of one module, where M(ansible.builtin.template) needs
    two or three for each file.
  - M(ansible.builtin.copy) and M(ansible.builtin.template) also write to temporary files on the controller and of the
    connecting user. They remove these files, but not if the play is killed at that moment. This module receives what it
    writes in its arguments, which with pipelining are never written to disk, and the first file that holds a secret
    has the right mode.
  - "Give a task with O(files[].secret) C(no_log: true) and C(vars: {ansible_pipelining: true}), so that this is true
    whatever the configuration says."
  - A file is replaced in one go. One that is a symbolic link becomes a file.
author:
  - the authors (@mlops)
options:
  files:
    description: The files, in the order in which they are written.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Path of the file. Directories that are missing are created with mode 0755.
        type: path
        required: true
      content:
        description: Contents of the file, which the diff shows; empty if there is to be no file. Either this or
          O(files[].secret) is required.
        type: str
      secret:
        description: Contents of the file, which neither the diff nor the result shows; empty if there is to be no file.
        type: str
      mode:
        description: Mode of the file, in octal. By default it is V(0600) with O(files[].secret), V(0644) otherwise.
        type: str
      group:
        description: Name of the file's group.
        type: str
        default: root
      validate:
        description: A command that must succeed before the file is put in place, with C(%s) for a file that it can
          read.
        type: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Write the unit and its environment
  mlops.mlflow.config_files:
    files:
      - path: /etc/systemd/system/mlflow.service
        content: "{{ lookup('ansible.builtin.template', 'mlflow.service.j2') }}"

- name: Write the password of the database
  mlops.mlflow.config_files:
    files:
      - path: /etc/mlflow/credentials/pgpass
        secret: "db:5432:mlflow:mlflow:{{ mlflow_database_password }}\n"
  no_log: true
  vars: {ansible_pipelining: true}
"""

RETURN = r"""
written:
  description: The files that were changed, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [/etc/mlflow/credentials/pgpass]
"""

import grp
import os
import stat
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str"},
    "secret": {"type": "str", "no_log": True},
    "mode": {"type": "str"},
    "group": {"type": "str", "default": "root"},
    "validate": {"type": "str"},
}


class File:
    """A file as it is and as it should be."""

    def __init__(self, module, options):
        self.module, self.path, self.validate = module, Path(options["path"]), options["validate"]
        self.is_secret = options["content"] is None
        self.content = (options["secret"] if self.is_secret else options["content"]).encode()
        self.mode = int(options["mode"] or ("0600" if self.is_secret else "0644"), 8)
        self.group = options["group"]
        self.is_file = self.path.is_file() and not self.path.is_symlink()
        self.found = self.path.read_bytes() if self.is_file else b""

    def differs(self):
        """Return whether the file, its content, mode, owner or group are not as they should be."""
        if not self.content:
            return os.path.lexists(self.path)
        if not self.is_file or self.found != self.content:
            return True
        status = self.path.stat()
        return (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) != (self.mode, os.geteuid(), self.gid())

    def gid(self):
        """Return the number of the group; a dry run may come before the group."""
        found = [group.gr_gid for group in grp.getgrall() if group.gr_name == self.group]
        if not found and not self.module.check_mode:
            self.module.fail_json(msg=f"{self.path}: the group {self.group} does not exist; create it first")
        return found[0] if found else None

    def diff(self):
        """Return what changes, as Ansible shows it; of a secret, only that it does."""
        if self.is_secret:
            texts = "(secret)\n" * bool(self.found), "(another secret)\n" * bool(self.content)
        elif self.found == self.content:
            texts = "(another mode, owner or group)\n", f"mode {self.mode:04o}, group {self.group}\n"
        else:
            texts = self.found.decode(errors="replace"), self.content.decode()
        return {"before_header": str(self.path), "after_header": str(self.path), "before": texts[0], "after": texts[1]}

    def write(self):
        """Put the file in place in one go, once it has proved to be valid; or remove it."""
        if not self.content:
            self.path.unlink()
            return
        self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor, new = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        self.module.add_cleanup_file(new)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.content)
        self.prove(new)
        os.chown(new, os.geteuid(), self.gid())
        Path(new).chmod(self.mode)
        Path(new).replace(self.path)  # AnsibleModule.atomic_move would let everybody read a new file for a moment

    def prove(self, new):
        """Fail unless the new content is valid."""
        if not self.validate:
            return
        status, output, complaint = self.module.run_command(self.validate.replace("%s", new))
        if status:
            reason = (complaint or output).strip()
            self.module.fail_json(msg=f"{self.path} was not changed, because the new content is not valid: {reason}")


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": FILE,
                "mutually_exclusive": [("content", "secret")],
                "required_one_of": [("content", "secret")],
            }
        },
        supports_check_mode=True,
    )
    files = [file for options in module.params["files"] if (file := File(module, options)).differs()]
    diff = [file.diff() for file in files]
    for file in () if module.check_mode else files:
        file.write()
    module.exit_json(changed=bool(files), written=[str(file.path) for file in files], diff=diff)


if __name__ == "__main__":
    main()
