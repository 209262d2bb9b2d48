# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of the API against a real S3 server: what each opens, and what it does not."""

from __future__ import annotations

import contextlib
import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.mlflow.plugins.modules import spaces_bucket
from ansible_collections.mlops.mlflow.sandbox import engine, keys, machine, network, s3
from ansible_collections.mlops.mlflow.sandbox.cloud import real_spaces
from ansible_collections.mlops.mlflow.sandbox.model import Leg, Machine
from ansible_collections.mlops.mlflow.tests.unit.cloud import conftest as service
from botocore.exceptions import ClientError

certificate, front, cloud, ask = service.certificate, service.front, service.cloud, service.ask

NETWORK, SUBNET, ADDRESS = "hs-spaces", "10.63.0.0/24", "10.63.0.10"
SERVER = Machine("server", "trixie", "root", ADDRESS, (Leg(NETWORK, SUBNET, ADDRESS),), NETWORK, "s3")


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Return what the server's key is kept in."""
    state = tmp_path_factory.mktemp("spaces")
    keys.ensure(state)
    return state


@pytest.fixture(scope="module")
def spaces(docker, state):
    """Have a server of its own."""
    label = f"{machine.SANDBOX}={NETWORK}"
    network.ensure(NETWORK, SUBNET, label)
    try:
        yield real_spaces.start(SERVER, state)
    finally:
        with contextlib.suppress(engine.EngineError):
            machine.remove(SERVER.container)
        network.remove(label)


@pytest.fixture
def account(cloud, spaces):
    """Return an account with two empty buckets, one and two."""
    cloud.world.spaces = spaces
    for bucket in ("one", "two"):
        spaces.client.create_bucket(Bucket=bucket)
    yield spaces
    for bucket in ("one", "two"):
        for each in spaces.client.list_objects_v2(Bucket=bucket).get("Contents", []):
            spaces.client.delete_object(Bucket=bucket, Key=each["Key"])
        spaces.client.delete_bucket(Bucket=bucket)


@pytest.fixture
def key(account, ask):
    """Return a function that creates a key with these grants and gives back a client with it; its id is `.access_key`."""

    def create(*grants):
        status, answer = ask("POST", "/v2/spaces/keys", {"name": "mlflow", "grants": [{"bucket": bucket, "permission": may} for bucket, may in grants]})
        assert status == 201, answer
        client = s3.client(account.access | {name: answer["key"][name] for name in ("access_key", "secret_key")})
        client.access_key = answer["key"]["access_key"]
        return client

    return create


@pytest.fixture
def refused():
    """Return a context in which the server must say no."""

    @contextlib.contextmanager
    def context(code="AccessDenied"):
        with pytest.raises(ClientError) as error:
            yield
        assert error.value.response["Error"]["Code"] == code

    return context


def works(client, bucket):
    """Write, list, read, copy in parts and delete, as an artifact store does."""
    client.put_object(Bucket=bucket, Key="run/model.pkl", Body=b"weights")
    assert [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["run/model.pkl"]
    assert client.get_object(Bucket=bucket, Key="run/model.pkl")["Body"].read() == b"weights"
    upload = {"Bucket": bucket, "Key": "large", "UploadId": client.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]}
    etag = client.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    for name in ("run/model.pkl", "large"):
        client.delete_object(Bucket=bucket, Key=name)


def test_scoped_key_works_in_its_bucket_and_is_refused_in_another(key, refused):
    client = key(("one", "readwrite"))
    works(client, "one")
    with refused():
        client.put_object(Bucket="two", Key="a", Body=b"x")
    with refused():
        client.list_objects_v2(Bucket="two")


def test_key_that_may_read_cannot_write(account, key, refused):
    account.client.put_object(Bucket="one", Key="a", Body=b"x")
    client = key(("one", "read"))
    assert client.get_object(Bucket="one", Key="a")["Body"].read() == b"x"
    with refused():
        client.put_object(Bucket="one", Key="a", Body=b"y")
    with refused():
        client.delete_object(Bucket="one", Key="a")


