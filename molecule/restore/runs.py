#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs runs with an artifact each (URL LEDGER NUMBER MB), or reads back what the ledger says (URL LEDGER).

The ledger is a file of JSON: the run, its name and the SHA-256 of its artifact.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def call(url: str, path: str, **message: object) -> dict:
    """Call MLflow's API."""
    request = urllib.request.Request(
        f"{url}/api/2.0/mlflow/{path}",
        json.dumps(message).encode() if message else None,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def artifact(url: str, run: str, content: bytes | None = None) -> bytes:
    """Send or fetch the artifact of a run, through the server."""
    place = f"{url}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model.bin"
    request = urllib.request.Request(place, content, method="PUT" if content else "GET")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


def log(url: str, ledger: Path, count: int, megabytes: int) -> None:
    """Log runs, and note them in the ledger."""
    known = json.loads(ledger.read_text()) if ledger.exists() else []
    for number in range(count):
        name, content = f"run {len(known)}", os.urandom(megabytes * 1_000_000 + number + 1)
        run = call(url, "runs/create", experiment_id="0", run_name=name)["run"]["info"]["run_id"]
        call(
            url,
            "runs/log-batch",
            run_id=run,
            metrics=[{"key": "n", "value": number, "timestamp": number, "step": number}],
        )
        artifact(url, run, content)
        known.append({"run": run, "name": name, "artifact": hashlib.sha256(content).hexdigest()})
        ledger.write_text(json.dumps(known))


def check(url: str, ledger: Path) -> str:
    """Read back all that the ledger says, and say what differs."""
    known, wrong = json.loads(ledger.read_text()), []
    for each in known:
        try:
            there = call(url, f"runs/get?run_id={each['run']}")["run"]
            same = there["info"]["run_name"] == each["name"] and len(there["data"]["metrics"]) == 1
            same &= hashlib.sha256(artifact(url, each["run"])).hexdigest() == each["artifact"]
        except urllib.error.HTTPError as error:
            same = False
            sys.stderr.write(f"{each['name']}: {error}\n")
        wrong += [each["name"]] * (not same)
    return f"{len(known)} runs are as they were logged" if not wrong else f"wrong: {', '.join(wrong)}"


if sys.argv[3:]:
    log(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
else:
    print(check(sys.argv[1], Path(sys.argv[2])))
