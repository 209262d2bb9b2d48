# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of an upgrade of MLflow, in words."""

from __future__ import annotations

DOCUMENTATION = r"""
name: upgrade_plan
short_description: Return the plan of an upgrade of MLflow as numbered steps
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Says what an upgrade does in which order, from where on it is noticed, which migrations it runs on how many rows and
    about how long that takes, and what the way back is.
options:
  _input:
    description:
      - The circumstances. C(from) and C(to) are versions, the former empty if none runs; C(hosts) their names in order;
        C(database) its name; C(backup) whether one is taken; C(keep_days) how long the copy stays.
    type: dict
    required: true
  found:
    description: What M(mlops.mlflow.mlflow_database_info) returned; empty if the release is not installed yet.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Print the plan
  ansible.builtin.debug:
    msg: "{{ {'from': '3.10.1', 'to': '3.17.2', 'hosts': ['mlflow-1'], 'database': 'mlflow', 'backup': true,
              'keep_days': 7} | mlops.mlflow.upgrade_plan(__database) }}"
"""

RETURN = r"""
_value:
  description: The plan, a line for each step.
  type: str
"""

LARGE = ("runs", "metrics", "params", "trace_info", "spans")
IMPACT = "----- impact: from here on clients wait, and the front door answers 503 with Retry-After -----"
OVERHEAD_SECONDS = 20  # to stop, copy, compare and start, with 5 million metrics


def plan(what, found):
    """Return the plan."""
    return "\n".join(lines_of(what, found))


def lines_of(what, found):
    """Return the lines of the plan."""
    pending = found.get("migrations", [])
    lines = [title(what), *size(what, found)]
    steps = [f"Install the release {what['to']} beside the one that runs, on {', '.join(what['hosts'])}"]
    if not found:
        steps.append(
            "Look at the database: this dry run cannot, because the new release is not installed; "
            "playbooks/upgrade.yml --tags install installs it, which nobody notices"
        )
    steps.append("Run the hooks of /etc/mlflow/hooks/pre-upgrade.d; one that fails ends the upgrade here")
    if not pending and found:
        steps.append("Switch to the release and restart, host by host: no migration is pending, and no request is lost")
        return [*lines, *numbered(steps), "Way back: playbooks/rollback.yml"]
    if what["backup"]:
        steps.append(
            f"Back up {what['database']}, restore that to a scratch database, compare all rows, "
            "and rehearse the migration there"
        )
    first = len(steps) + 1
    after = [
        f"Stop MLflow on {', '.join(what['hosts'])}, close {what['database']}, and wait until nobody is logged in",
        f"Copy {what['database']} under another name{bytes_of(found, ', which takes ')}",
        *([f"Migrate from {found['revision']} to {found['head']}:"] if found else ["Migrate:"]),
        "Compare all rows, open the database, switch to the release, start, and verify as a client",
    ]
    seconds = f"Expected downtime: about {round(OVERHEAD_SECONDS + found['seconds'])} s" if found else ""
    back = (
        "Way back: by itself if a step fails, and playbooks/rollback.yml: the copy is renamed, which takes seconds; "
        f"it is kept for {what['keep_days']:g} days"
    )
    told = [*lines, *numbered(steps), IMPACT, *numbered(after[:3], first)]
    told += [f"     {migration(each, found['rows'])}" for each in pending]
    told += [f"     The index {name} exists; it is dropped first" for name in found.get("colliding", [])]
    return [*told, *numbered(after[3:], first + 3), *([seconds] if seconds else []), back]


def title(what):
    """Return what is upgraded."""
    came = f"from {what['from']} " if what["from"] else ""
    return f"Upgrade MLflow {came}to {what['to']}"


def size(what, found):
    """Return how large the database is."""
    if not found:
        return []
    rows = [f"{found['rows'][table]:,} {table}" for table in LARGE if found["rows"].get(table, 0) > 0]
    return [f"Database {what['database']}{bytes_of(found, ': ')}{''.join(f', {each}' for each in rows)}"]


def bytes_of(found, before):
    """Return the size of the database in words."""
    return f"{before}{found['bytes'] / 2**20:,.0f} MB" if found else ""


def migration(each, rows):
    """Return one migration in words."""
    touched = [f"{table} ({rows[table]:,} rows)" if rows.get(table, 0) > 0 else table for table in each["tables"]]
    parts = [f"changes {', '.join(touched)}"] if touched else []
    parts += [f"builds {', '.join(sorted(each['indexes']))}"] if each["indexes"] else []
    parts += [] if each["invertible"] else ["cannot be inverted"]
    return f"{each['revision']} {each['title']}{': ' if parts else ''}{'; '.join(parts)}"


def numbered(steps, first=1):
    """Return steps with their numbers."""
    return [f"{number:>3}. {step}" for number, step in enumerate(steps, first)]


class FilterModule:
    """Filters of the collection."""

    def filters(self):
        return {"upgrade_plan": plan}