def test_scoped_key_makes_and_configures_no_bucket(key, refused):
    client = key(("one", "readwrite"))
    with refused():
        client.create_bucket(Bucket="three")
    with refused():
        client.get_bucket_acl(Bucket="one")
    with refused():
        client.delete_bucket_policy(Bucket="one")


def test_two_keys_share_a_bucket_and_one_goes(ask, key, refused):
    one, both = key(("one", "readwrite")), key(("one", "read"), ("two", "readwrite"))
    one.put_object(Bucket="one", Key="a", Body=b"x")
    assert both.get_object(Bucket="one", Key="a")["Body"].read() == b"x"
    assert ask("DELETE", f"/v2/spaces/keys/{one.access_key}")[0] == 204
    with refused("InvalidAccessKeyId"):
        one.list_objects_v2(Bucket="one")
    assert both.get_object(Bucket="one", Key="a")["Body"].read() == b"x"


def test_grants_that_change_are_true_at_once(ask, key, refused):
    client = key(("one", "readwrite"))
    assert ask("PUT", f"/v2/spaces/keys/{client.access_key}", {"name": "mlflow", "grants": [{"bucket": "two", "permission": "read"}]})[0] == 200
    assert "Contents" not in client.list_objects_v2(Bucket="two")
    with refused():
        client.list_objects_v2(Bucket="one")


def test_key_without_grants_opens_nothing(key, refused):
    with refused():
        key().list_objects_v2(Bucket="one")


def test_key_with_full_access_does_all_until_it_is_deleted(account, ask, key, refused):
    client = key(("", "fullaccess"))
    works(client, "one")
    client.create_bucket(Bucket="three")
    assert ask("POST", "/v2/spaces/keys", {"name": "b", "grants": [{"bucket": "three", "permission": "read"}]})[0] == 201
    account.client.put_object(Bucket="three", Key="a", Body=b"x")
    client.delete_object(Bucket="three", Key="a")
    assert ask("DELETE", f"/v2/spaces/keys/{client.access_key}")[0] == 204
    with pytest.raises(ClientError):
        client.list_objects_v2(Bucket="three")
    account.client.delete_bucket(Bucket="three")


def test_what_a_scoped_key_writes_is_the_accounts(account, key):
    key(("one", "readwrite")).put_object(Bucket="one", Key="a", Body=b"x")
    assert account.client.get_object(Bucket="one", Key="a")["Body"].read() == b"x"


def test_grant_for_a_bucket_that_is_missing_is_refused(account, ask):
    assert ask("POST", "/v2/spaces/keys", {"name": "a", "grants": [{"bucket": "nowhere", "permission": "read"}]})[0] == 400


def test_server_that_is_started_again_keeps_its_key(spaces, state):
    again = real_spaces.start(SERVER, state)
    assert again.access == spaces.access
    assert again.opens()
    assert again.access["secret_key"] in again.lines()[0]


@pytest.fixture
def bucket(account, capsys):
    """Return a function that runs the module on the server."""

    def call(**args):
        pair = {"access_key_id": account.access["access_key"], "secret_access_key": account.access["secret_key"]}
        common = {"name": "made-by-module", "region": "fra1", "endpoint_url": account.access["endpoint"], **pair}
        with patch_module_args(common | args), pytest.raises(SystemExit):
            spaces_bucket.main()
        return json.loads(capsys.readouterr().out)

    return call


def test_module_makes_a_bucket_with_all_settings_changes_and_removes_it(account, bucket):
    rule = {"id": "forget", "noncurrent_version_expiration_days": 30, "abort_incomplete_multipart_upload_days": 7}
    settings = {"versioning": True, "lifecycle_rules": [rule]}
    first = bucket(**settings)
    assert first["changed"], first
    assert not bucket(**settings)["changed"]
    assert bucket(lifecycle_rules=[rule | {"prefix": "tmp/"}])["changed"]
    assert bucket(lifecycle_rules=[])["changed"]
    assert not bucket(lifecycle_rules=[])["changed"]
    for body in (b"x", b"y"):
        account.client.put_object(Bucket="made-by-module", Key="a", Body=body)
    assert "set delete_data to true" in bucket(state="absent")["msg"]
    assert bucket(state="absent", delete_data=True)["changed"]
    assert not bucket(state="absent")["changed"]
