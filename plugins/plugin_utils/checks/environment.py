# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the variables for the environment of MLflow's server."""

from __future__ import annotations

import json
import re

# What templates/mlflow.env.j2 and the unit set, and what MLflow 3.17.2, uvicorn, libpq and boto3 would take instead
INSTEAD = {
    "MLFLOW_WORKERS|WEB_CONCURRENCY": "mlflow_workers",
    "MLFLOW_HOST|MLFLOW_PORT": "mlflow_socket",
    "MLFLOW_ARTIFACTS_DESTINATION|MLFLOW_DEFAULT_ARTIFACT_ROOT": "mlflow_artifacts_destination",
    "MLFLOW_BACKEND_STORE_URI|MLFLOW_ALLOW_FILE_STORE": (
        "mlflow_dialect and mlflow_database_*, of which the URI is composed with its driver"
    ),
    "MLFLOW_SERVER_ALLOWED_HOSTS": "mlflow_allowed_hosts",
    "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "mlflow_cors_allowed_origins",
    "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "mlflow_allowed_hosts and mlflow_cors_allowed_origins",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "mlflow_job_execution",
    "MLFLOW_DISABLE_TELEMETRY|DO_NOT_TRACK": "mlflow_telemetry",
    "AWS_(DEFAULT_)?REGION": "mlflow_s3_region",
    "AWS_(REQUEST_CHECKSUM_CALCULATION|RESPONSE_CHECKSUM_VALIDATION)": "mlflow_s3_checksums",
    "AWS_SHARED_CREDENTIALS_FILE": "mlflow_s3_access_key_id and mlflow_s3_secret_access_key",
    "AWS_CA_BUNDLE": "mlflow_s3_ca",
    "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "mlflow_s3_addressing_style",
    "MLFLOW_S3_ENDPOINT_URL|AWS_ENDPOINT_URL(_S3)?": "mlflow_s3_endpoint_url",
    "MLFLOW_S3_IGNORE_TLS": "mlflow_s3_ca",
    "PG[A-Z_]+": "mlflow_database_*",
    "MLFLOW_SQLALCHEMYSTORE_(ECHO|MAX_OVERFLOW|POOLCLASS|POOL_RECYCLE|POOL_SIZE)": None,
    "MLFLOW_SERVE_ARTIFACTS|MLFLOW_ARTIFACTS_ONLY|MLFLOW_STATIC_PREFIX|MLFLOW_(UVICORN|GUNICORN|WAITRESS)_OPTS": "",
    "GUNICORN_CMD_ARGS|UVICORN_.*|MLOPS_.*|HOME|TMPDIR|PYTHON(HOME|PATH|UNBUFFERED)": "",
    "(LISTEN|NOTIFY|WATCHDOG|SYSTEMD)_.*|(CREDENTIALS|RUNTIME|STATE)_DIRECTORY": "",
}
SECRET_NAME = re.compile(
    r"((?<!BY)PASS|PASSWD|PWD|SECRETS?|TOKEN|(^|_)(KEY|PAT|PW|DSN)|APIKEY|CREDENTIALS?)(_?\d+)?$"
    r"|(PASSWORD|PASSPHRASE|PRIVATE_?KEY|SECRET_?KEY|API_?KEY|ACCESS_?KEY)(?!.*(FILE|PATH|DIR|URL|TTL|LENGTH|SIZE)$)"
)
SECRET_VALUE = re.compile(
    r"^https?://[^/?#@\s]+@|://[^/?#@\s:]*:[^@\s]+@"
    r"|(^|[?&; ])(password|passwd|pwd|token|secret|api_?key|accountkey|sig)=[^&;\s]"
    r"|^(gh[a-z]_|github_pat_|glpat-|sk-|hf_|dapi|xox[a-z]-|AKIA|ASIA)[\w-]{10}"
    r"|^(bearer|basic) [\w+/=.-]{8}|PRIVATE KEY-----",
    re.IGNORECASE,
)
WRONG_DRIVER = re.compile(r"(postgres\b|postgresql\b(?!\+psycopg2:)|mysql\b(?!\+pymysql:)).*://")


