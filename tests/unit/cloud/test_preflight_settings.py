# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a managed PostgreSQL are judged as the API's contract lists them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight import settings
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.findings import Findings


def test_settings_are_those_of_the_contract():
    path = Path(os.environ.get("DIGITALOCEAN_OPENAPI", Path(__file__).parents[4] / "shared/digitalocean-openapi.json"))
    if not path.exists():
        pytest.skip("the API's own document is not here: set DIGITALOCEAN_OPENAPI")
    schemas = json.loads(path.read_text())["components"]["schemas"]
    listed = {}
    for name, rule in schemas["postgres_advanced_config"]["properties"].items():
        if "$ref" in rule:
            group = schemas[rule["$ref"].rpartition("/")[2]]["properties"]
            listed |= {f"{name}.{part}": each for part, each in group.items()}
        else:
            listed[name] = rule
    assert set(listed) == {
        *settings.WHOLE_NUMBERS,
        *settings.NUMBERS,
        *settings.WORDS,
        *settings.LISTS,
        *settings.SWITCHES,
        *settings.TEXTS,
    }
    for name, rule in listed.items():
        bad = [rule[key] + step for key, step in (("minimum", -1), ("maximum", 1)) if rule.get(key, 2**62) < 2**62]
        good = [rule[key] for key in ("minimum", "maximum") if rule.get(key, 2**62) < 2**62]
        assert [value for value in bad if not settings.wrong(name, value)] == [], name
        assert [value for value in good + rule.get("enum", []) if settings.wrong(name, value)] == [], name
        assert settings.wrong(name, ["nonsense"]) != "", name


def test_hostile_settings_do_not_break_it():
    findings = Findings()
    settings.check(
        {
            "settings": {
                "work_mem": [[1]],
                "jit": {"a": None},
                "ü" * 500: "x",
                "timezone": "x" * 500,
                "pgbouncer": {"a": []},
            }
        },
        findings,
    )
    assert len(findings.mistakes) == 5
