# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import ssh_key, tag

from .conftest import requests, writes


@pytest.fixture
def present(run, public_key):
    return lambda **args: run(ssh_key, name="mlflow", public_key=public_key, **args)


def test_key_that_is_missing_would_be_created_by_check_mode(cloud, present):
    result = present(check=True)
    assert result["changed"]
    assert result["diff"]["before"]["ssh_key"] == {}
    assert result["ssh_key"]["name"] == "mlflow"
    assert writes(cloud) == []


def test_key_is_created_and_a_second_run_changes_nothing(cloud, present):
    first, second = present(), present()
    assert first["changed"]
    assert not second["changed"]
    assert first["ssh_key"] == second["ssh_key"]
    assert len(writes(cloud)) == 1


def test_key_is_never_listed_because_that_is_allowed_ten_times_a_minute(cloud, present):
    present()
    assert not [line for line in requests(cloud, "GET") if line.startswith("GET /v2/account/keys ")]


def test_key_that_is_there_under_another_name_is_used_and_never_renamed_or_deleted(cloud, run, public_key, present):
    theirs = run(ssh_key, name="laptop", public_key=public_key)["ssh_key"]
    before = writes(cloud)
    result = present()
    assert (result["changed"], result["ssh_key"]) == (False, theirs)
    result = present(state="absent")
    assert (result["changed"], result["ssh_key"], result["deleted"]) == (False, theirs, [])
    assert "its name in the account is laptop, not mlflow" in next(iter(result["kept"].values()))
    assert writes(cloud) == before


def test_key_stays_while_another_environment_may_use_it(cloud, run, present):
    ours = {"owner_tag": "mlflow:production", "shared_prefix": "mlflow:", "state": "absent"}
    made = present()["ssh_key"]
    run(tag, names=["mlflow:production", "mlflow:production:server", "MLflow:production-2", "web"])
    kept = present(**ours)
    assert (kept["changed"], kept["ssh_key"]) == (False, made)
    assert "MLflow:production-2" in next(iter(kept["kept"].values()))
    assert not present(**ours, check=True)["changed"]
    run(tag, names=["mlflow:production-2"], state="absent")
    shown = present(**ours, check=True)
    assert shown["deleted"] == [{"kind": "ssh_key", "name": made["fingerprint"], "id": str(made["id"])}]
    assert present(**ours)["changed"]
    assert cloud.store.all("ssh_key") == []


def test_shared_prefix_needs_a_tag_of_ones_own(present):
    assert "owner_tag" in present(shared_prefix="mlflow:", state="absent")["msg"]


def test_key_is_removed_once(cloud, present):
    present()
    assert present(state="absent", check=True)["changed"]
    assert len(writes(cloud)) == 1
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


def test_key_that_is_no_key_is_refused_in_words(run):
    assert "is not an SSH public key" in run(ssh_key, name="mlflow", public_key="hello")["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_makes_one_key(cloud, present, kind, method):
    cloud.faults.add(kind=kind, method=method, retry_after=1)
    assert present()["changed"]
    assert not present()["changed"]
    assert len(cloud.store.all("ssh_key")) == 1


def test_token_that_is_wrong_is_said(run, public_key):
    assert "check the token" in run(ssh_key, name="mlflow", public_key=public_key, token="dop_v1_wrong")["msg"]
