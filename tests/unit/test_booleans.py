# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A boolean that is given with -e is text ("false"), which Jinja takes for true unless it is converted."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.plugins.filter.core import to_bool
from jinja2 import Environment, StrictUndefined


@pytest.fixture(scope="module")
def booleans(root):
    """Return the boolean options of all roles."""
    specs = [
        yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]
        for path in root.glob("roles/*/meta/argument_specs.yml")
    ]
    return {name for options in specs for name, option in options.items() if option.get("type") == "bool"}


def test_conditions_convert_booleans(root, booleans):
    condition = re.compile(
        r"(?:\b(?:if|elif|not|and|or)\s+|\b(?:when|that):\s+|^\s*-\s+)[\"'(]*"
        rf"({'|'.join(booleans)})\b(?!\s*\|\s*bool\b)"
    )
    files = [
        path
        for folder in ("roles", "playbooks")
        for path in (root / folder).rglob("*")
        if path.suffix in (".yml", ".j2") and "meta" not in path.parts
    ]
    assert {"mlflow_telemetry", "mlflow_job_execution"} <= booleans
    assert len(files) > 50
    lines = [(path.relative_to(root), line) for path in files for line in path.read_text().splitlines()]
    assert [(str(path), line.strip()) for path, line in lines if condition.search(line)] == []


@pytest.mark.parametrize(
    ("value", "disabled"), [(False, "true"), ("false", "true"), (True, "false"), ("true", "false")]
)
def test_telemetry_is_what_it_was_set_to(root, value, disabled):
    lines = (root / "roles/mlflow/templates/mlflow.env.j2").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("MLFLOW_DISABLE_TELEMETRY=")]
    environment = Environment(undefined=StrictUndefined, autoescape=True)
    environment.filters["bool"] = to_bool
    assert environment.from_string(line).render(mlflow_telemetry=value) == f"MLFLOW_DISABLE_TELEMETRY={disabled}"
