# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variables for the environment of MLflow's server have no effect."""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.plugin_utils.given import nearest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.names import ALIKE, ROLES

from .environment import instead

KEPT_VERSION = "3.17.2"
KEPT = ROLES / f"mlflow/files/mlflow-{KEPT_VERSION}-variables.txt"


def environment_names(given, version):
    """Report names that MLflow does not know.

    They begin with MLFLOW_, or look like a name that MLflow knows. The known names are those of one version. For
    another one, only names that look like one of them are reported, because that version may know more.

    Args:
        given (dict): Dictionaries of environment variables, by the names of the variables that hold them.
        version (str): The version of MLflow.

    Returns:
        list[str]: A sentence for each, with the nearest real name.

    """
    return [
        f"{label}: {each}" for label, variables in given.items() for each in environment_warnings(variables, version)
    ]


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
