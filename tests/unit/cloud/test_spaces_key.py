# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import spaces_key

from .conftest import requests, writes

READ = {"bucket": "mlflow-artifacts", "permission": "read"}
WRITE = {"bucket": "mlflow-artifacts", "permission": "readwrite"}
OTHER = {"bucket": "another", "permission": "readwrite"}
FULL = {"permission": "fullaccess"}


@pytest.fixture
def key(run):
    common = {"name": "mlflow", "grants": [WRITE], "no_log": True}
    return lambda **args: run(spaces_key, **(common | args))


def test_name_is_needed(run):
    assert "name" in run(spaces_key)["msg"]


def test_check_mode_shows_the_key_and_writes_nothing(cloud, key):
    result = key(check=True)
    assert result["changed"]
    assert result["diff"]["after"]["spaces_key"] == {"name": "mlflow", "grants": [WRITE]}
    assert "secret_key" not in result
    assert writes(cloud) == []


def test_key_is_created_once_and_only_then_has_a_secret(cloud, key):
    first, second = key(), key()
    assert first["changed"]
    assert first["secret_key"]
    assert first["access_key"] == first["spaces_key"]["access_key"]
    assert not second["changed"]
    assert "secret_key" not in second
    assert first["spaces_key"] == second["spaces_key"]
    assert len(writes(cloud)) == 1
    assert len(requests(cloud, "GET")) == 4  # two looks before it is created, one after, and one of the second run


def test_secret_is_not_in_what_is_shown(key):
    first = key()
    assert first["secret_key"] not in str([first["diff"], first["spaces_key"]])


def test_task_without_no_log_makes_no_key_as_its_secret_would_be_lost(cloud, key):
    assert "set no_log: true on the task" in key(no_log=False)["msg"]
    assert writes(cloud) == []


def test_task_without_no_log_may_look_and_change(key):
    key()
    assert not key(no_log=False)["changed"]
    assert key(no_log=False, grants=[READ])["changed"]


@pytest.mark.parametrize("after", [[READ], [WRITE, OTHER], [OTHER], []])
def test_grants_are_changed_in_place(cloud, key, after):
    before = key()
    assert key(grants=after, check=True)["changed"]
    assert len(writes(cloud)) == 1
    changed = key(grants=after)
    assert changed["changed"]
    assert changed["spaces_key"]["access_key"] == before["spaces_key"]["access_key"]
    assert len(writes(cloud)) == 2
    assert not key(grants=after)["changed"]


def test_order_of_grants_is_no_difference(key):
    key(grants=[WRITE, OTHER])
    assert not key(grants=[OTHER, WRITE])["changed"]


def test_grants_that_are_not_given_are_left_alone(key):
    key()
    assert not key(grants=None)["changed"]


def test_grant_of_another_hand_is_taken_back(cloud, key):
    made = key()["spaces_key"]["access_key"]
    cloud.store.change("spaces_key", made, grants=[WRITE, OTHER])
    assert key()["diff"]["before"]["spaces_key"]["grants"] == [OTHER, WRITE]
    assert cloud.store.get("spaces_key", made)["grants"] == [WRITE]


def test_full_access_is_no_scoped_grant_and_cannot_become_one(cloud, key):
    key(grants=[FULL])
    assert not key(grants=[FULL])["changed"]
    assert "set replace to true" in key()["msg"]
    assert len(writes(cloud)) == 1


def test_replace_makes_another_key_each_time(cloud, key):
    first = key()
    would = key(replace=True, check=True)
    assert would["changed"]
    assert len(writes(cloud)) == 1
    second, third = key(replace=True), key(replace=True)
    assert len({each["access_key"] for each in (first, second, third)}) == 3
    assert len({each["secret_key"] for each in (first, second, third)}) == 3
    assert len(cloud.store.all("spaces_key")) == 1


def test_replace_takes_a_key_from_full_access_to_a_bucket(key):
    key(grants=[FULL])
    assert key(replace=True)["spaces_key"]["grants"] == [WRITE]


@pytest.mark.parametrize(
    ("grants", "words"),
    [
        ([FULL, WRITE], "mix fullaccess with scoped"),
        ([{"permission": "read"}], "read needs a bucket"),
        ([FULL | {"bucket": "mlflow"}], "fullaccess needs no bucket"),
        ([{"bucket": "mlflow", "permission": "all"}], "must be one of"),
    ],
)
def test_grants_that_cannot_be_are_refused_before_anything_changes(cloud, key, grants, words):
    assert words in key(grants=grants)["msg"]
    assert writes(cloud) == []


def test_bucket_that_is_missing_is_said(cloud, key, monkeypatch):
    monkeypatch.setattr(cloud.world.spaces, "has_bucket", lambda _cloud, _name: False)
    assert "bucket mlflow-artifacts does not exist (status 400, request" in key()["msg"]


def test_two_keys_of_one_name_are_an_error_that_lists_them(cloud, key):
    made = key()["access_key"]
    cloud.store.put("spaces_key", "DO00TWIN", cloud.store.get("spaces_key", made) | {"access_key": "DO00TWIN"})
    message = key()["msg"]
    assert made in message
    assert "DO00TWIN" in message
    assert "there are 2 of that name" in key(state="absent")["msg"]


def test_key_is_found_among_two_hundred(cloud, key):
    made = key()["access_key"]
    for number in range(199):
        other = {"access_key": f"DO00{number}", "name": "mlflow" if number > 300 else f"other-{number}"}
        cloud.store.put("spaces_key", other["access_key"], cloud.store.get("spaces_key", made) | other)
    assert not key()["changed"]
    assert "limit of 200 keys" in key(name="one-more")["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_makes_one_key_whose_secret_is_known(cloud, key, kind, method):
    cloud.faults.add(kind=kind, method=method, retry_after=1)
    assert key()["secret_key"]
    assert not key()["changed"]
    assert len(cloud.store.all("spaces_key")) == 1


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_one_failure_of_a_change_does_no_harm(cloud, key, kind, method):
    key()
    cloud.faults.add(kind=kind, method=method, retry_after=1)
    assert key(grants=[READ])["changed"]
    assert key(state="absent")["changed"]
    assert cloud.store.all("spaces_key") == []


def test_key_is_removed_once(cloud, key):
    key()
    assert key(state="absent", check=True)["changed"]
    assert len(writes(cloud)) == 1
    assert key(state="absent")["changed"]
    assert not key(state="absent")["changed"]
    assert len(writes(cloud)) == 2
