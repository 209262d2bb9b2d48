# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The refuse action, run by Ansible itself: one play with one task a case, on a host that nobody could reach."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks import CHECKS

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
    "wrong": [
        {"wrong": "{{ names | reject('match', '[a-z]+$') }}", "msg": "{{ wrong | join(', ') }} is not a name"},
        {"wrong": "{{ names | select('match', '[0-9]+$') }}", "msg": "{{ nowhere }}"},
        {"wrong": "{{ names }}", "when": "front_port < 0", "msg": "never"},
    ],
    "wrong that is no list": [{"wrong": "{{ front_port }}", "msg": "no"}, {"when": True, "msg": "told"}],
    "check": [
        {"check": "ports", "of": ["front_port", "back_port"]},
        {"check": "ports", "of": {"front_port": "{{ front_port }}", "SSH": 22}},
        {"check": "networks", "of": ["nets"], "msg": "nets: {{ wrong | join(', ') }} is not a network"},
        {
            "check": "networks",
            "of": ["names"],
            "with": {"required": "{{ front_port > 0 }}"},
            "msg": "{{ wrong | length }}",
        },
        {"check": "networks", "of": ["nets"], "when": False, "msg": "never"},
    ],
    "check that cannot be judged": [
        {"check": "networks", "of": ["nowhere"], "msg": "no"},
        {"check": "ports", "of": {"a": "http"}},
        {"check": "ports", "of": ["front_port", "back_port"]},
    ],
    "warnings of a check": [{"check": "ports", "of": ["front_port", "back_port"], "warn": True}],
    "check of a secret": [{"check": "certificate", "of": ["secret"]}],
    "unknown check": [{"check": "nothing", "of": ["names"]}],
    "check of nothing": [{"check": "ports", "msg": "no"}],
}
OF_ROLES = {
    "rules of roles": {"roles": ["proxy", "verify"]},
    "rules before those of roles": {"rules": [{"when": True, "msg": "told"}], "roles": ["proxy"]},
    "rules that do not apply before those of roles": {"rules": [{"when": False, "msg": "no"}], "roles": ["verify"]},
    "cause and consequence": {
        "rules": [
            {"when": True, "msg": "back_port is bad"},
            {"when": True, "msg": "side_port is bad"},
            {"when": True, "msg": "text_port is bad"},
            {"when": True, "msg": "front_port is bad"},
            {"when": True, "msg": "front_port and names are bad"},
        ]
    },
    "role without rules": {"roles": ["proxy", "infrastructure"]},
}
CASES = {case: {"rules": rules} for case, rules in RULES.items()} | OF_ROLES


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Return the result of each case, the play having run in check mode."""
    directory = tmp_path_factory.mktemp("refuse")
    (directory / "vault").write_text("password")
    vault = [("default", VaultSecret(b"password"))]
    (directory / "data").write_text("front_port == 8080")
    tasks = [
        {"name": case, "mlops.mlflow.refuse": given, "register": f"result_{number}", "ignore_errors": True}
        for number, (case, given) in enumerate(CASES.items())
    ]
    save = {"content": "{{ q('vars', *q('varnames', '^result_')) }}", "dest": f"{directory}/results.json"}
    variables = {
        "front_port": 8080,
        "data": "{{ q('file', playbook_dir ~ '/data') | first }}",
        "rules": RULES["several"] + RULES["undefined condition"],
        "back_port": "{{ front_port }}",
        "side_port": "{{ back_port + 1 }}",
        "text_port": "a text that says front_port and follows from nothing",
        "names": ["ada", "b b", "{{ 'C' ~ front_port }}"],
        "nets": ["10.0.0.0/8", "10.0.0.1/8"],
        "proxy_upstream": "nowhere at all",
        "proxy_upstream_host": "localhost",
        "proxy_server_names": ["mlflow.example"],
        "proxy_port": "8{{ 0 }}",
        "verify_tracking_uri": "ftp://mlflow.example",
        "verify_artifact_mb": 0,
        "__host": {"listeners": [{"address": "0.0.0.0", "port": 80, "program": "caddy"}]},
        "secret": {"__ansible_vault": VaultLib(vault).encrypt("planted").decode()},
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
    command += ["--vault-password-file", f"{directory}/vault"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    results = json.loads((directory / "results.json").read_text())
    return dict(zip(CASES, results, strict=True))


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
    assert "A rule has when or wrong, and msg, not mesage, when." in result["misspelt"]["msg"]


def test_what_is_wrong_is_told_by_its_rule(result):
    assert result["wrong"]["sentences"] == ["b b, C8080 is not a name"]


def test_what_is_wrong_must_be_a_list(result):
    reason, told = result["wrong that is no list"]["sentences"]
    assert reason.startswith("A rule cannot be judged: ")
    assert "wrong is not a list" in reason
    assert told == "told"


def test_check_tells_its_own_sentences_or_that_of_its_rule(result):
    assert result["check"]["sentences"] == [
        "front_port, back_port: 8080 is given to more than one of them; choose a port for each",
        "nets: 10.0.0.1/8 is not a network",
        "3",
    ]
    assert result["check"]["msg"] == "\n".join(result["check"]["sentences"])


def test_check_that_cannot_be_judged_is_told_and_hides_no_other(result):
    undefined, number, told = result["check that cannot be judged"]["sentences"]
    assert "'nowhere' is undefined" in undefined
    assert number.startswith("A rule cannot be judged: ")
    assert told.startswith("front_port, back_port: ")


def test_what_a_check_finds_may_be_a_warning(result):
    (warning,) = result["warnings of a check"]["warnings"]
    assert warning.startswith("front_port, back_port: ")
    assert not result["warnings of a check"]["failed"]


def test_check_reads_what_is_in_a_vault(result):
    (sentence,) = result["check of a secret"]["sentences"]
    assert sentence.startswith("secret is not a certificate in PEM format")


@pytest.mark.parametrize("case", ["unknown check", "check of nothing"])
def test_rule_with_a_check_is_complete(result, case):
    assert f"A rule with a check has one of {', '.join(CHECKS)}, and of, not " in result[case]["msg"]


def test_documented_checks_are_those_that_there_are(root):
    text = (root / "plugins/modules/refuse.py").read_text()
    rules = yaml.safe_load(text.split('r"""')[1].partition('"""')[0])["options"]["rules"]
    assert set(rules["suboptions"]["check"]["choices"]) == set(CHECKS)


def test_rules_of_roles_are_judged_with_their_defaults_and_variables_all_at_once(result):
    assert result["rules of roles"]["sentences"] == [
        "proxy_upstream is nowhere at all; use a value such as unix:/run/app.sock or 127.0.0.1:5000",
        ("proxy_port, proxy_tls_port: 0.0.0.0:80 of nobody.invalid is in use by caddy; stop it or choose another port"),
        (
            "verify_tracking_uri is ftp://mlflow.example; use the address that people use, without a login, "
            "such as https://mlflow.example.com"
        ),
        "verify_artifact_mb is 0; give at least 1, the check compares an artifact of that many MiB",
    ]


def test_rules_of_roles_are_judged_only_if_those_before_them_do_not_apply(result):
    assert result["rules before those of roles"]["sentences"] == ["told"]
    assert len(result["rules that do not apply before those of roles"]["sentences"]) == 2


def test_variable_that_follows_from_another_one_with_a_sentence_has_none(result):
    assert result["cause and consequence"]["sentences"] == [
        "text_port is bad",
        "front_port is bad",
        "front_port and names are bad",
    ]


def test_role_without_rules_is_a_mistake(result):
    assert "The role infrastructure has no rules." in result["role without rules"]["msg"]


def test_never_changes_anything(result):
    assert not any(each["changed"] for each in result.values())
