# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check_variables action, run by Ansible itself: one play in which each case is a host that nobody could reach."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[4]
ROLES = sorted(path.parents[1].name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
SPECS = {
    role: yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    for role in ROLES
}
OPTIONS = {name: option for options in SPECS.values() for name, option in options.items()}
GIVEN = {
    "mlflow_workers": 2,  # its default follows from facts
    "proxy_upstream": "unix:/run/app.sock",
    "verify_tracking_uri": "http://mlflow",
    "vpc_ip_range": "10.0.0.0/24",
}

DEFINE = "define it, for instance in a vault of this inventory, or correct the name"
IN_LIST = "write one item on each line after a hyphen"
IN_DICT = "write one name and its value on each line"
SENTENCES = {
    # Text where a list or a dictionary belongs, and the other way round
    "text for a list": (
        {"mlflow_server_options": "--app-name basic-auth"},
        (
            f'mlflow_server_options: "--app-name basic-auth" is text, not a list: {IN_LIST}, '
            "or with -e as JSON, such as '{\"mlflow_server_options\": [...]}'"
        ),
    ),
    "text in JSON for a list": (
        {"proxy_deny": '["/metrics"]'},
        (
            f'proxy_deny: "[\\"/metrics\\"]" is text, not a list: {IN_LIST}, '
            "or with -e as JSON, such as '{\"proxy_deny\": [...]}'"
        ),
    ),
    "list for a dictionary": (
        {"mlflow_environment": ["A=b"]},
        (
            f"mlflow_environment is a list, not a dictionary: {IN_DICT}, "
            "or with -e as JSON, such as '{\"mlflow_environment\": {...}}'"
        ),
    ),
    "list for a text": (
        {"vpc_ip_range": ["10.0.0.0/24"]},
        "vpc_ip_range is a list: give a single text, without brackets, braces or hyphens",
    ),
    "list in a list": (
        {"proxy_server_names": [["a"]]},
        "proxy_server_names, item 1 is a list: give a single text, without brackets, braces or hyphens",
    ),
    # What YAML makes of texts
    "number for a text": (
        {"mlflow_version": 3.10},
        "mlflow_version: YAML reads the value as the number 3.1: put it in quotes",
    ),
    "boolean for a text": (
        {"mlflow_database_name": True},
        "mlflow_database_name: YAML reads the value as the boolean true: put it in quotes",
    ),
    "number for a secret": (
        {"mlflow_database_password": 12345678},
        "mlflow_database_password: YAML reads the value as a number: put it in quotes",
    ),
    "number in a list of texts": (
        {"proxy_server_names": ["a", 10.5]},
        "proxy_server_names, item 2: YAML reads the value as the number 10.5: put it in quotes",
    ),
    "time of day": (
        {"infrastructure_database_maintenance": {"day": "sunday", "hour": 180}},
        "infrastructure_database_maintenance, hour: YAML reads the value as the number 180: put it in quotes",
    ),
    "key that is a boolean": (
        {"mlflow_environment": {True: "x"}},
        "mlflow_environment: YAML reads a key as the boolean true: put it in quotes",
    ),
    # Nothing
    "null": (
        {"mlflow_database_password": None},
        "mlflow_database_password has no value: give one, or remove the line to use the default",
    ),
    "null for a number": (
        {"mlflow_threads": None},
        "mlflow_threads has no value: give one, or remove the line to use the default 4",
    ),
    "null in a list": ({"mlflow_extra_packages": [None]}, "mlflow_extra_packages, item 1 has no value: give one"),
    "null in a dictionary": (
        {"postgresql_settings": {"work_mem": None}},
        'postgresql_settings, "work_mem" has no value: give one, or remove the line',
    ),
    "empty text": (
        {"mlflow_user": " "},
        "mlflow_user is empty: give a value, or remove the line to use the default mlflow",
    ),
    "empty item": ({"mlflow_allowed_hosts": [""]}, "mlflow_allowed_hosts, item 1 is empty: give a value"),
    # Numbers and booleans
    "word for a number": (
        {"mlflow_workers": "four"},
        'mlflow_workers: "four" is not a whole number: give one such as 4',
    ),
    "fraction": ({"mlflow_workers": 1.5}, "mlflow_workers: 1.5 is not a whole number: give one such as 4"),
    "boolean for a number": ({"proxy_port": True}, "proxy_port: true is not a whole number: give one such as 80"),
    "word for a share": (
        {"postgresql_memory_share": "half"},
        'postgresql_memory_share: "half" is not a number: give one such as 0.5',
    ),
    "no number at all": (
        {"mlflow_memory_share": "{{ 'nan' | float }}"},
        "mlflow_memory_share: NaN is not a number: give one such as 0.5",
    ),
    "word for a boolean": (
        {"mlflow_telemetry": "no thanks"},
        'mlflow_telemetry: "no thanks" is neither true nor false: write true or false',
    ),
    "list for a boolean": (
        {"firewall_ssh_limit": []},
        "firewall_ssh_limit is neither true nor false: write true or false",
    ),
    # Choices and what is in dictionaries
    "choice": (
        {"mlflow_dialect": "postgres"},
        (
            'mlflow_dialect: "postgres" is not one of its values (did you mean postgresql?): '
            "use postgresql, mysql, mssql, sqlite, file"
        ),
    ),
    "missing in an item": ({"firewall_allow": [{"port": 443}]}, "firewall_allow, item 1: from is missing: add it"),
    "unknown in an item": (
        {"firewall_allow": [{"port": 443, "from": ["any"], "protocol": "tcp"}]},
        'firewall_allow, item 1: "protocol" is not an option (did you mean proto?): use port, proto, from, comment',
    ),
    "text for a list in an item": (
        {"firewall_allow": [{"port": 443, "from": "any"}]},
        f'firewall_allow, item 1, from: "any" is text, not a list: {IN_LIST}',
    ),
    # What cannot be evaluated
    "undefined": (
        {
            "mlflow_database_password": "{{ key_of_ours }}",
            "postgresql_users": [{"name": "a", "password": "{{ mlflow_database_password }}"}],
        },
        f"mlflow_database_password refers to key_of_ours, which is not defined: {DEFINE}",
    ),
    "undefined, with one that looks like it": (
        {"mlflow_s3_region": "{{ regoin_of_bucket }}", "region_of_bucket": "ams3"},
        f"mlflow_s3_region refers to regoin_of_bucket, which is not defined: {DEFINE} (did you mean region_of_bucket?)",
    ),
    "undefined, further down": (
        {"mlflow_environment": {"A": "{{ __of_mine }}"}, "__of_mine": "{{ nowhere }}"},
        f"__of_mine (used by mlflow_environment) refers to nowhere, which is not defined: {DEFINE}",
    ),
    "file that is not there": (
        {"infrastructure_ssh_public_key": "{{ lookup('file', '/nope/id.pub') }}"},
        (
            "infrastructure_ssh_public_key cannot be evaluated (The lookup … '/nope/id.pub'…): "
            "correct the expression, or what it reads"
        ),
    ),
    # A login and a secret are not shown
    "login": (
        {"mlflow_extra_packages": "git+https://planted-secret@git.example.com/a"},
        f'mlflow_extra_packages: "git+https://git.example.com/a" is text, not a list: {IN_LIST}, or …',
    ),
    "secret elsewhere": (
        {"mlflow_database_password": "planted-secret", "mlflow_workers": "planted-secret"},
        'mlflow_workers: "********" is not a whole number: give one such as 4',
    ),
}
GOOD = {
    "nothing": {},
    "texts of the command line": {
        "mlflow_workers": "4",
        "mlflow_telemetry": "no",
        "mlflow_memory_share": "0.5",
        "proxy_port": "8080",
    },
    "templates": {
        "mlflow_workers": "{{ 2 + 2 }}",
        "proxy_deny": "{{ ['/metrics'] }}",
        "mlflow_environment": {"A": "{{ 1 }}"},
    },
    "ports as numbers and ranges": {
        "firewall_allow": [{"port": 443, "from": ["any"]}, {"port": "6000:6010", "from": ["any"]}]
    },
    "empty where that has a meaning": {
        "mlflow_database_on": "",
        "mlflow_sqlalchemystore_poolclass": "",
        "verify_ca_file": "",
        "mlflow_server_options": [],
    },
}
HOSTILE = [
    "\N{PILE OF POO}\u202e" * 50,
    "x" * 100_000,
    [[[[]]]],
    {"a": {"b": [None]}},
    -1e308,
    "\0",
    "{",
    {1: 2},
    "9" * 5000,
    [{}],
    True,
    10**400,
]
NAMES = {
    "mlflow_worker": "mlflow_workers",
    "proxy_tls_cert": "proxy_tls_certificate",
    "proxy_tls_private_key": "proxy_tls_key",
    "vpc_ip_rage": "vpc_ip_range",
}
NAMES |= {
    "mlflow_databse_password": "mlflow_database_password",
    "infrastructure_droplet_sizes": "infrastructure_droplet_size",
}
NAMES |= {
    "mlfow_version": "mlflow_version",
    "mlflow_db_password": "mlflow_database_password",
    "firewall_allowed": "firewall_allow",
}
OWN = {
    "vault_mlflow_database_password": "a",
    "my_port": 80,
    "mlflow_name_of_mine": "b",
    "proxy_server_names": ["{{ mlflow_name_of_mine }}"],
    "__mlflow_x": 1,
}


def packed():
    """Return hosts with as many of the mistakes as they can have at once.

    Return name and variables of each, and where each case is.
    """
    hosts, places = [], {}
    for case, (variables, _) in SENTENCES.items():
        place = next((number for number, host in enumerate(hosts) if not host.keys() & variables.keys()), len(hosts))
        if place == len(hosts):
            hosts.append({})
        hosts[place].update(variables)
        places[case] = f"several {place}"
    return {f"several {number}": host for number, host in enumerate(hosts)}, places


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the result of each case."""
    directory = tmp_path_factory.mktemp("check_variables")
    kinds = {f"of each kind {number}": dict.fromkeys(OPTIONS, value) for number, value in enumerate(HOSTILE)}
    lists = {"text for every option": dict.fromkeys(OPTIONS, "a, b"), "null for every option": dict.fromkeys(OPTIONS)}
    numbers = {
        "number for every option": dict.fromkeys(OPTIONS, 0.5),
        "list for every option": {name: [[{}]] for name in OPTIONS},
    }
    cases = GOOD | packed()[0] | kinds | lists | numbers
    cases |= {"names": dict.fromkeys(NAMES, "x"), "own names": OWN}
    inventory = {
        "all": {"vars": GIVEN, "hosts": {case.replace(" ", "_"): variables for case, variables in cases.items()}}
    }
    (directory / "hosts.yml").write_text(yaml.safe_dump(inventory))
    check = {"roles": ROLES, "options": {"vpc_ip_range": {"type": "str", "required": True}}}
    missing = {"roles": ["proxy"], "options": {"nowhere_set": {"required": True}, "mlflow_needs": {"default": ""}}}
    save = {
        "content": (
            "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'result'))) "
            "| combine({'missed': missed}) }}"
        )
    }
    save |= {"dest": f"{directory}/results.json"}
    tasks = [
        {"name": "Check", "mlops.mlflow.check_variables": check, "register": "result", "ignore_errors": True},
        {
            "name": "Miss",
            "mlops.mlflow.check_variables": missing,
            "register": "missed",
            "ignore_errors": True,
            "run_once": True,
        },
        {
            "name": "Save",
            "ansible.builtin.copy": save,
            "delegate_to": "localhost",
            "connection": "local",
            "run_once": True,
        },
    ]
    (directory / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    command = [sys.executable, "-m", "ansible", "playbook", "-i", f"{directory}/hosts.yml", f"{directory}/play.yml"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    answers = json.loads((directory / "results.json").read_text())
    return {case: answers[case.replace(" ", "_")] for case in cases} | {"missed": answers["missed"]}


@pytest.mark.parametrize("case", SENTENCES)
def test_each_mistake_has_its_sentence(results, case):
    pattern = ".*".join(map(re.escape, SENTENCES[case][1].split("…")))
    result = results[packed()[1][case]]
    assert [each for each in result["sentences"] if re.fullmatch(pattern, each)], result["sentences"]
    assert (result["failed"], result["changed"]) == (True, False)


def test_each_mistake_is_told_once(results):
    hosts, places = packed()
    assert {host: len(results[host]["sentences"]) for host in hosts} == {
        host: list(places.values()).count(host) for host in hosts
    }


def test_what_is_required_and_missing_is_told(results):
    assert results["missed"]["sentences"] == ["nowhere_set is missing: set it"]


@pytest.mark.parametrize("case", GOOD)
def test_good_variables_pass(results, case):
    assert (results[case]["failed"], results[case]["sentences"], results[case].get("warnings", [])) == (False, [], [])


def named(result):
    """Return the options that the sentences are about."""
    return {re.match(r"\w+", sentence)[0] for sentence in result["sentences"]}


def test_text_is_refused_for_every_list_and_dictionary(results):
    wanted = {name for name, option in OPTIONS.items() if option["type"] in ("list", "dict")}
    assert wanted <= named(results["text for every option"])


def test_null_is_refused_for_every_option(results):
    assert named(results["null for every option"]) == set(OPTIONS)


def test_number_is_refused_for_every_option_that_is_none(results):
    assert named(results["number for every option"]) == {
        name for name, option in OPTIONS.items() if option["type"] != "float"
    }


def test_list_is_refused_for_every_option_that_is_none_of_anything(results):
    assert named(results["list for every option"]) == set(OPTIONS) - {
        name for name, option in OPTIONS.items() if option == {"type": "list"}
    }


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_values_end_in_short_sentences(results, number):
    result = results[f"of each kind {number}"]
    assert result["failed"]
    assert max(map(len, result["sentences"])) < 400
    assert "Traceback" not in json.dumps(result)


@pytest.mark.parametrize("name", NAMES)
def test_misspelt_name_is_told_with_the_nearest(results, name):
    assert (
        f"{name} is not a variable of this collection and has no effect: did you mean {NAMES[name]}?"
        in results["names"]["warnings"]
    )


def test_names_of_ones_own_are_let_alone(results):
    assert results["own names"].get("warnings", []) == []


def test_nothing_secret_is_told(results):
    assert "planted-secret" not in json.dumps(results)
