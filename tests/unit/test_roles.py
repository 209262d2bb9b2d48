# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every role says in meta/argument_specs.yml what defaults/main.yml holds."""

from __future__ import annotations

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


def load(path):
    return yaml.safe_load(path.read_text())


@pytest.fixture
def specs(role):
    return load(role / "meta/argument_specs.yml")["argument_specs"]


@pytest.fixture
def options(specs):
    return specs["main"]["options"]


@pytest.fixture
def defaults(role):
    path = role / "defaults/main.yml"
    return load(path) if path.exists() else {}


@pytest.fixture
def literals(defaults):
    return {name: value for name, value in defaults.items() if "{{" not in str(value)}


def test_has_what_every_role_has(role):
    assert {path for path in ("README.md", "meta/main.yml") if not (role / path).exists()} == set()
    assert (role / "rules").exists() != (role.name == "infrastructure")  # of which the cloud knows what it would refuse


def test_preflight_takes_the_same_options_as_main(specs):
    assert specs.get("preflight", specs["main"])["options"] == specs["main"]["options"]


def test_names_that_rules_give_cannot_be_those_of_an_inventory(role):
    names = {name for path in role.glob("rules/*.yml") for name in load(path).get("vars", {})}
    assert {name for name in names if not name.startswith("__")} == set()


def test_every_default_is_described(options, defaults):
    assert defaults.keys() - options.keys() == set()


def test_every_option_that_is_not_required_has_a_default(options, defaults):
    assert {name for name, option in options.items() if not option.get("required")} - defaults.keys() == set()


def test_required_options_have_no_default(options, defaults):
    assert {name for name, option in options.items() if option.get("required")} & defaults.keys() == set()


def test_described_defaults_are_the_real_ones(options, defaults):
    described = {name: option["default"] for name, option in options.items() if "default" in option}
    assert described == {name: defaults[name] for name in described}


def test_defaults_that_are_known_beforehand_are_described(options, literals):
    assert {name for name, value in literals.items() if value not in ("", None)} - {
        name for name in options if "default" in options[name]
    } == set()


def test_defaults_are_of_the_type_that_is_described(options, literals):
    # An empty dictionary turns something off: what it may hold is looked at where it holds something
    empty = {name for name, value in literals.items() if value == {}}
    specs = {
        name: {key: options[name][key] for key in options[name] if key != "options" or name not in empty}
        for name in literals
    }
    result = ArgumentSpecValidator(specs).validate(literals)
    assert result.error_messages == []
    assert result.validated_parameters == literals


def test_variables_carry_the_name_of_the_role(role, options):
    shared = {"vpc_ip_range"} if role.name == "environment" else set()
    assert {name for name in options if not name.startswith(f"{role.name}_")} == shared


def test_defaults_of_what_a_dictionary_holds_are_the_real_ones(role, options):
    """What a dictionary that is off by default holds has its defaults in vars/main.yml."""
    real = load(role / "vars/main.yml") if (role / "vars/main.yml").exists() else {}
    described = {
        f"__{name}_defaults": {key: each["default"] for key, each in option["options"].items() if "default" in each}
        for name, option in options.items()
        if option.get("default") == {} and "options" in option
    }
    assert described == {name: real.get(name) for name in described}
