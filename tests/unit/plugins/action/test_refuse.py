# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The refuse action, run by Ansible itself: one play with one task a case, on a host that nobody could reach."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

RULES = {
    "nothing": [{"that": "1 > 2", "sentence": "no"}],
    "empty": [],
    "several": [
        {"that": "{{ front_port > 1024 }}", "sentence": "port is {{ front_port }}"},
        {"that": False, "sentence": "never"},
        {"that": "front_port == 8080", "sentence": "choose another"},
    ],
    "lazy": [{"that": "front_port < 0", "sentence": "{{ nowhere }}"}],
    "undefined condition": [{"that": "nowhere > 1", "sentence": "no"}, {"that": True, "sentence": "told"}],
    "undefined sentence": [{"that": True, "sentence": "{{ nowhere }}"}, {"that": True, "sentence": "told"}],
    "not a boolean": [{"that": "front_port", "sentence": "no"}],
    "template from data": [{"that": "{{ data }}", "sentence": "no"}],
    "from a variable": "{{ rules }}",
    "warning": [{"that": True, "sentence": "port is {{ front_port }}", "warns": True}, {"that": False, "sentence": "never", "warns": True}],
    "warning and refusal": [{"that": True, "sentence": "take care", "warns": True}, {"that": True, "sentence": "no"}],
    "misspelt": [{"that": True, "sentense": "no"}],
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
    variables = {"front_port": 8080, "data": "{{ q('file', playbook_dir ~ '/data') | first }}", "rules": RULES["several"] + RULES["undefined condition"]}
    play = {"hosts": "all", "gather_facts": False, "check_mode": True, "vars": variables, "tasks": tasks}
    play["tasks"].append({"name": "Save", "ansible.builtin.copy": save, "delegate_to": "localhost", "check_mode": False, "connection": "local"})
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
    assert "A rule has that and sentence, not sentense, that." in result["misspelt"]["msg"]


def test_never_changes_anything(result):
    assert not any(each["changed"] for each in result.values())
