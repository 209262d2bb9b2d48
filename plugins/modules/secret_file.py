#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: secret_file
short_description: Write a secret to a file, and nowhere else
version_added: 0.1.0
description:
  - M(ansible.builtin.copy) and M(ansible.builtin.template) write to temporary files on the controller and of the
    connecting user. They remove these files, but not if the play is killed at that moment.
  - This module receives the secret in its arguments, which with pipelining are never written to disk, and the first
    file that holds the secret has the right mode.
  - "Give the task C(vars: {ansible_pipelining: true}), so that this is true whatever the configuration says."
author:
  - the authors (@mlops)
options:
  path:
    description: Path of the file.
    type: path
    required: true
  content:
    description: Contents of the file.
    type: str
    required: true
  mode:
    description: Mode of the file.
    type: raw
    default: "0600"
  validate:
    description: A command that must succeed before the file is put in place, with C(%s) for a file that it can read.
    type: str
extends_documentation_fragment:
  - mlops.mlflow.attributes
  - ansible.builtin.files
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Write the password of the database
  mlops.mlflow.secret_file:
    path: /etc/mlflow/credentials/pgpass
    content: "db:5432:mlflow:mlflow:{{ mlflow_database_password }}\n"
  no_log: true
  vars: {ansible_pipelining: true}
"""

RETURN = r"""
path:
  description: Path of the file.
  type: str
  returned: success
  sample: /etc/mlflow/credentials/pgpass
"""

import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def write(module, path, content):
    """Put the content in place in one go, once it has proved to be valid."""
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    module.add_cleanup_file(new)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    if module.params["validate"]:
        status, output, complaint = module.run_command(module.params["validate"].replace("%s", new))
        if status:
            module.fail_json(
                path=str(path),
                msg=f"{path} was not changed, because the new content is not valid: {(complaint or output).strip()}",
            )
    module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params, path=new), changed=True)
    Path(new).replace(path)  # AnsibleModule.atomic_move would let everybody read a new file for a moment


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "content": {"type": "str", "required": True, "no_log": True},
            "mode": {"type": "raw", "default": "0600"},
            "validate": {"type": "str"},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    path, content = Path(module.params["path"]), module.params["content"].encode()
    changed = not path.is_file() or path.read_bytes() != content
    if changed and not module.check_mode:
        write(module, path, content)
    elif path.is_file():
        changed = module.set_fs_attributes_if_different(
            module.load_file_common_arguments(module.params), changed=changed
        )
    module.exit_json(changed=changed, path=str(path))


if __name__ == "__main__":
    main()
