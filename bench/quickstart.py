# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From a fresh checkout to the end of bin/quickstart, beside what this machine has.

It has a sandbox, a network and images of its own.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from functools import reduce
from pathlib import Path

from .machines import ROOT, Broken
from .rows import Result, Row

RENAMED = {
    "mlops-mlflow": "bench-mlflow",
    "10.42.0.": "10.48.0.",
    "10.41.0.": "10.49.0.",
    "8443": "8449",
    "sandbox_name: local": "sandbox_name: quickstart",
    ".sandbox/local": ".sandbox/quickstart",
    "mlflow-local": "mlflow-quickstart",
    "environment: local": "environment: quickstart",
}
INVENTORY = ("hosts.yml", "digitalocean.yml", "group_vars/all/mlflow.yml", "group_vars/all/sandbox.yml")
FILES = ("sandbox/image.py", *(f"inventory/local/{name}" for name in INVENTORY))
SECONDS = 360


def quickstart(**_: bool) -> Result:
    """Time a fresh checkout to the end of bin/quickstart, without tools, caches or images.

    The time of each step is listed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        checkout = Path(scratch) / "checkout"
        subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
        for path in map(checkout.joinpath, FILES):
            path.write_text(reduce(lambda text, name: text.replace(name, RENAMED[name]), RENAMED, path.read_text()))
        try:
            steps, took = _timed([checkout / "bin/quickstart"], os.environ | {"XDG_CACHE_HOME": f"{scratch}/cache"})
        finally:
            subprocess.run([checkout / "bin/sandbox", "stop", "--images"], check=True, stdout=subprocess.DEVNULL)
    row = Row(
        "fresh checkout to the end of bin/quickstart",
        f"{took:.0f} s",
        "",
        "",
        f"<= {SECONDS} s",
        "yes" if took <= SECONDS else "no",
    )
    return Result((row,), "".join(f"- {seconds:.0f} s: {step}\n" for seconds, step in steps))


def _timed(command: list[Path], environment: dict[str, str]) -> tuple[list[tuple[float, str]], float]:
    """Run it; return how long each step took that it announced by ==>, and all of it."""
    begin = time.monotonic()
    marks, tail = [(begin, "begin")], []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout:
            tail = [*tail[-30:], line]
            if line.startswith("==> ") and ": done in " not in line:
                marks.append((time.monotonic(), line[4:].strip()))
    end = time.monotonic()
    if running.returncode:
        raise Broken("".join(["bin/quickstart failed:\n", *tail]))
    return [
        (later - at, step) for (at, step), (later, _) in zip(marks, [*marks[1:], (end, "")], strict=True)
    ], end - begin
