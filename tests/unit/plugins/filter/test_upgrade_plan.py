# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter upgrade_plan: what will happen, in order, and from where on it is noticed."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.filter.upgrade_plan import IMPACT, plan

WHAT = {
    "from": "3.10.1",
    "to": "3.17.2",
    "hosts": ["one", "two"],
    "database": "runs",
    "backup": True,
    "keep_days": 7.0,
}
FOUND = {
    "revision": "aaa",
    "head": "bbb",
    "bytes": 3 * 2**30,
    "rows": {"runs": 100_000, "metrics": 5_000_000, "spans": 0},
    "seconds": 9.9,
    "colliding": ["mine"],
    "migrations": [
        {
            "revision": "b0b",
            "title": "add index",
            "invertible": True,
            "tables": ["metrics"],
            "indexes": {"mine": "metrics"},
        },
        {"revision": "bbb", "title": "widen", "invertible": False, "tables": [], "indexes": {}},
    ],
}


def test_pending_migrations_are_listed_with_their_rows_after_the_line_of_impact():
    before, after = plan(WHAT, FOUND).split(IMPACT)
    assert before.splitlines()[:2] == [
        "Upgrade MLflow from 3.10.1 to 3.17.2",
        "Database runs: 3,072 MB, 100,000 runs, 5,000,000 metrics",
    ]
    assert "rehearse the migration there" in before
    assert "b0b add index: changes metrics (5,000,000 rows); builds mine\n" in after
    assert "bbb widen: cannot be inverted\n" in after
    assert "The index mine exists; it is dropped first" in after
    assert "Expected downtime: about 30 s" in after
    numbers = [line.split(".")[0].strip() for line in plan(WHAT, FOUND).splitlines() if line[:3].strip().isdigit()]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_without_a_migration_nothing_stops():
    text = plan(WHAT, FOUND | {"migrations": [], "seconds": 0.0})
    assert IMPACT not in text
    assert "no request is lost" in text
    assert "Back up" not in text


def test_dry_run_without_the_release_says_how_to_see_more():
    text = plan(WHAT | {"from": "", "backup": False}, {})
    assert text.startswith("Upgrade MLflow to 3.17.2\n")
    assert "--tags install" in text
    assert "Expected downtime" not in text
