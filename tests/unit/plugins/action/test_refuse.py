# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The refuse action, run by Ansible itself: one play with one task a case, on a host that nobody could reach."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

RULES = {
    "nothing": [{"when": "1 > 2", "msg": "no"}],
    "empty": [],
    "several": [
        {"when": "{{ front_port > 1024 }}", "msg": "port is {{ front_port }}"},
        {"when": False, "msg": "never"},
        {"when": "front_port == 8080", "msg": "choose another"},
    ],
    "lazy": [{"when": "front_port < 0", "msg": "{{ nowhere }}"}],
    "undefined condition": [{"when": "nowhere > 1", "msg": "no"}, {"when": True, "msg": "told"}],
    "undefined sentence": [{"when": True, "msg": "{{ nowhere }}"}, {"when": True, "msg": "told"}],
    "not a boolean": [{"when": "front_port", "msg": "no"}],
    "template from data": [{"when": "{{ data }}", "msg": "no"}],
    "from a variable": "{{ rules }}",
    "warning": [
        {"when": True, "msg": "port is {{ front_port }}", "warn": True},
        {"when": False, "msg": "never", "warn": True},
    ],
    "warning and refusal": [{"when": True, "msg": "take care", "warn": True}, {"when": True, "msg": "no"}],
    "misspelt": [{"when": True, "mesage": "no"}],
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Return the result of each case, the play having run in check mode."""
    directory = tmp_path_factory.mktemp("refuse")
    (directory / "data").write_text("front_port == 8080")
    tasks = [
        {"name": case, "mlops.mlflow.refuse": {"rules": rules}, "register": f"result_{number}", "ignore_errors": True}
        for number, (case, rules) in enumerate(RULES.items())
    ]
    save = {"content": "{{ q('vars', *q('varnames', '^result_')) }}", "dest": f"{directory}/results.json"}
    variables = {
        "front_port": 8080,
        "data": "{{ q('file', playbook_dir ~ '/data') | first }}",
        "rules": RULES["several"] + RULES["undefined condition"],
    }
    play = {"hosts": "all", "gather_facts": False, "check_mode": True, "vars": variables, "tasks": tasks}
    play["tasks"].append(
        {
            "name": "Save",
            "ansible.builtin.copy": save,
            "delegate_to": "localhost",
            "check_mode": False,
            "connection": "local",
        }
    )
    (directory / "play.yml").write_text(json.dumps([play]))
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "nobody.invalid,", f"{directory}/play.yml"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    results = json.loads((directory / "results.json").read_text())
    return dict(zip(RULES, results, strict=True))


@pytest.mark.parametrize("case", ["nothing", "empty", "lazy", "warning"])
def test_what_no_rule_refuses_passes(result, case):
    assert not result[case]["failed"]
    assert result[case]["sentences"] == []


def test_warning_is_told_and_refuses_nothing(result):
    assert result["warning"]["warnings"] == ["port is 8080"]
    assert result["warning and refusal"]["warnings"] == ["take care"]
    assert result["warning and refusal"]["sentences"] == ["no"]


def test_all_sentences_are_told_in_order(result):
    assert result["several"]["failed"]
    assert result["several"]["sentences"] == ["port is 8080", "choose another"]
    assert result["several"]["msg"] == "port is 8080\nchoose another"


@pytest.mark.parametrize("case", ["undefined condition", "undefined sentence"])
def test_rule_that_cannot_be_judged_is_told_and_hides_no_other(result, case):
    reason, told = result[case]["sentences"]
    assert reason.startswith("A rule cannot be judged: ")
    assert "'nowhere' is undefined" in reason
    assert told == "told"


def test_condition_must_be_a_boolean(result):
    assert result["not a boolean"]["sentences"] != ["no"]
    assert "must have a boolean result" in result["not a boolean"]["msg"]


def test_condition_is_never_taken_from_data(result):
    assert "A rule cannot be judged" in result["template from data"]["msg"]


def test_rules_may_come_from_a_variable(result):
    assert result["from a variable"]["sentences"][:2] == ["port is 8080", "choose another"]
    assert result["from a variable"]["sentences"][3] == "told"


def test_misspelt_rule_is_an_error(result):
    assert "A rule has when and msg, not mesage, when." in result["misspelt"]["msg"]


def test_never_changes_anything(result):
    assert not any(each["changed"] for each in result.values())
