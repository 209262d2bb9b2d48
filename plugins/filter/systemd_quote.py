# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One argument of a command line in a unit."""

from __future__ import annotations

import re

DOCUMENTATION = r"""
name: systemd_quote
short_description: Quote an argument for a command line in a systemd unit
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Quotes as systemd.service(5) requires, so that quotes, backslashes, C($) and C(%) arrive unchanged.
options:
  _input:
    description: The argument.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show a command line
  ansible.builtin.debug:
    msg: "ExecStart=/usr/bin/printf {{ '100% $HOME' | mlops.mlflow.systemd_quote }}"
"""

RETURN = r"""
_value:
  description: The quoted argument.
  type: str
"""


def systemd_quote(argument: str) -> str:
    """Return the argument in double quotes."""
    return '"' + re.sub(r'(["\\])', r"\\\1", str(argument)).replace("%", "%%").replace("$", "$$") + '"'


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"systemd_quote": systemd_quote}
