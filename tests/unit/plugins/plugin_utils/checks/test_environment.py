# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.environment import environment, environment_problems

OTHERS = [
    "PGPASSFILE",
    "PGHOST",
    "pgpassword",
    "UVICORN_HOST",
    "UVICORN_WORKERS",
    "GUNICORN_CMD_ARGS",
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "MLOPS_ANYTHING",
    "WEB_CONCURRENCY",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "MLFLOW_PORT",
    "MLFLOW_HOST",
    "MLFLOW_STATIC_PREFIX",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT",
    "MLFLOW_ARTIFACTS_ONLY",
    "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
    "mlflow_serve_artifacts",
    "Mlflow_Workers",
]
SECRETS = [
    "DB_PASS",
    "db_password",
    "PASSWORD",
    "SMTP_PASSWD",
    "GITHUB_PAT",
    "PAT",
    "HF_TOKEN",
    "token",
    "SLACK_TOKEN_2",
    "OPENAI_API_KEY",
    "apikey",
    "SIGNING_KEY",
    "CLIENT_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AZURE_CREDENTIAL",
    "MLFLOW_CRYPTO_KEK_PASSPHRASE",
    "PASSWORD_OF_SMTP",
    "SECRET_KEY_BASE",
    "SENTRY_DSN",
]
SECRET_VALUES = [
    "https://ada@example.com",
    "http://ada:lovelace@proxy:3128",
    "postgresql+psycopg2://mlflow:a/b@db/registry",
    "redis://:lovelace@cache",
    "https://example.com/?token=lovelace",
    "AccountName=ada;AccountKey=lovelace",
    "ghp_0123456789abcdef",
    "Bearer lovelace-and-more",
    "-----BEGIN PRIVATE KEY-----",
]
FREE = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_AUTH_CONFIG_PATH": "/etc/mlflow/auth.ini",
    "OPENAI_API_KEY_FILE": "/etc/mlflow/openai",
    "GOOGLE_APPLICATION_CREDENTIALS": "/etc/mlflow/google.json",
    "MAX_TOKENS": "100",
    "NO_PROXY": "localhost,10.0.0.0/8",
    "PROXY_BYPASS": "localhost",
    "https_proxy": "http://proxy:3128",
    "MLFLOW_REGISTRY_STORE_URI": "postgresql+psycopg2://mlflow@db/registry",
    "LD_LIBRARY_PATH": "/opt/oracle",
    "X": "",
}


@pytest.fixture(scope="module")
def ours(root):
    """Return the names that the template sets."""
    return re.findall(r"^([A-Z_]+)=", (root / "roles/mlflow/templates/mlflow.env.j2").read_text(), re.MULTILINE)


@pytest.mark.parametrize("secret", [False, True])
def test_every_name_of_the_template_is_refused_in_any_case(ours, secret):
    assert len(ours) > 20
    for name in [*ours, *map(str.lower, ours)]:
        (sentence,) = environment_problems({name: "x"}, secret)
        assert re.match(
            rf"{name} would (bypass this role; use mlflow_\w+|undo what this role sets; leave it out)", sentence
        )


@pytest.mark.parametrize("name", OTHERS)
def test_name_that_undoes_what_the_role_sets_is_refused(name):
    (sentence,) = environment_problems({name: "x"}, True)
    assert sentence.startswith(f"{name} would ")


@pytest.mark.parametrize("name", ["_MLFLOW_SERVER_FILE_STORE", "_mlflow_x", "A-B", "1A", "", "A B", "A\n", "\u017f"])
def test_name_that_is_none_is_refused(name):
    (sentence,) = environment_problems({name: "x"})
    assert sentence.startswith(f"{name} is not a variable that you can set")


@pytest.mark.parametrize("name", SECRETS)
def test_name_of_a_secret_is_refused_where_it_would_show(name):
    (sentence,) = environment_problems({name: "lovelace"})
    assert sentence.startswith(f"{name} seems to hold a secret")
    assert "lovelace" not in sentence
    assert environment_problems({name: "lovelace"}, True) == []


@pytest.mark.parametrize("value", SECRET_VALUES)
def test_value_that_is_a_secret_is_refused_where_it_would_show(value):
    (sentence,) = environment_problems({"X": value})
    assert sentence.startswith("X seems to hold a secret")
    assert value not in sentence
    assert environment_problems({"X": value}, True) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, 'X is a boolean to YAML; put it in quotes, such as X: "true"'),
        (8, 'X is a number to YAML; put it in quotes, such as X: "8"'),
        (0.5, 'X is a number to YAML; put it in quotes, such as X: "0.5"'),
        (None, 'X has no value; write a text in quotes, such as X: "", or leave it out'),
        (["a"], 'X has a value that is not text; write a text in quotes, such as X: "", or leave it out'),
        ("a\nb", "X has a line break in its value; write the value on one line"),
        (
            "postgres://db",
            (
                "X is a URI with the wrong driver, one that is not installed; "
                "begin it with postgresql+psycopg2:// or mysql+pymysql://"
            ),
        ),
    ],
)
def test_value_that_cannot_be_used_is_refused(value, sentence):
    assert environment_problems({"X": value}) == [sentence]


def test_value_of_a_secret_is_not_told():
    quotes, secret = environment_problems({"DB_PASS": 4711})
    assert quotes == 'DB_PASS is a number to YAML; put it in quotes, such as DB_PASS: "..."'
    assert secret.startswith("DB_PASS seems to hold a secret")
    assert environment_problems({"X": 4711}, True) == ['X is a number to YAML; put it in quotes, such as X: "..."']


@pytest.mark.parametrize("secret", [False, True])
def test_what_is_free_passes(secret):
    assert environment_problems(FREE, secret) == []


def test_variables_are_judged_as_secret_or_not_and_together():
    given = {"mlflow_environment": {"TOKEN": "x", "A": "x"}, "mlflow_secret_environment": {"A": "y", "TOKEN": 1}}
    assert environment(given, ["mlflow_secret_environment"]) == [
        (
            "mlflow_environment: TOKEN seems to hold a secret, which would show in diffs; "
            "use the role's own variable or mlflow_secret_environment"
        ),
        'mlflow_secret_environment: TOKEN is a number to YAML; put it in quotes, such as TOKEN: "..."',
        "mlflow_environment, mlflow_secret_environment: TOKEN, A is in both; keep one of them",
    ]
