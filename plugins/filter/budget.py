# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host has for MLflow, and what MLflow takes of it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: budget
short_description: Return how many workers of MLflow a host has room for, and what they need
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Divides a share of the host's memory between the parent process (220 MiB), the runner and queues of job execution
    (900 MiB) and the workers (220 MiB each). These are the proportional set sizes of MLflow 3.17.2, rounded up.
  - Counts the connections to the database. Each worker has an engine for the tracking store and one for the registry,
    and each engine a pool; the parent keeps two connections (seen with MLflow 3.17.2).
options:
  _input:
    description: The facts C(memtotal_mb) and C(processor_vcpus) of the host.
    type: dict
    required: true
  share:
    description: The share of the memory that MLflow may use, from 0 to 1.
    type: float
    required: true
  jobs:
    description: Whether MLflow executes jobs.
    type: bool
    default: false
  workers:
    description: The number of workers. By default it is what the host has room for.
    type: int
  pool:
    description: Connections that an engine may open, with those beyond its pool.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show how many workers fit
  ansible.builtin.debug:
    msg: "{{ (ansible_facts | mlops.mlflow.budget(0.75)).workers }}"
"""

RETURN = r"""
_value:
  description:
    - The budget. C(workers) is the number given, or else one a processor, at most 8, at most as many as fit, at least
      1; C(workers_that_fit) is how many have room in the memory, which may be none.
    - C(memory_available_mb) and C(memory_needed_mb) are in MiB.
    - C(connections) is the most that the workers may open.
  type: dict
  sample: {workers: 2, workers_that_fit: 5, memory_available_mb: 1475, memory_needed_mb: 660, connections: 38}
"""

PARENT_MB = WORKER_MB = 220
JOBS_MB = 900
MOST_WORKERS = 8
ENGINES = 2
PARENT_CONNECTIONS = 2


def budget(facts, share, jobs=False, workers=None, pool=0):
    """Return the budget of a host."""
    available = int(facts["memtotal_mb"] * float(share))
    fixed = PARENT_MB + JOBS_MB * bool(jobs)
    that_fit = (available - fixed) // WORKER_MB
    workers = max(1, min(facts["processor_vcpus"], MOST_WORKERS, that_fit)) if workers is None else int(workers)
    return {
        "workers": workers,
        "workers_that_fit": max(0, that_fit),
        "memory_available_mb": available,
        "memory_needed_mb": fixed + WORKER_MB * workers,
        "connections": workers * ENGINES * int(pool) + PARENT_CONNECTIONS,
    }


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"budget": budget}
