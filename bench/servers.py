# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The servers that are compared, on one host, one at a time.

They are ours, ours with a setting left out, and the same MLflow with its defaults.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from .load import Client, Refusal
from .machines import OURS, Broken, have

HERE = Path(__file__).parent
WORKERS = "2"
SOCKET = "/run/mlflow.sock"


@dataclass(frozen=True)
class Server:
    """A server."""

    name: str
    unit: str = "mlflow.service"
    port: int = 80
    arguments: tuple[str, ...] = ("ours", SOCKET)

    def serve(self) -> None:
        """Start it afresh and no other, and wait until it answers from the database."""
        OURS.run(HERE / "serve.sh", *self.arguments)
        client, deadline = self.client(), time.monotonic() + 300
        while True:
            try:
                client.call("experiments/get?experiment_id=0")
                return
            except Refusal as refusal:
                if time.monotonic() > deadline:
                    raise Broken(f"{self.name} does not answer: {refusal}") from refusal
            time.sleep(0.2)

    def client(self) -> Client:
        """Return a client that is yet to connect."""
        return Client(OURS.address, self.port)

    def pss_mb(self) -> float:
        """Return the memory of its processes, what they share counted once."""
        pids = f"ps -eo unit=,pid= | awk '$1 == \"{self.unit}\" {{print $2}}'"
        return (
            int(
                OURS.run(
                    f"for pid in $({pids}); do cat /proc/$pid/smaps_rollup; "
                    "done | awk '/^Pss:/ {sum += $2} END {print sum}'"
                )
            )
            / 1024
        )

    def cpu_seconds(self) -> float:
        """Return what its processes have used so far."""
        pids = f"ps -eo unit=,pid= | awk '$1 == \"{self.unit}\" {{print $2}}'"
        return (
            int(
                OURS.run(
                    f"for pid in $({pids}); do cat /proc/$pid/stat; "
                    "done | awk '{sum += $(NF-38) + $(NF-37)} END {print sum}'"
                )
            )
            / 100
        )


ours = Server("ours")
theirs = Server("theirs", unit="theirs.service", port=5000, arguments=("theirs",))


def install() -> None:
    """Put theirs beside ours."""
    have(OURS)
    OURS.run(HERE / "theirs.sh", WORKERS)


def without() -> dict[str, Server]:
    """Return ours with each setting left out alone."""
    OURS.run("cat > /opt/mlflow/current/server/without.py <<'END'\n" + (HERE / "without.py").read_text() + "END\n")
    options = OURS.run("sed -n 's/^MLFLOW_UVICORN_OPTS=//p' /opt/mlflow/current/mlflow.env").strip().strip('"')

    def changed(old: str, new: str) -> str:
        if old not in options:
            raise Broken(f"{old} is no longer among the options of uvicorn: {options}")
        return "MLFLOW_UVICORN_OPTS=" + options.replace(old, new)

    settings = {
        "uvloop, httptools": [
            changed("--loop mlops_server.worker:event_loop --http httptools", "--loop without:uvloop --http h11")
        ],
        "pool": ["MLFLOW_SQLALCHEMYSTORE_POOL_SIZE=5", "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW=10"],
        "threads": ["MLOPS_MLFLOW_THREADS=40"],
        "collector": [changed("--loop mlops_server.worker:event_loop", "--loop without:collector")],
        "no access log": [changed("--no-access-log", "")],
        "no jobs": ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION=true"],
    }
    servers = {
        name: Server(f"without {name}", arguments=("ours", SOCKET, *variables)) for name, variables in settings.items()
    }
    return servers | {"unix socket": Server("without unix socket", arguments=("ours", "127.0.0.1:5001"))}
