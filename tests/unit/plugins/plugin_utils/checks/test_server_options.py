# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.server_options import (
    KEPT,
    server_option_problems,
    server_options,
)

UNDOES = "would undo what this role sets, or show a login to every user of the host"
ITEM = "has its value in the same item, or a line break; use two items, or one with =, such as --app-name=basic-auth"
WRONG = {
    ("-w4",): f"-w {UNDOES}; use mlflow_workers instead",
    ("-w", "4"): f"-w {UNDOES}; use mlflow_workers instead",
    ("-w=4",): f"-w {UNDOES}; use mlflow_workers instead",
    ("--workers=4",): f"--workers {UNDOES}; use mlflow_workers instead",
    ("--workers", "4"): f"--workers {UNDOES}; use mlflow_workers instead",
    ("-h0.0.0.0",): f"-h {UNDOES}; use mlflow_socket instead",
    ("-p5001",): f"-p {UNDOES}; use mlflow_socket instead",
    ("--no-serve-artifacts",): f"--no-serve-artifacts {UNDOES}; leave it out",
    ("--artifacts-only",): f"--artifacts-only {UNDOES}; leave it out",
    ("--static-prefix", "/mlflow"): f"--static-prefix {UNDOES}; leave it out",
    ("--default-artifact-root=s3://x",): f"--default-artifact-root {UNDOES}; use mlflow_artifacts_destination instead",
    (
        "--disable-security-middleware",
    ): f"--disable-security-middleware {UNDOES}; use mlflow_allowed_hosts and mlflow_cors_allowed_origins instead",
    ("--env-file", ".env"): f"--env-file {UNDOES}; use mlflow_environment instead",
    ("--help",): f"--help {UNDOES}; leave it out",
    ("--no-such-option",): "MLflow 3.17.2 has no option --no-such-option; see the options of mlflow server --help",
    ("--secrets-cache",): "MLflow 3.17.2 has no option --secrets-cache; see the options of mlflow server --help",
    ("-x",): "MLflow 3.17.2 has no option -x; see the options of mlflow server --help",
    ("--app-name",): "--app-name needs a value; write two items or one with =",
    ("--app-name", "--enable-workspaces"): "--app-name needs a value; write two items or one with =",
    ("--enable-workspaces=true",): "--enable-workspaces takes no value; write it alone",
    ("--app-name basic-auth",): f"--app-name {ITEM}",
    ("--app-name=a\n--dev",): f"--app-name=a {ITEM}",
    ("basic-auth",): "basic-auth is not an option; write options such as --expose-prometheus, with two hyphens",
    ("--",): "-- is not an option; write options such as --expose-prometheus, with two hyphens",
    ("",): " is not an option; write options such as --expose-prometheus, with two hyphens",
}
HELP = (
    "Options:\n  --backend-store-uri PATH        URI to\n  --new-option TEXT  x\n"
    "  -n, --newer / --older\n                                  --nothing TEXT\n"
)


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_option_has_its_sentence(arguments):
    known = [] if arguments[-1] == "--enable-workspaces" else WRONG[arguments]
    problems = server_option_problems(list(arguments), "3.17.2")
    assert problems == [known] if known else problems == [WRONG[arguments]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--app-name=basic-auth"],
        ["--app-name", "basic-auth", "--enable-workspaces"],
        ["--secrets-cache-ttl", "60"],
        ["--x-frame-options", "-"],
        [],
    ],
)
def test_right_options_pass(arguments):
    assert server_option_problems(arguments, "3.17.2") == []


def test_the_release_is_believed_rather_than_the_kept_list():
    assert server_option_problems(["--new-option", "a", "-n", "--older"], "3.17.2", HELP) == []
    assert server_option_problems(["--app-name=a"], "3.17.2", HELP) == [
        "MLflow 3.17.2 has no option --app-name; see the options of mlflow server --help"
    ]
    assert server_option_problems(["--nothing=a"], "3.17.2", HELP) != []


def test_answer_that_is_no_help_is_not_believed():
    assert server_option_problems(["--app-name=a"], "3.17.2", "skipped, since release.json does not exist") == []
    assert len(server_option_problems(["--nope"], "3.17.2", "skipped, since release.json does not exist")) == 1


def test_what_is_owned_is_known_of_every_version():
    assert len(server_option_problems(["--backend-store-uri", "postgresql://ada:x@db/mlflow"], "3.99.0")) == 1
    assert server_option_problems(["--some-option", "-w4"], "3.99.0") == [f"-w {UNDOES}; use mlflow_workers instead"]


def test_login_is_found_in_either_spelling():
    spellings = ["--expose-prometheus=https://x@host"], ["--expose-prometheus", "https://x@host"]
    assert [len(server_option_problems(each, "3.17.2")) for each in spellings] == [1, 1]


def test_all_mistakes_are_told_and_each_once():
    assert len(server_option_problems(["-w4", "-w5", "--nope", "--help"], "3.17.2", KEPT)) == 3


def test_sentence_names_the_variable():
    assert server_options({"mlflow_server_options": ["--dev"]}, "3.17.2") == [
        f"mlflow_server_options: --dev {UNDOES}; use mlflow_environment (MLFLOW_LOGGING_LEVEL) instead"
    ]
