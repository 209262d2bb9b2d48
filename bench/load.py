# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Clients that ask a server as MLflow's own client does.

They speak HTTP/1.1 over one kept connection each, and send the next request after the answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from statistics import median
from typing import Any

API = "/api/2.0/mlflow/"
HEADERS = {
    "User-Agent": "mlflow-python-client/3.17.2",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "Content-Type": "application/json",
}
PATIENCE = 120  # seconds; the client's own time limit
CLIENTS = 64


class Refusal(Exception):
    """The server did not do it."""


class Client:
    """One client."""

    def __init__(self, address: str, port: int):
        self._connection = HTTPConnection(address, port, timeout=PATIENCE)

    def call(self, path: str, given: dict[str, Any] | None = None) -> bytes:
        body = None if given is None else json.dumps(given)
        try:
            self._connection.request("GET" if given is None else "POST", API + path, body, HEADERS)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise Refusal(f"{path}: {error!r}") from error
        if answer.status != 200:
            raise Refusal(f"{path}: {answer.status} {content[:200]!r}")
        return content

    def ask(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return an answer's content; the answers of these paths are too short to be compressed."""
        return json.loads(self.call(path, given))


@dataclass
class Outcome:
    """What became of one client's requests, or of all."""

    seconds: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    rate: float = 0.0

    @property
    def p50(self) -> float:
        """Return half of the requests' upper limit, in ms."""
        return median(self.seconds) * 1000


@dataclass(frozen=True)
class Workload:
    """What the clients work on: an experiment to write to, a run for each client in it, and an experiment to search."""

    experiment: str
    runs: tuple[str, ...]
    searched: str

    @classmethod
    def prepare(cls, client: Client, searched_runs: int) -> Workload:
        name = f"bench {time.time_ns()}"
        experiment = client.ask("experiments/create", {"name": name})["experiment_id"]
        searched = client.ask("experiments/create", {"name": f"{name}, searched"})["experiment_id"]
        for number in range(searched_runs):
            content = {
                "metrics": _metrics(10, number),
                "params": _pairs("param", 10, number),
                "tags": _pairs("tag", 5, number),
            }
            client.call("runs/log-batch", {"run_id": _run(client, searched), **content})
        return cls(experiment, tuple(_run(client, experiment) for _ in range(CLIENTS)), searched)

    def request(self, operation: str, client: int, number: int) -> tuple[str, dict[str, Any] | None]:
        """Return path and content of a client's next request."""
        if operation == "log-batch":
            return "runs/log-batch", {"run_id": self.runs[client], "metrics": _metrics(100, number)}
        if operation == "log-metric":
            return "runs/log-metric", {"run_id": self.runs[client], **_metrics(1, number)[0]}
        if operation == "runs/create":
            return "runs/create", {"experiment_id": self.experiment, "start_time": _now()}
        if operation == "runs/search":
            return "runs/search", {"experiment_ids": [self.searched], "max_results": 100}
        return f"experiments/get?experiment_id={self.experiment}", None


def run(connect: Callable[[], Client], workload: Workload, operation: str, clients: int, seconds: float) -> Outcome:
    """Let the clients do one operation again and again for some seconds."""
    begin = time.monotonic()

    def work(index: int) -> Outcome:
        client, outcome, number = connect(), Outcome(), 0
        while (sent := time.monotonic()) < begin + seconds:
            number += 1
            path, given = workload.request(operation, index, number)
            try:
                client.call(path, given)
                outcome.seconds.append(time.monotonic() - sent)
            except Refusal as refusal:
                outcome.refusals.append(str(refusal))
        return outcome

    with ThreadPoolExecutor(clients) as pool:
        outcomes = list(pool.map(work, range(clients)))
    took = time.monotonic() - begin
    served = [each for outcome in outcomes for each in outcome.seconds]
    return Outcome(served, [each for outcome in outcomes for each in outcome.refusals], len(served) / took)


def _run(client: Client, experiment: str) -> str:
    return client.ask("runs/create", {"experiment_id": experiment, "start_time": _now()})["run"]["info"]["run_id"]


def _metrics(count: int, step: int) -> list[dict[str, Any]]:
    return [
        {"key": f"metric {index}", "value": step + index / 7, "timestamp": _now(), "step": step}
        for index in range(count)
    ]


def _pairs(name: str, count: int, number: int) -> list[dict[str, str]]:
    return [{"key": f"{name} {index}", "value": f"value {number % 7}.{index}"} for index in range(count)]


def _now() -> int:
    return int(time.time() * 1000)
