# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ports of a host that several services would listen on."""

from __future__ import annotations

DOCUMENTATION = r"""
name: port_problems
short_description: Return which ports of a host are given to more than one service
version_added: 0.1.0
description: Compares the ports of one host, so that two services are not given the same port.
author: the authors (@mlops)
options:
  _input:
    description: The ports by the names of their variables. The port of SSH can be among them under another name.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ {'proxy_port': 5432, 'postgresql_port': 5432} | mlops.mlflow.port_problems }}"
"""

RETURN = r"""
_value:
  description: A sentence for each port that appears more than once.
  type: list
  elements: str
"""


def port_problems(ports: dict) -> list:
    """Return a sentence for each port that is there more than once."""
    names = {}
    for name, port in ports.items():
        names.setdefault(int(port), []).append(name)
    return [
        f"{', '.join(each)}: {port} is given to more than one of them; choose a port for each"
        for port, each in names.items()
        if len(each) > 1
    ]


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"port_problems": port_problems}
