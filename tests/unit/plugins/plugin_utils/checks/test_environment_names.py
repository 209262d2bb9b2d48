# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.environment_names import (
    KEPT,
    environment_names,
    environment_warnings,
)

NO_EFFECT = "is not a variable of MLflow 3.17.2 and has no effect"
MISSPELT = {
    "MLFLOW_TRACKNG_URI": ": did you mean MLFLOW_TRACKING_URI?",
    "mlflow_tracking_uri": ": did you mean MLFLOW_TRACKING_URI?",
    "MLFLOW_LOGING_LEVEL": ": did you mean MLFLOW_LOGGING_LEVEL?",
    "MFLOW_LOGGING_LEVEL": ": did you mean MLFLOW_LOGGING_LEVEL?",
    "MLFLOW_WORKER": ": did you mean MLFLOW_WORKERS, which follows from mlflow_workers?",
    "MLFLOW_SERVE_ARTIFACT": "",
    "MLFLOW_QQQQQQ_ZZZZZZZZ": "",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_unknown_name_is_told_with_the_nearest_real_one(name):
    assert environment_warnings({name: "planted-secret"}, "3.17.2") == [f"{name} {NO_EFFECT}{MISSPELT[name]}"]


@pytest.mark.parametrize(
    "name",
    ["MLFLOW_TRACKING_URI", "MLFLOW_FLASK_SERVER_SECRET_KEY", "MLFLOW_WORKERS", "HTTP_PROXY", "OMP_NUM_THREADS", "TZ"],
)
def test_known_and_foreign_names_and_those_of_the_role_are_not_told(name):
    assert environment_warnings({name: "x"}, "3.17.2") == []


def test_every_known_name_is_known():
    assert environment_warnings(dict.fromkeys(KEPT.read_text().split(), "x"), "3.17.2") == []


def test_names_that_another_version_may_know_are_told_only_if_they_look_like_a_known_one():
    variables = {"MLFLOW_NEW_FEATURE_OF_NEXT_YEAR": "x", "MLFLOW_TRACKNG_URI": "x"}
    assert environment_warnings(variables, "3.99.0") == [
        f"MLFLOW_TRACKNG_URI {NO_EFFECT}: did you mean MLFLOW_TRACKING_URI?"
    ]


def test_all_are_told_by_name():
    assert [each.split()[0] for each in environment_warnings({"MLFLOW_B_B": 1, "MLFLOW_A_A": None}, "3.17.2")] == [
        "MLFLOW_A_A",
        "MLFLOW_B_B",
    ]


def test_sentence_names_the_variable_that_holds_it():
    given = {"mlflow_environment": {"TZ": "UTC"}, "mlflow_secret_environment": {"MLFLOW_QQQQQQ_ZZZZZZZZ": "x"}}
    assert environment_names(given, "3.17.2") == [
        f"mlflow_secret_environment: MLFLOW_QQQQQQ_ZZZZZZZZ {NO_EFFECT}",
    ]
