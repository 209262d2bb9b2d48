#!/usr/bin/env python3
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asks a server ten times a second until a file is gone, and prints what it saw: prober.py URL FILE.

Prints as JSON how many requests there were, how many failed with which status, the longest time without an answer in
seconds, and whether each 503 said when to try again.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path


def ask(url: str) -> tuple[str, bool]:
    """Return the status of a request, and whether it says when to try again."""
    try:
        with urllib.request.urlopen(f"{url}/api/2.0/mlflow/experiments/get?experiment_id=0", timeout=60) as answer:
            return str(answer.status), False
    except urllib.error.HTTPError as error:
        return str(error.code), error.headers.get("Retry-After", "").isdigit()
    except OSError as error:
        return type(error).__name__, False


def main(url: str, file: str) -> None:
    """Ask until the file is gone."""
    found: Counter[str] = Counter()
    longest, last, silent = 0.0, time.monotonic(), 0
    while Path(file).exists():
        status, retry_after = ask(url)
        found[status] += 1
        silent += status == "503" and not retry_after
        if status == "200":
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        time.sleep(0.1)
    failed = {status: count for status, count in found.items() if status != "200"}
    print(json.dumps({"requests": sum(found.values()), "failed": failed, "longest": longest, "silent": silent}))


main(*sys.argv[1:])
