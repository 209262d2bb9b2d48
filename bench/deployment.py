# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How long it takes to have a verified MLflow, and to see that all is as it should be."""

from __future__ import annotations

from pathlib import Path

import ansible_mitogen

from . import machines
from .machines import BY_HAND, FURTHER, OURS, SCRATCH
from .rows import Comparison, Result, Row

SCRIPT = Path(__file__).with_name("by-hand.sh")
OUR_CACHES = ("var/cache/apt/archives", "opt/mlflow/uv/cache", "root/.cache/pip")
THEIR_CACHES = ("var/cache/apt/archives", "root/.cache/pip")


def deploy(*, quick: bool) -> Result:
    """Time site.yml on a bare host against an installation by hand on another, then run site.yml once more.

    Quick: nothing by hand.
    """
    if quick:
        first, second = _bare(), machines.deploy(OURS).seconds
        return Result((_again([second], [first]),))
    cold, second, warm, by_hand, by_hand_warm, with_postgresql = [], [], [], [], [], []
    for _ in range(3):
        cold.append(_bare())
        second.append(machines.deploy(OURS).seconds)
        OURS.pack(SCRATCH / "ours.tar", *OUR_CACHES)
        warm.append(_bare(SCRATCH / "ours.tar"))
        with_postgresql.append(_by_hand("postgresql")[0])
        by_hand.append(_by_hand()[0])
        BY_HAND.pack(SCRATCH / "theirs.tar", *THEIR_CACHES)
        seconds, steps = _by_hand(cache=SCRATCH / "theirs.tar")
        by_hand_warm.append(seconds)
    return Result(
        (
            Comparison(
                "bare host to verified MLflow, against apt + pip install + mlflow server by hand", cold, by_hand, "s"
            ).at_most(0.5),
            Comparison("the same, with the packages in the host's caches", warm, by_hand_warm, "s").at_most(0.5),
            Comparison("against by hand with PostgreSQL, as ours has it", cold, with_postgresql, "s").at_most(0.5),
            _again(second, cold),
        ),
        f"The last time by hand:\n\n{steps}",
    )


def hosts(*, quick: bool) -> Result:
    """Measure what a host costs the controller when nothing has to be done, one at a time and all three at once."""
    machines.renew(OURS, *FURTHER)  # other benches turn ours into what they measure
    machines.have(OURS, *FURTHER)
    one, further = [], []
    for _ in range(1 if quick else 3):
        first = machines.deploy(OURS).cpu_seconds
        one.append(first)
        further.append((machines.deploy(OURS, *FURTHER).cpu_seconds - first) / len(FURTHER))
    return Result(
        (Comparison("CPU of the controller for a further host, against the first", further, one, "s").at_most(0.5),)
    )


def mitogen(*, quick: bool) -> Result:
    """Run site.yml with nothing to do by Mitogen's strategy and by Ansible's own, in turn, 3 times. Quick: once."""
    machines.have(OURS)
    strategies = Path(ansible_mitogen.__file__).parent / "plugins/strategy"
    switch = {"ANSIBLE_STRATEGY": "mitogen_linear", "ANSIBLE_STRATEGY_PLUGINS": str(strategies)}
    runs = [(machines.deploy(OURS, environment=switch), machines.deploy(OURS)) for _ in range(1 if quick else 3)]
    return Result(
        (
            Comparison("site.yml with nothing to do", *_columns(runs, "seconds"), "s").at_most(1),
            Comparison("CPU of the controller", *_columns(runs, "cpu_seconds"), "s").at_most(1),
        )
    )


def _columns(runs: list[tuple], measure: str) -> tuple[list[float], list[float]]:
    """Return what each side of the comparison took."""
    return tuple([getattr(cost, measure) for cost in side] for side in zip(*runs, strict=True))


def _bare(cache: Path | None = None) -> float:
    machines.renew(OURS)
    if cache:
        OURS.unpack(cache)
    return machines.deploy(OURS).seconds


def _by_hand(*arguments: str, cache: Path | None = None) -> tuple[float, str]:
    machines.renew(BY_HAND)
    if cache:
        BY_HAND.unpack(cache)
    seconds, said = machines.timed(BY_HAND, SCRIPT, *arguments)
    return seconds, "".join(f"- {line}\n" for line in said.splitlines() if " s: " in line)


def _again(second: list[float], first: list[float]) -> Row:
    return Comparison("site.yml with nothing to do, against its first run", second, first, "s").at_most(0.15)
