# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with options for `mlflow server`."""

from __future__ import annotations

import re

# `mlflow server --help` of MLflow 3.17.2
KEPT_VERSION = "3.17.2"
KEPT = """
  --backend-store-uri PATH
  --read-replica-backend-store-uri URI
  --registry-store-uri URI
  --default-artifact-root URI
  --serve-artifacts / --no-serve-artifacts
  --artifacts-only
  --artifacts-destination URI
  -h, --host HOST
  -p, --port INTEGER
  -w, --workers TEXT
  --static-prefix TEXT
  --allowed-hosts TEXT
  --cors-allowed-origins TEXT
  --disable-security-middleware
  --x-frame-options TEXT
  --gunicorn-opts TEXT
  --waitress-opts TEXT
  --uvicorn-opts TEXT
  --dev
  --expose-prometheus TEXT
  --app-name [basic-auth]
  --trace-archival-config PATH
  --secrets-cache-ttl INTEGER RANGE
  --secrets-cache-max-size INTEGER RANGE
  --workspace-store-uri URI
  --enable-workspaces / --disable-workspaces
  --help
"""
LINE = re.compile(r"^  (?:(-\w), )?(--[a-z][\w-]*)(?: / (--[\w-]+))?(?: ([A-Z\[<]\S*))?", re.MULTILINE)
INSTEAD = {
    "--host": "mlflow_socket",
    "--port": "mlflow_socket",
    "--workers": "mlflow_workers",
    "--uvicorn-opts": "mlflow_workers and mlflow_threads",
    "--gunicorn-opts": "mlflow_workers",
    "--waitress-opts": "mlflow_workers",
    "--dev": "mlflow_environment (MLFLOW_LOGGING_LEVEL)",
    "--artifacts-destination": "mlflow_artifacts_destination",
    "--default-artifact-root": "mlflow_artifacts_destination",
    "--backend-store-uri": "mlflow_dialect and mlflow_database_*",
    "--registry-store-uri": "mlflow_secret_environment (MLFLOW_REGISTRY_STORE_URI)",
    "--read-replica-backend-store-uri": "mlflow_secret_environment (MLFLOW_READ_REPLICA_BACKEND_STORE_URI)",
    "--workspace-store-uri": "mlflow_secret_environment (MLFLOW_WORKSPACE_STORE_URI)",
    "--allowed-hosts": "mlflow_allowed_hosts",
    "--cors-allowed-origins": "mlflow_cors_allowed_origins",
    "--disable-security-middleware": "mlflow_allowed_hosts and mlflow_cors_allowed_origins",
    "--env-file": "mlflow_environment",
    "--serve-artifacts": None,
    "--no-serve-artifacts": None,
    "--artifacts-only": None,
    "--static-prefix": None,
    "--help": None,
    "--version": None,
}
SHORT = {"-h": "--host", "-p": "--port", "-w": "--workers"}
LOGIN = re.compile(r"//[^/@\s]+@")


def server_options(given, version, help_text=""):
    """Refuse options that MLflow's server does not take, that undo what the role mlflow sets, or that reveal a login.

    Args:
        given (dict): Lists of arguments, by the names of the variables that hold them.
        version (str): The version of MLflow.
        help_text (str): What `mlflow server --help` prints. If it is empty, the options are those of MLflow 3.17.2 for
            that version, and any for another.

    Returns:
        list[str]: A sentence for each mistake, in every spelling that click accepts.

    """
    return [
        f"{label}: {each}"
        for label, arguments in given.items()
        for each in server_option_problems(arguments, version, help_text)
    ]


def server_option_problems(arguments: list, version: str, help_text: str = "") -> list:
    """Return a sentence for each mistake."""
    kept, short = takes_value(KEPT)
    told, told_short = takes_value(help_text)
    known, short = told or (kept if version == KEPT_VERSION else {}), short | told_short
    rest, found = list(arguments), []
    while rest:
        item = rest.pop(0)
        name, joined, _value = item.partition("=") if item.startswith("--") else (item[:2], item[2:], "")
        option = short.get(name, name)
        value = joined or not (kept | known | {"--env-file": True}).get(option) or value_of(rest)
        found += misspelt(item) or owned(name, option) or unknown(name, option, joined, known, version)
        if not value:
            found += [] if option in INSTEAD else [f"{name} needs a value; write two items or one with ="]
        elif LOGIN.search(f"{item} {value}") and option not in INSTEAD:
            found.append(f"the value of {name} shows a login to every user of the host; use mlflow_secret_environment")
    return list(dict.fromkeys(found))


def value_of(rest):
    """Take the value of an option from the arguments that follow it."""
    return rest.pop(0) if rest and not rest[0].startswith("--") else ""


def misspelt(item):
    """Return the sentence for an argument that cannot be an option."""
    if re.search(r"[\r\n]", item) or re.match(r"--?\S+ ", item):
        return [
            (
                f"{item.split()[0]} has its value in the same item, or a line break; use two items, or one with "
                "=, such as --app-name=basic-auth"
            )
        ]
    return (
        []
        if re.match(r"--?\w", item)
        else [f"{shown(item)} is not an option; write options such as --expose-prometheus, with two hyphens"]
    )


def owned(name, option):
    """Return the sentence for an option that undoes what the role sets."""
    if option not in INSTEAD:
        return []
    cure = f"use {INSTEAD[option]} instead" if INSTEAD[option] else "leave it out"
    return [f"{name} would undo what this role sets, or show a login to every user of the host; {cure}"]


def unknown(name, option, joined, known, version):
    """Return the sentence for an option that MLflow does not take, or not in this way."""
    if known and option not in known:
        return [f"MLflow {version} has no option {name}; see the options of mlflow server --help"]
    return [f"{name} takes no value; write it alone"] if known and not known[option] and joined else []


def takes_value(text):
    """Return whether each long option of a help text takes a value, and the long option of each short one."""
    known, short = {}, dict(SHORT)
    for brief, long, opposite, value in LINE.findall(text):
        known |= {name: bool(value) for name in (long, opposite) if name}
        short |= {brief: long} if brief else {}
    return known, short


def shown(item):
    """Return an argument without a login, at most 40 characters of it."""
    text = LOGIN.sub("//", item)
    return text if len(text) <= 40 else f"{text[:37]}..."
