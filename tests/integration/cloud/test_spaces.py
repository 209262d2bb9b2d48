# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of the API against a real S3 server.

Tried are what each opens, what it does not, and what is there after its daemons were killed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl

import pytest
import requests
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.mlflow.plugins.modules import spaces_bucket
from ansible_collections.mlops.mlflow.sandbox import engine, hostnames, regions, s3
from ansible_collections.mlops.mlflow.sandbox.cloud.real.spaces import opens, start
from ansible_collections.mlops.mlflow.sandbox.say import SandboxError
from ansible_collections.mlops.mlflow.tests.integration.cloud import store
from ansible_collections.mlops.mlflow.tests.unit.cloud import conftest as service
from botocore.exceptions import ClientError

certificate, front, cloud, ask = service.certificate, service.front, service.cloud, service.ask


@pytest.fixture
def account(cloud, spaces):
    """Return an account with two empty buckets, one and two."""
    cloud.world.spaces = spaces
    spaces.resume(cloud)
    for bucket in ("one", "two"):
        spaces.client.create_bucket(Bucket=bucket)
    yield spaces
    for bucket in ("one", "two"):
        store.resource(spaces).Bucket(bucket).object_versions.delete()
        spaces.client.delete_bucket(Bucket=bucket)


@pytest.fixture
def key(account, ask):
    """Return a function that creates a key with these grants and gives back a client; its id is `.access_key`."""

    def create(*grants):
        status, answer = ask(
            "POST",
            "/v2/spaces/keys",
            {"name": "mlflow", "grants": [{"bucket": bucket, "permission": may} for bucket, may in grants]},
        )
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
    upload = {
        "Bucket": bucket,
        "Key": "large",
        "UploadId": client.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"],
    }
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
    assert (
        ask(
            "PUT",
            f"/v2/spaces/keys/{client.access_key}",
            {"name": "mlflow", "grants": [{"bucket": "two", "permission": "read"}]},
        )[0]
        == 200
    )
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
    assert (
        ask("POST", "/v2/spaces/keys", {"name": "b", "grants": [{"bucket": "three", "permission": "read"}]})[0] == 201
    )
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
    assert (
        ask("POST", "/v2/spaces/keys", {"name": "a", "grants": [{"bucket": "nowhere", "permission": "read"}]})[0] == 400
    )


def test_limited_key_opens_nothing_for_a_moment_where_the_sandbox_is_lifelike(cloud, key, refused):
    cloud.settings.delays["grants"] = 3.0
    client = key(("one", "readwrite"))
    with refused():
        client.list_objects_v2(Bucket="one")
    cloud.wait_until_idle()
    works(client, "one")


def test_grants_that_a_killed_service_did_not_set_are_set_at_its_next_start(cloud, account, key, refused, monkeypatch):
    cloud.settings.delays["grants"] = 3.0
    monkeypatch.setattr(cloud, "later", lambda *_args: None)
    client = key(("one", "readwrite"))
    with refused():
        client.list_objects_v2(Bucket="one")
    account.resume(cloud)
    works(client, "one")


def test_bucket_of_another_account_is_refused_as_in_the_cloud(cloud, account, ask, refused):
    assert ask("POST", "/sandbox/taken-buckets", {"bucket": "taken"})[0] == 204
    with refused("BucketAlreadyExists"):
        account.client.create_bucket(Bucket="taken")
    with refused("403"):
        account.client.head_bucket(Bucket="taken")
    with refused():
        account.client.put_object(Bucket="taken", Key="a", Body=b"x")
    assert (
        ask("POST", "/v2/spaces/keys", {"name": "a", "grants": [{"bucket": "taken", "permission": "read"}]})[0] == 400
    )


