# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a file for systemd's EnvironmentFile=."""

from __future__ import annotations

import re

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: systemd_environment
short_description: Compose an environment file for systemd
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Writes one variable per line, sorted, its value in double quotes and escaped where C(EnvironmentFile=) would
    interpret it (systemd.exec(5)).
options:
  _input:
    description: Names and values of the variables.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write an environment file
  ansible.builtin.copy:
    content: "{{ {'MLFLOW_WORKERS': 2} | mlops.mlflow.systemd_environment }}"
    dest: /opt/mlflow/current/mlflow.env
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""


def systemd_environment(variables: dict) -> str:
    """Return the text of an environment file."""
    lines = []
    for name, value in sorted(variables.items()):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise AnsibleFilterError(
                f"{name!r} is not the name of an environment variable: use letters, digits and underscores"
            )
        if re.search(r"[\0\n\r]", str(value)):
            raise AnsibleFilterError(f"the value of {name} has a line break, which an environment file cannot hold")
        lines.append(name + '="' + re.sub(r'(["\\`$])', r"\\\1", str(value)) + '"\n')
    return "".join(lines)


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"systemd_environment": systemd_environment}
