# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables that the collection knows, and those of an inventory that look like one of them but are none."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

from .given import nearest

ROLES = Path(__file__).parents[2] / "roles"
# Variables of the playbooks and the inventory plugin, which belong to no role
OF_PLAYBOOKS = frozenset(
    {
        "mlflow_destroy",
        "mlflow_destroy_bucket",
        "mlflow_destroy_dump",
        "infrastructure_backup_bucket_access_key_id",
        "infrastructure_backup_bucket_secret_access_key",
        "infrastructure_bucket_access_key_id",
        "infrastructure_bucket_secret_access_key",
        "infrastructure_inventory",
        "infrastructure_restore_at",
        "infrastructure_restore_from",
        "private_address",
    }
)
# What the roles register for others to read
OUTPUTS = frozenset(
    {
        "infrastructure_check",
        "infrastructure_database",
        "infrastructure_price",
        "mlflow_dump",
        "mlflow_host_found",
        "mlflow_release_path",
    }
)
# How similar a name has to be that does not even begin like one of ours
ALIKE = 0.85
MAGIC = frozenset({"groups", "hostvars", "vars"})


@lru_cache
def options(role):
    """Return the options of a role's entry point main, by their names."""
    return load(ROLES / role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


@lru_cache
def known():
    """Return the names of all variables that have a meaning here."""
    outputs = {name for path in ROLES.glob("*/vars/main.yml") for name in load(path) if not name.startswith("__")}
    return (
        OF_PLAYBOOKS
        | OUTPUTS
        | outputs
        | {name for path in ROLES.glob("*/meta/argument_specs.yml") for name in options(path.parents[1].name)}
    )


def strangers(variables):
    """Return the names that look like variables of the collection but are not, each with the nearest real one or None.

    A variable that another one refers to has a meaning of its own.

    Args:
        variables (dict): The variables of a host, not templated.

    Returns:
        dict[str, str | None]: The real name by the misspelt one.

    """
    prefixes = tuple(f"{path.name}_" for path in ROLES.iterdir())
    suspects = {}
    for name in sorted(set(variables) - known()):
        if name.startswith(prefixes):
            suspects[name] = nearest(name, known())
        elif not name.startswith(("_", "ansible_")) and (near := nearest(name, known(), ALIKE)) and near not in name:
            suspects[name] = near
    used = words(variables) if suspects else ()
    return {name: near for name, near in suspects.items() if name not in used}


def with_lookalikes(sentences, variables):
    """Return the sentences, those about a variable of which a misspelt one is set with the name of that one."""
    if not sentences:
        return sentences
    for name, near in strangers(variables).items():
        sentences = [
            f"{each} ({name} is set and looks like {near})" if near and re.search(rf"\b{near}\b", each) else each
            for each in sentences
        ]
    return sentences


def mentioned(name, variables):
    """Return the words in a variable that has templates, among them the variables that it follows from."""
    value = variables.get(name)
    text = str(value) if isinstance(value, (str, list, dict)) else ""
    return set(re.findall(r"\b[a-zA-Z_]\w*\b", text)) if "{{" in text or "{%" in text else set()


def causes(name, variables):
    """Return the variables that a variable follows from, directly or not."""
    found, todo = set(), {name}
    while todo:
        mentions = mentioned(todo.pop(), variables)
        new = {each for each in mentions - found if each in variables and not each.startswith("ansible_")} - MAGIC
        found |= new
        todo |= new
    return found


def words(variables):
    """Return all names that variables refer to."""
    ours = (name for name in variables if not name.startswith("ansible_") and name not in MAGIC)
    return {word for name in ours for word in mentioned(name, variables)}


def load(path):
    """Return the content of a YAML file."""
    return yaml_load(path.read_text())