OPEN = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::one/*"]}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})


def test_bucket_policies_are_free_for_users(account):
    account.client.put_object(Bucket="one", Key="a", Body=b"x")
    address = f"{account.access['endpoint']}/one/a"
    assert requests.get(address, verify=account.access["ca_file"], timeout=10).status_code == 403
    account.client.put_bucket_policy(Bucket="one", Policy=POLICY)
    assert requests.get(address, verify=account.access["ca_file"], timeout=10).content == b"x"


def test_bucket_has_a_policy_or_limited_keys_but_not_both(account, ask, key, refused):
    client = key(("one", "read"))
    with refused():
        account.client.put_bucket_policy(Bucket="one", Policy=POLICY)
    assert ask("DELETE", f"/v2/spaces/keys/{client.access_key}")[0] == 204
    account.client.put_bucket_policy(Bucket="one", Policy=POLICY)
    status, answer = ask("POST", "/v2/spaces/keys", {"name": "a", "grants": [{"bucket": "one", "permission": "read"}]})
    assert status == 400
    assert "bucket policy" in answer["message"]


def test_certificate_is_good_for_the_names_of_every_region_and_their_buckets(spaces, state):
    context = ssl.create_default_context(cafile=state / "ca.crt")
    for region in regions.with_spaces():
        for host in (hostnames.spaces(region), f"mlflow-artifacts.{hostnames.spaces(region)}"):
            with socket.create_connection((store.SERVER.address, s3.PORT), timeout=10) as connection:
                context.wrap_socket(connection, server_hostname=host).close()


def test_bucket_is_found_by_its_host_in_every_region(account):
    account.client.put_object(Bucket="one", Key="a", Body=b"x")
    path = account.client.generate_presigned_url("get_object", Params={"Bucket": "one", "Key": "a"})
    assert requests.get(path, verify=account.access["ca_file"], timeout=10).content == b"x"
    for region in regions.with_spaces():
        headers = {"Host": f"one.{hostnames.spaces(region)}"}
        answer = requests.get(
            f"{account.access['endpoint']}/a", headers=headers, verify=account.access["ca_file"], timeout=10
        )
        assert (answer.status_code, "<BucketName>one</BucketName>" in answer.text) == (403, True), region


@pytest.mark.usefixtures("spaces")
def test_no_answer_without_tls():
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((store.SERVER.address, 7480), timeout=3)
    with socket.create_connection((store.SERVER.address, s3.PORT), timeout=3) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert not connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_server_that_does_not_answer_is_reported_with_its_journal(spaces, state, monkeypatch):
    monkeypatch.setattr(s3, "START_SECONDS", 1)
    engine.docker("exec", store.SERVER.container, "systemctl", "stop", "s3.service")
    try:
        with pytest.raises(SandboxError, match=r"does not answer after 1 s: .*refused.*\n(.*\n)*Stopped s3\.service"):
            start(store.SERVER, state)
    finally:
        engine.docker("exec", store.SERVER.container, "systemctl", "start", "s3.service")


def test_server_that_is_started_again_keeps_its_key(spaces, state):
    again = start(store.SERVER, state)
    assert again.access == spaces.access
    assert opens(again.access)


@pytest.fixture
def bucket(account, capsys):
    """Return a function that runs the module on the server."""

    def call(**args):
        pair = {"access_key_id": account.access["access_key"], "secret_access_key": account.access["secret_key"]}
        common = {
            "name": "made-by-module",
            "region": "fra1",
            "endpoint_url": account.access["endpoint"],
            "endpoint_ca_file": account.access["ca_file"],
            **pair,
        }
        with patch_module_args(common | args), pytest.raises(SystemExit):
            spaces_bucket.main()
        return json.loads(capsys.readouterr().out)

    return call


def test_module_refuses_a_certificate_of_a_ca_that_it_was_not_given(bucket):
    assert "certificate verify failed" in bucket(endpoint_ca_file=None)["msg"]


def test_module_says_that_a_bucket_belongs_to_somebody_else(ask, bucket):
    assert ask("POST", "/sandbox/taken-buckets", {"bucket": "taken-by-module"})[0] == 204
    assert "the bucket has to be yours, as names are taken across all accounts" in bucket(name="taken-by-module")["msg"]


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
