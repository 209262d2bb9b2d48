#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_lock
short_description: Resolve Python packages into a lock with hashes
version_added: 0.1.0
description:
  - Resolves requirements once with C(uv), for Python 3.11 and newer, into a file that lists every package with its
    version and hashes, so that all hosts install the same files and nothing else.
  - An existing lock is left as it is; remove it to resolve again. It is written completely or not at all.
  - Runs on the controller. The package index is the one in C(pip)'s configuration there.
author:
  - the authors (@mlops)
options:
  requirements:
    description: What to resolve, in the syntax of C(pip install).
    type: list
    elements: str
    required: true
  path:
    description: Path of the lock.
    type: path
    required: true
requirements:
  - uv next to the Python that runs this module, or in the C(PATH)
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Resolve another version of MLflow
  mlops.mlflow.mlflow_lock:
    requirements: [mlflow==3.16.0, psycopg2-binary]
    path: "{{ inventory_dir }}/mlflow-3.16.0.txt"
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What cannot be resolved, and why.
  type: str
  returned: failure
  sample: Because there is no version of mlflow==9.9.9 and you require mlflow==9.9.9
"""

import os
import re
import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

RESOLVE = [
    "pip",
    "compile",
    "--quiet",
    "--no-header",
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--only-binary",
    ":all:",
]


def uv(module):
    """Return the path of uv."""
    beside = Path(sys.executable).with_name("uv")
    return (
        str(beside)
        if beside.exists()
        else module.get_bin_path("uv") or module.fail_json(f"uv is missing; install it for {sys.executable}")
    )


def index(module):
    """Return uv's setting of the package index, because uv does not read pip's configuration."""
    if "UV_DEFAULT_INDEX" in os.environ:
        return {}
    url = (
        os.environ.get("PIP_INDEX_URL")
        or module.run_command([sys.executable, "-m", "pip", "config", "get", "global.index-url"])[1].strip()
    )
    return {"UV_DEFAULT_INDEX": url} if url else {}


def reason(complaint):
    """Return uv's complaint on one line, without what goes without saying and without the login of an address."""
    text = " ".join(complaint.split()).removeprefix("error: ").replace(" cause: ", ": ")
    text = text.removeprefix("No solution found when resolving dependencies: ").removesuffix(
        ", we can conclude that your requirements are unsatisfiable."
    )
    return re.sub(r"(?<=//)[^/@\s]*@", "", text)


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "requirements": {"type": "list", "elements": "str", "required": True},
            "path": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    path, requirements = Path(module.params["path"]), module.params["requirements"]
    if path.exists() or module.check_mode:
        module.exit_json(changed=not path.exists())
    resolved = Path(module.tmpdir, "lock")
    command = [uv(module), *RESOLVE, "--output-file", str(resolved), "-"]
    environment = {"UV_SYSTEM_CERTS": "true"} | index(module)
    code, _output, complaint = module.run_command(command, data="\n".join(requirements), environ_update=environment)
    if code:
        module.fail_json(reason(complaint))
    resolved.write_text(
        f"# Resolved from {', '.join(requirements)}; remove this file to resolve anew\n{resolved.read_text()}"
    )
    module.atomic_move(str(resolved), str(path))
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
