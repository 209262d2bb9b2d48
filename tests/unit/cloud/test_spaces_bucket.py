# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import itertools

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.spaces.api import SPACES
from ansible_collections.mlops.mlflow.plugins.modules import spaces_bucket

from .s3 import KEYS, Store

NUMBERS = itertools.count()
RULE = {"id": "forget", "noncurrent_version_expiration_days": 30, "abort_incomplete_multipart_upload_days": 7}
WHOLE_RULE = {"prefix": "", "enabled": True, "expiration_days": None, **RULE}


@pytest.fixture(scope="session")
def server():
    return Store()


@pytest.fixture
def store(server, monkeypatch):
    for name in ("SPACES_ENDPOINT_URL", "SPACES_ACCESS_KEY_ID", "SPACES_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    server.requests.clear()
    server.faults.clear()
    return server


@pytest.fixture
def name():
    return f"mlflow-{next(NUMBERS)}"


@pytest.fixture
def bucket(store, name, run_alone):
    common = {"name": name, "region": "fra1", "endpoint_url": store.url, **KEYS}
    return lambda **args: run_alone(spaces_bucket, **(common | args))


def test_name_and_region_are_needed(run_alone):
    assert "name, region" in run_alone(spaces_bucket)["msg"]


@pytest.mark.parametrize("missing", KEYS)
def test_missing_key_is_said_with_the_variable_that_sets_it(bucket, missing):
    assert f"SPACES_{missing.upper()}" in bucket(**{missing: None})["msg"]


def test_key_and_endpoint_come_from_the_environment(run_alone, store, name, monkeypatch):
    for variable, value in KEYS.items():
        monkeypatch.setenv(f"SPACES_{variable.upper()}", value)
    monkeypatch.setenv("SPACES_ENDPOINT_URL", store.url)
    assert run_alone(spaces_bucket, name=name, region="fra1")["changed"]


def test_endpoint_is_that_of_the_region(monkeypatch):
    with SPACES.connect({"region": "fra1", "endpoint_url": None, **KEYS}) as client:
        assert client.meta.endpoint_url == "https://fra1.digitaloceanspaces.com"


def test_check_mode_shows_the_bucket_and_writes_nothing(store, bucket):
    result = bucket(check=True, versioning=True, lifecycle_rules=[RULE])
    assert result["changed"]
    assert result["diff"]["before"]["spaces_bucket"] == {}
    assert result["diff"]["after"]["spaces_bucket"]["lifecycle_rules"] == [WHOLE_RULE]
    assert store.writes() == []


def test_bucket_is_created_and_a_second_run_only_looks(store, bucket):
    first = bucket(versioning=True, lifecycle_rules=[RULE])
    assert first["changed"]
    store.requests.clear()
    second = bucket(versioning=True, lifecycle_rules=[RULE])
    assert not second["changed"]
    assert first["spaces_bucket"] == second["spaces_bucket"]
    assert len(store.requests) == 4
    assert store.writes() == []


def test_bucket_is_private_and_says_how_a_project_names_it(bucket, name):
    assert bucket()["spaces_bucket"]["acl"] == "private"
    assert bucket()["spaces_bucket"]["urn"] == f"do:space:{name}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"acl": "private"}, {"acl": "public-read"}),
        ({"versioning": False}, {"versioning": True}),
        ({"versioning": True}, {"versioning": False}),
        ({"lifecycle_rules": []}, {"lifecycle_rules": [RULE]}),
        ({"lifecycle_rules": [RULE]}, {"lifecycle_rules": [RULE | {"prefix": "tmp/", "expiration_days": 1}]}),
        ({"lifecycle_rules": [RULE]}, {"lifecycle_rules": [RULE | {"id": "z", "enabled": False}, RULE | {"id": "a"}]}),
        ({"lifecycle_rules": [RULE]}, {"lifecycle_rules": []}),
    ],
)
def test_each_setting_is_changed_once(store, bucket, before, after):
    bucket(**before)
    store.requests.clear()
    assert bucket(check=True, **after)["changed"]
    assert store.writes() == []
    changed = bucket(**after)
    assert changed["changed"]
    assert changed["diff"]["before"] != changed["diff"]["after"]
    assert len(store.writes()) == 1
    assert not bucket(**after)["changed"]


def test_what_is_not_given_is_left_alone(bucket):
    bucket(versioning=True, lifecycle_rules=[RULE])
    result = bucket()
    assert not result["changed"]
    assert result["spaces_bucket"]["versioning"]
    assert result["spaces_bucket"]["lifecycle_rules"] == [WHOLE_RULE]


