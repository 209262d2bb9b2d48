# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variables for the environment of MLflow's server have no effect."""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.filter.environment_problems import instead
from ansible_collections.mlops.mlflow.plugins.plugin_utils.given import nearest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import ALIKE, ROLES

DOCUMENTATION = r"""
name: environment_warnings
short_description: Return which variables for the environment of MLflow's server have no effect
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Reports names that begin with C(MLFLOW_) but that MLflow does not know, and names that look like one that it knows,
    each with the nearest real name.
  - The names are those of MLflow 3.17.2. For another O(version), only names that look like one of them are reported,
    because that version may know more.
options:
  _input:
    description: The variables, names and values.
    type: dict
    required: true
  version:
    description: The version of MLflow.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what has no effect
  ansible.builtin.debug:
    msg: "{{ {'MLFLOW_TRACKNG_URI': 'http://mlflow'} | mlops.mlflow.environment_warnings('3.17.2') }}"
"""

RETURN = r"""
_value:
  description: A sentence for each variable, without its value and without the name of the option.
  type: list
  elements: str
"""

KEPT_VERSION = "3.17.2"
KEPT = ROLES / f"mlflow/files/mlflow-{KEPT_VERSION}-variables.txt"


def environment_warnings(variables: dict, version: str) -> list:
    """Return a sentence for each variable that has no effect."""
    known = KEPT.read_text().split()
    found = []
    for name in sorted(str(each) for each in variables if each not in known and instead(str(each)) is None):
        ours = version == KEPT_VERSION and re.match("MLFLOW_", name, re.IGNORECASE)
        near = nearest(name.upper(), known, 0.6 if ours else ALIKE)
        if ours or near:
            found.append(f"{name} is not a variable of MLflow {KEPT_VERSION} and has no effect{meant(near)}")
    return found


def meant(near):
    """Return a question for the nearest real name, which may be one that the role sets."""
    cure = instead(near) if near else ""
    return (
        ""
        if cure == ""
        else f": did you mean {near}?"
        if cure is None
        else f": did you mean {near}, which follows from {cure}?"
    )


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"environment_warnings": environment_warnings}
