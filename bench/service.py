# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How the running server does, against the same MLflow with its defaults.

Both are on the same host, with the same PostgreSQL and as many workers.
"""

from __future__ import annotations

import time
from collections import defaultdict
from statistics import median

from . import load, page, servers
from .load import Outcome, Workload
from .machines import OURS, Broken
from .rows import Comparison, Result, Row, table
from .servers import Server

RATES = {"log-batch": 1.4, "log-metric": 1.7, "runs/create": 1.7, "runs/search": 1.5, "experiments/get": 2.5}
LATENCIES = ("log-metric", "experiments/get")


def memory(*, quick: bool) -> Result:
    """Measure the memory of both when idle, after eight clients have used every operation for a second."""
    workload, found = _prepare(quick=quick), defaultdict(list)
    for _ in range(1 if quick else 3):
        for server in (servers.ours, servers.theirs):
            _warm(server, workload, quick=quick)
            time.sleep(1 if quick else 10)
            found[server].append(server.pss_mb())
    return Result((Comparison("idle memory (PSS)", found[servers.ours], found[servers.theirs], "MB").at_most(0.5),))


def requests(*, quick: bool) -> Result:
    """Send requests to both in turn: eight clients for the rate, one for the latency."""
    workload, rates, waits = _prepare(quick=quick), defaultdict(list), defaultdict(list)
    for _ in range(1 if quick else 5):
        for server in (servers.ours, servers.theirs):
            _warm(server, workload, quick=quick)
            for operation in RATES:
                rates[operation, server].append(_run(server, workload, operation, 8, 0.3 if quick else 5).rate)
            for operation in LATENCIES:
                waits[operation, server].append(_run(server, workload, operation, 1, 0.3 if quick else 4).p50)
    return Result(
        (
            *(
                Comparison(f"{name}, 8 clients", rates[name, servers.ours], rates[name, servers.theirs], "/s").at_least(
                    target
                )
                for name, target in RATES.items()
            ),
            *(
                Comparison(
                    f"{name}, 1 client, p50", waits[name, servers.ours], waits[name, servers.theirs], "ms"
                ).at_most(0.2)
                for name in LATENCIES
            ),
        )
    )


def storm(*, quick: bool) -> Result:
    """Let 64 clients log batches of 100 metrics for a minute and count what is refused.

    Quick: ours only, because theirs makes clients wait for 30 s.
    """
    workload, said = _prepare(quick=quick), {}
    for server in (servers.ours,) if quick else (servers.ours, servers.theirs):
        _warm(server, workload, quick=quick)
        said[server] = _run(server, workload, "log-batch", load.CLIENTS, 1 if quick else 60)
    counts = {
        server: f"{len(each.refusals)} of {len(each.refusals) + len(each.seconds)}" for server, each in said.items()
    }
    met = "no" if said[servers.ours].refusals else "yes"
    row = Row(
        "batches refused to 64 clients in a minute", counts[servers.ours], counts.get(servers.theirs, ""), "", "0", met
    )
    reasons = {refusal for each in said.values() for refusal in each.refusals[:1]}
    return Result((row,), "".join(f"- {reason}\n" for reason in sorted(reasons)))


def first_page(**_: bool) -> Result:
    """Count the bytes of the first page with its scripts and styles, as a browser requests them."""
    servers.install()
    sizes = []
    for server in (servers.ours, servers.theirs):
        server.serve()
        sizes.append([page.size(OURS.address, server.port) / 1e6])
    return Result((Comparison("first load of the UI", *sizes, "MB").at_most(1 / 3),))


def ablation(*, quick: bool) -> Result:
    """Leave out one setting at a time, to find settings without effect. Quick: one of them."""
    workload, found = _prepare(quick=quick), defaultdict(list)
    left_out = dict(list(servers.without().items())[: 1 if quick else None])
    for _ in range(1 if quick else 5):
        for name, server in {"": servers.ours, **left_out}.items():
            _warm(server, workload, quick=quick)
            for operation in RATES:
                before = server.cpu_seconds()
                outcome = _run(server, workload, operation, 8, 0.3 if quick else 4)
                used = (server.cpu_seconds() - before) / len(outcome.seconds) * 1000
                found[name, operation].append((outcome.rate, used))
            for operation in LATENCIES:
                found[name, f"{operation} p50"].append(
                    (1 / _run(server, workload, operation, 1, 0.3 if quick else 3).p50, 1)
                )
            found[name, "memory"].append((1 / server.pss_mb(), 1))
    columns = list(dict.fromkeys(column for _, column in found))
    lines = [[name, *(_share(found[name, column], found["", column]) for column in columns)] for name in left_out]
    explanation = (
        "Speed without it / with it, and in brackets the server's CPU time per request without it / with it. "
        "For p50 and memory the inverse.\n\n"
    )
    return Result((), explanation + table(["left out", *columns], lines))


def _prepare(*, quick: bool) -> Workload:
    """Have both servers on the host, and something to work on."""
    servers.install()
    servers.ours.serve()
    return Workload.prepare(servers.ours.client(), searched_runs=10 if quick else 200)


def _warm(server: Server, workload: Workload, *, quick: bool) -> None:
    """Start a server and use all of it, so that its workers have made their connections."""
    server.serve()
    for operation in RATES:
        load.run(server.client, workload, operation, 8, 0.2 if quick else 1)


def _run(server: Server, workload: Workload, operation: str, clients: int, seconds: float) -> Outcome:
    outcome = load.run(server.client, workload, operation, clients, seconds)
    if not outcome.seconds:
        raise Broken(f"{server.name} serves no {operation}: {outcome.refusals[0]}")
    return outcome


def _share(without: list[tuple[float, float]], with_it: list[tuple[float, float]]) -> str:
    """Return how fast it is without, as part of with it, and the CPU time of a request likewise."""
    speed, cpu = (median(a[index] / b[index] for a, b in zip(without, with_it, strict=True)) for index in (0, 1))
    return f"{speed:.2f}" if cpu == 1 else f"{speed:.2f} ({cpu:.2f})"
