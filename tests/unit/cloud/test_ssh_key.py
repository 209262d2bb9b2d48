# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import ssh_key

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


def test_name_that_differs_is_changed(run, public_key, present):
    present()
    assert run(ssh_key, name="other", public_key=public_key)["diff"]["after"]["ssh_key"]["name"] == "other"
    assert present()["changed"]


def test_key_is_removed_once(cloud, present):
    present()
    assert present(state="absent", check=True)["changed"]
    assert len(writes(cloud)) == 1
    assert present(state="absent")["changed"]
    assert not present(state="absent")["changed"]


def test_key_that_is_no_key_is_refused_in_words(run):
    assert "is no SSH public key" in run(ssh_key, name="mlflow", public_key="hello")["msg"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_failure_makes_one_key(cloud, present, kind, method):
    cloud.faults.add(kind=kind, method=method, retry_after=1)
    assert present()["changed"]
    assert not present()["changed"]
    assert len(cloud.store.all("ssh_key")) == 1


def test_token_that_is_wrong_is_said(run, public_key):
    assert "check the token" in run(ssh_key, name="mlflow", public_key=public_key, token="dop_v1_wrong")["msg"]
