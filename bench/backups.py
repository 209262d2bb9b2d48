# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How much logging slows down while a backup is taken on the same host, and whether any of it is lost."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict

from . import load, machines
from .load import Client, Outcome, Workload
from .machines import OURS
from .rows import Comparison, Result, Row

# Rows that make a dump of the database take about so long as a round of requests
FILL = """
set -eu
runuser -u postgres -- psql -qX mlflow <<'SQL'
insert into runs (run_uuid, experiment_id, lifecycle_stage, status, start_time)
select md5(n::text), 0, 'active', 'FINISHED', 0 from generate_series(1, {runs}) n on conflict do nothing;
insert into metrics (run_uuid, key, value, timestamp, step, is_nan)
select md5(n::text), 'm', random(), s, s, false from generate_series(1, {runs}) n, generate_series(1, 50) s
on conflict do nothing;
SQL
"""

SWITCH = ("--tags", "backup", "-e", "backup_repository=/srv/backups", "-e", "backup_password=of-this-bench")


def backups(*, quick: bool) -> Result:
    """Let four clients log batches of 100 metrics for 10 s, in turn with backups of the host's database and without."""
    machines.have(OURS)
    machines.deploy(OURS, arguments=SWITCH)
    OURS.run(FILL.format(runs=200 if quick else 20_000))
    workload = Workload.prepare(_client(), searched_runs=1)
    rates, refused = defaultdict(list), 0
    for _ in range(1 if quick else 5):
        for beside in (False, True):
            outcome = _during(workload, 1 if quick else 10, backing_up=beside)
            rates[beside].append(outcome.rate)
            refused += len(outcome.refusals)
    last = json.loads(OURS.run("mlflow-backup status"))["backup"]["success"]
    metrics = last["database"]["tables"]["metrics"]["rows"]
    return Result(
        (
            Comparison("log-batch during backups / without", rates[True], rates[False], "/s").at_least(0.8),
            Row("batches refused", str(refused), "", "", "0", "no" if refused else "yes"),
        ),
        f"- the last of the backups took {last['seconds']} s for {metrics} metrics\n",
    )


def _client() -> Client:
    return Client(OURS.address, 80)


def _during(workload: Workload, seconds: float, *, backing_up: bool) -> Outcome:
    """Run the load, with one backup after the other beside it or without."""
    over = threading.Event()

    def back_up() -> None:
        while not over.is_set():
            OURS.run("systemctl start mlflow-backup.service")
            time.sleep(0.1)

    beside = threading.Thread(target=back_up)
    if backing_up:
        beside.start()
    try:
        return load.run(_client, workload, "log-batch", 4, seconds)
    finally:
        over.set()
        if backing_up:
            beside.join()
