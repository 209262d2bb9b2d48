#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs runs (runs.py URL NUMBER), or checks those that were logged and says how many they are (runs.py URL)."""

from __future__ import annotations

import json
import sys
import urllib.request

EXPERIMENT = "before the upgrade"


def call(url: str, path: str, **message: object) -> dict:
    """Call MLflow's API."""
    request = urllib.request.Request(
        f"{url}/api/2.0/mlflow/{path}",
        json.dumps(message).encode() if message else None,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def log(url: str, count: int) -> None:
    """Log runs, each with a metric, a parameter and a tag of its number."""
    for number in range(count):
        run = call(url, "runs/create", experiment_id=experiment(url), run_name=str(number))["run"]["info"]["run_id"]
        call(
            url,
            "runs/log-batch",
            run_id=run,
            metrics=[{"key": "n", "value": number, "timestamp": number, "step": number}],
            params=[{"key": "n", "value": str(number)}],
            tags=[{"key": "n", "value": str(number)}],
        )


def experiment(url: str) -> str:
    """Return the id of the experiment, which is created if needed."""
    try:
        return call(url, f"experiments/get-by-name?experiment_name={EXPERIMENT.replace(' ', '%20')}")["experiment"][
            "experiment_id"
        ]
    except urllib.error.HTTPError:
        return call(url, "experiments/create", name=EXPERIMENT)["experiment_id"]


def check(url: str) -> str:
    """Read all runs back and return how many there are, and what serves them."""
    found = call(url, "runs/search", experiment_ids=[experiment(url)], max_results=1000)["runs"]
    for run in found:
        name, data = run["info"]["run_name"], run["data"]
        tags = {tag["key"]: tag["value"] for tag in data["tags"]}
        logged = (
            [each["value"] for each in data["metrics"]],
            [each["value"] for each in data["params"]],
            tags.get("n"),
        )
        if logged != ([float(name)], [name], name):
            sys.exit(f"run {name} has {logged}")
    with urllib.request.urlopen(f"{url}/version", timeout=60) as answer:
        return f"{len(found)} runs of MLflow {answer.read().decode()}"


if sys.argv[2:]:
    log(sys.argv[1], int(sys.argv[2]))
else:
    print(check(sys.argv[1]))
