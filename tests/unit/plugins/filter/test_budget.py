# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter budget: workers, memory and connections of a host."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.budget import budget
from hypothesis import given
from hypothesis.strategies import booleans, floats, integers

GIB = 1024


@pytest.mark.parametrize(
    ("memory", "processors", "share", "jobs", "workers"),
    [
        (2 * GIB, 2, 0.75, False, 2),  # one a processor
        (64 * GIB, 32, 0.75, False, 8),  # more gain nothing
        (1 * GIB, 4, 0.5, False, 1),  # (512 - 220) / 220
        (GIB // 2, 1, 0.5, False, 1),  # preflight refuses it; the number stays sensible
        (4 * GIB, 8, 0.5, True, 4),  # (2048 - 220 - 900) / 220
    ],
)
def test_workers_follow_from_processors_and_memory(memory, processors, share, jobs, workers):
    facts = {"memtotal_mb": memory, "processor_vcpus": processors}
    assert budget(facts, share, jobs)["workers"] == workers


def test_two_workers_with_the_default_pool_open_38_connections():
    found = budget({"memtotal_mb": 2 * GIB, "processor_vcpus": 2}, 0.75, False, 2, 9)
    assert found == {
        "workers": 2,
        "workers_that_fit": 5,
        "memory_available_mb": 1536,
        "memory_needed_mb": 660,
        "connections": 38,
    }


def test_a_number_that_is_given_is_taken_as_text_too():
    facts = {"memtotal_mb": GIB, "processor_vcpus": 1}
    assert budget(facts, "0.75", False, "40", "9")["memory_needed_mb"] == 220 + 40 * 220


@given(integers(256, 1 << 20), integers(1, 256), floats(0.1, 1), booleans())
def test_workers_fit_wherever_one_does(memory, processors, share, jobs):
    found = budget({"memtotal_mb": memory, "processor_vcpus": processors}, share, jobs)
    assert 1 <= found["workers"] <= min(8, processors)
    if found["workers_that_fit"]:
        assert found["memory_needed_mb"] <= found["memory_available_mb"]
