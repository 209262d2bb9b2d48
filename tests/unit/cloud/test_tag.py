# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import tag

from .conftest import requests, writes

NAMES = ["mlflow:production", "mlflow:production:server"]


def test_check_mode_shows_what_is_missing_and_writes_nothing(cloud, run):
    result = run(tag, names=NAMES, check=True)
    assert result["changed"]
    assert writes(cloud) == []


def test_tags_are_created_once(cloud, run):
    assert run(tag, names=NAMES)["tags"] == [{"name": name} for name in NAMES]
    assert not run(tag, names=NAMES)["changed"]
    assert len(writes(cloud)) == 2


def test_only_the_missing_one_is_created(cloud, run):
    run(tag, names=NAMES[:1])
    assert run(tag, names=NAMES)["diff"]["before"] == {NAMES[0]: {"name": NAMES[0]}, NAMES[1]: {}}


def test_spelling_of_the_first_use_is_the_same_tag(run):
    run(tag, names=["Production"])
    assert not run(tag, names=["production"])["changed"]


def test_dot_is_refused_before_anything_is_asked(cloud, run):
    assert "mlflow.production cannot be a tag" in run(tag, names=["mlflow.production"])["msg"]
    assert requests(cloud) == []


def test_tags_are_removed_once(cloud, run):
    run(tag, names=NAMES)
    assert run(tag, names=NAMES, state="absent")["changed"]
    assert not run(tag, names=NAMES, state="absent")["changed"]
    assert cloud.store.all("tag") == []


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_does_no_harm(cloud, run, kind, method):
    cloud.faults.add(kind=kind, method=method)
    assert run(tag, names=NAMES)["changed"]
    assert not run(tag, names=NAMES)["changed"]


def test_names_are_needed(run):
    assert "names" in run(tag)["msg"]
