# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The command line of bench/run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from . import deployment, machines, service
from .backups import backups
from .provisioning import provisioning
from .quickstart import quickstart
from .transfers import transfers

BENCHES = {
    "deploy": deployment.deploy,
    "hosts": deployment.hosts,
    "mitogen": deployment.mitogen,
    "memory": service.memory,
    "requests": service.requests,
    "storm": service.storm,
    "page": service.first_page,
    "ablation": service.ablation,
    "transfers": transfers,
    "backups": backups,
    "quickstart": quickstart,
    "provisioning": provisioning,
}
QUICK = ("deploy", "mitogen", "memory", "requests", "storm", "page", "ablation", "transfers", "backups")
RESULTS = Path(__file__).with_name("results.md")
TITLE = "# What was measured\n\nBy `bench/run`, see [README.md](README.md). Each section says when and where.\n"


def main() -> int:
    """Run the benches that are asked for, print what they find and keep it."""
    arguments = _arguments()
    machines.SCRATCH.mkdir(parents=True, exist_ok=True)
    try:
        for name in arguments.names or (QUICK if arguments.quick else BENCHES):
            begin = time.monotonic()
            _print(f"==> {name}: {_about(name)}")
            result = BENCHES[name](quick=arguments.quick).text()
            _print(f"{result}<== {name}: {time.monotonic() - begin:.0f} s\n")
            if not arguments.quick:
                _keep(name, result)
    except machines.Broken as broken:
        sys.stderr.write(f"bench/run: {broken}\n")
        return 1
    finally:
        if not arguments.keep:
            machines.remove_all()
    return 0


def _keep(name: str, result: str) -> None:
    """Replace this bench's section of the results."""
    sections = (
        dict(section.split("\n", 1) for section in RESULTS.read_text().split("\n## ")[1:]) if RESULTS.exists() else {}
    )
    where = f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({platform.machine()}), load {os.getloadavg()[1]:.1f}"
    sections[name] = f"\n{_about(name)} {where}.\n\n{result}"
    ordered = {bench: sections[bench].strip("\n") for bench in BENCHES if bench in sections}
    RESULTS.write_text(TITLE + "".join(f"\n## {bench}\n\n{text}\n" for bench, text in ordered.items()))


def _about(name: str) -> str:
    """Return on one line what a bench does."""
    return " ".join((BENCHES[name].__doc__ or "").split())


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Measure the claims of speed, ours and theirs side by side in one run."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(BENCHES)}; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="one short round, to see that it works and not how fast; keeps no results"
    )
    parser.add_argument("--keep", action="store_true", help="leave the machines for the next run")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHES.keys():
        parser.error(f"{', '.join(sorted(unknown))} is no bench; there are {', '.join(BENCHES)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
