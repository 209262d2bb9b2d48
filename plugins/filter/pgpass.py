# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line of libpq's password file."""

from __future__ import annotations

import re

DOCUMENTATION = r"""
name: pgpass
short_description: Compose a line of libpq's password file
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Escapes colons and backslashes as the PostgreSQL manual requires (The Password File).
options:
  _input:
    description: Host, port, database, user and password.
    type: list
    elements: raw
    required: true
"""

EXAMPLES = r"""
- name: Write a password file
  ansible.builtin.copy:
    content: "{{ ['db', 5432, 'mlflow', 'mlflow', mlflow_database_password] | mlops.mlflow.pgpass }}"
    dest: /root/.pgpass
    mode: "0600"
  no_log: true
"""

RETURN = r"""
_value:
  description: The line, without a line break.
  type: str
"""


def pgpass(fields: list) -> str:
    """Return a line of a password file."""
    return ":".join(re.sub(r"([:\\])", r"\\\1", str(field)) for field in fields)


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"pgpass": pgpass}