def test_what_another_hand_opened_is_closed(store, bucket, name):
    bucket()
    store.client.put_bucket_acl(Bucket=name, ACL="authenticated-read")
    assert bucket()["diff"]["before"]["spaces_bucket"]["acl"] == "custom"
    assert bucket()["spaces_bucket"]["acl"] == "private"


def test_rule_of_another_hand_that_says_more_is_replaced(store, bucket, name):
    bucket(lifecycle_rules=[RULE])
    more = {
        "ID": "forget",
        "Status": "Enabled",
        "Filter": {"Tag": {"Key": "a", "Value": "b"}},
        "Expiration": {"Days": 1},
    }
    store.client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [more]})
    assert bucket(lifecycle_rules=[RULE])["changed"]
    assert not bucket(lifecycle_rules=[RULE])["changed"]


def test_name_that_no_bucket_can_have_is_refused(store, bucket):
    assert "cannot be a bucket" in bucket(name="Mlflow_Artifacts")["msg"]
    assert store.writes() == []


def test_rule_that_does_nothing_is_refused(bucket):
    assert "forget does nothing" in bucket(lifecycle_rules=[{"id": "forget"}])["msg"]


def test_bucket_of_somebody_else_is_said(store, bucket):
    store.fail("403", "HEAD")
    assert "names are taken across all accounts" in bucket()["msg"]


def test_bucket_in_another_region_is_said(store, bucket):
    store.fail("301", "HEAD")
    assert "another region: change region" in bucket()["msg"]


def test_wrong_secret_is_said(store, bucket):
    bucket()
    store.fail("403 SignatureDoesNotMatch", "GET")
    assert "check SPACES_ACCESS_KEY_ID" in bucket()["msg"]


def test_name_that_is_taken_is_said_in_the_words_of_the_server(store, bucket):
    store.fail("409 BucketAlreadyExists", "PUT", times=9)
    assert "on purpose (BucketAlreadyExists, status 409, request tx42)" in bucket()["msg"]


def test_other_request_for_the_same_bucket_is_waited_for(store, bucket):
    store.fail("409 OperationAborted", "PUT")
    assert bucket()["changed"]


@pytest.mark.parametrize("kind", ["500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT"])
def test_one_failure_does_no_harm(store, bucket, kind, method):
    store.fail(kind, method)
    assert bucket(versioning=True)["changed"]
    assert not bucket(versioning=True)["changed"]


def test_server_that_is_not_there_is_said(bucket):
    assert "Spaces do not answer" in bucket(endpoint_url="http://127.0.0.1:9")["msg"]


def test_empty_bucket_is_removed_once(store, bucket):
    bucket()
    assert bucket(state="absent", check=True)["changed"]
    removed = bucket(state="absent")
    assert removed["changed"]
    assert removed["spaces_bucket"] == {}
    store.requests.clear()
    assert not bucket(state="absent")["changed"]
    assert store.writes() == []


@pytest.mark.parametrize("check", [True, False])
def test_bucket_with_objects_is_kept_without_delete_data(store, bucket, name, check):
    bucket()
    store.client.put_object(Bucket=name, Key="model.pkl", Body=b"x")
    assert "set delete_data to true" in bucket(state="absent", check=check)["msg"]
    assert store.client.head_object(Bucket=name, Key="model.pkl")


def test_bucket_is_deleted_with_versions_marks_and_unfinished_uploads(store, bucket, name):
    bucket(versioning=True)
    for key in ("a", "a", "b"):
        store.client.put_object(Bucket=name, Key=key, Body=b"x")
    store.client.delete_object(Bucket=name, Key="b")
    store.client.create_multipart_upload(Bucket=name, Key="c")
    assert bucket(state="absent", delete_data=True)["changed"]
    assert not bucket(state="absent")["changed"]


@pytest.mark.parametrize("kind", ["500", "503", "drop", "drop_after"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_failure_while_it_is_deleted_does_no_harm(store, bucket, name, kind, method):
    bucket()
    store.client.put_object(Bucket=name, Key="model.pkl", Body=b"x")
    store.fail(kind, method)
    bucket(state="absent", delete_data=True)
    assert bucket(state="absent", delete_data=True)["spaces_bucket"] == {}


def test_secret_is_in_no_result(bucket):
    result = bucket(secret_access_key="a-long-secret-of-the-store")
    assert "a-long-secret-of-the-store" not in str(result | {"invocation": None})