def environment(given, secret=()):
    """Refuse what cannot be in the environment of MLflow's server.

    That is names that the role mlflow sets or that undo what it sets, in upper or lower case, and values that are not
    text on one line; outside secret variables, what looks like a secret; and a name in two variables.

    Args:
        given (dict): Dictionaries of environment variables, by the names of the variables that hold them.
        secret (list): The names of those that go to a file that only root can read.

    Returns:
        list[str]: A sentence for each kind of mistake, without the value.

    """
    found = [
        f"{label}: {each}"
        for label, variables in given.items()
        for each in environment_problems(variables, label in secret)
    ]
    names = [name for variables in given.values() for name in variables]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return found + told(twice, "is in both; keep one of them", f"{', '.join(given)}: ")


def environment_problems(variables: dict, secret: bool = False) -> list:
    """Return a sentence for each kind of mistake in one of the variables, without its name."""
    free = {name: value for name, value in variables.items() if instead(name) is None}
    names = {name: instead(name) for name in variables if name not in free}
    cures = ", ".join(dict.fromkeys(filter(None, names.values())))
    texts = {name: value for name, value in free.items() if isinstance(value, str)}
    bad = [name for name in variables if not re.fullmatch(r"(?!(?i:_MLFLOW_))[A-Za-z_][A-Za-z0-9_]*", name)]
    return [
        *told(
            bad,
            "is not a variable that you can set; use letters, digits and _, and leave alone what begins with _MLFLOW_",
        ),
        *unquoted(variables, secret),
        *told(
            [name for name, value in texts.items() if re.search(r"[\0\r\n]", value)],
            "has a line break in its value; write the value on one line",
        ),
        *told([name for name, cure in names.items() if cure], f"would bypass this role; use {cures}"),
        *told([name for name, cure in names.items() if not cure], "would undo what this role sets; leave it out"),
        *told(
            [name for name, value in texts.items() if WRONG_DRIVER.match(value)],
            (
                "is a URI with the wrong driver, one that is not installed; "
                "begin it with postgresql+psycopg2:// or mysql+pymysql://"
            ),
        ),
        *told(
            []
            if secret
            else [name for name, value in free.items() if value is not None and looks_secret(name, str(value))],
            (
                "seems to hold a secret, which would show in diffs; "
                "use the role's own variable or mlflow_secret_environment"
            ),
        ),
    ]


def instead(name):
    """Return what to use instead of a variable that the role owns, an empty text if nothing, None if it is free."""
    for pattern, cure in INSTEAD.items():
        if re.fullmatch(pattern, name, re.IGNORECASE):
            return name.lower() if cure is None else cure
    return None


def unquoted(variables, secret):
    """Return the sentences for values that YAML has made something else of than text."""
    for name, value in variables.items():
        if isinstance(value, (bool, int, float)):
            example = '"..."' if secret or looks_secret(name, str(value)) else f'"{json.dumps(value)}"'
            yield (
                f"{name} is {'a boolean' if isinstance(value, bool) else 'a number'} to YAML; "
                f"put it in quotes, such as {name}: {example}"
            )
        elif not isinstance(value, str):
            yield (
                f"{name} has {'no value' if value is None else 'a value that is not text'}; "
                f'write a text in quotes, such as {name}: "", or leave it out'
            )


def looks_secret(name, value):
    """Return whether a variable seems to hold a secret, and not just the path of a file that does."""
    return bool(value and not re.fullmatch(r"/[\w./-]*\.\w+", value) and SECRET_NAME.search(name.upper())) or bool(
        SECRET_VALUE.search(value)
    )


def told(names, what, label=""):
    """Return one sentence about some names, none if there are none."""
    return [f"{label}{', '.join(names)} {what}"] if names else []
