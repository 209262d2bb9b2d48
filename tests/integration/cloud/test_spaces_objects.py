# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects of the S3 server.

The right bytes at any offset, all versions, lifecycle, and nothing lost when a daemon is killed.
"""

from __future__ import annotations

import random
import threading
import time

import pytest
from ansible_collections.mlops.mlflow.sandbox import engine, machine, s3
from ansible_collections.mlops.mlflow.tests.integration.cloud import store
from botocore.exceptions import BotoCoreError, ClientError

MIB = 1 << 20
LARGE = random.Random(8).randbytes(40 * MIB)
ODD = [
    (0, 0),
    (1, 7),
    (4 * MIB - 3, 4 * MIB + 3),
    (5 * MIB + 1, 13 * MIB + 5),
    (8 * MIB, 16 * MIB - 1),
    (33_333_333, 33_333_333),
    (39 * MIB + 77, 40 * MIB - 1),
]
DAEMONS = ("s3-mon", "s3-osd", "s3")


@pytest.fixture
def bucket(spaces):
    """Return an empty bucket as boto3's resource."""
    made = store.resource(spaces).create_bucket(Bucket="objects")
    yield made
    made.object_versions.delete()
    for upload in made.multipart_uploads.all():
        upload.abort()
    made.delete()


def body(bucket, key="large", **args):
    return bucket.Object(key).get(**args)["Body"].read()


def test_ranges_of_a_large_object_are_the_right_bytes(bucket):
    bucket.put_object(Key="large", Body=LARGE)
    for first, last in ODD:
        assert body(bucket, Range=f"bytes={first}-{last}") == LARGE[first : last + 1], (first, last)
    assert body(bucket, Range="bytes=-1000") == LARGE[-1000:]
    with pytest.raises(ClientError, match="InvalidRange"):
        body(bucket, Range=f"bytes={len(LARGE)}-")


def test_transfer_manager_uploads_and_downloads_in_parts(bucket, tmp_path):
    (tmp_path / "up").write_bytes(LARGE)
    bucket.upload_file(str(tmp_path / "up"), "large")
    assert bucket.Object("large").e_tag.endswith('-5"')
    bucket.download_file("large", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == LARGE


def test_parts_that_arrive_out_of_order_are_put_in_order(bucket):
    upload = bucket.Object("large").initiate_multipart_upload()
    size, tags = 8 * MIB, {}
    for number in (3, 1, 5, 2, 4):
        tags[number] = upload.Part(number).upload(Body=LARGE[(number - 1) * size : number * size])["ETag"]
    upload.complete(
        MultipartUpload={"Parts": [{"PartNumber": number, "ETag": tags[number]} for number in sorted(tags)]}
    )
    assert body(bucket) == LARGE
    for first, last in ODD:
        assert body(bucket, Range=f"bytes={first}-{last}") == LARGE[first : last + 1], (first, last)


def test_old_and_new_version_of_a_large_object_are_read_back(bucket):
    bucket.Versioning().enable()
    old = bucket.put_object(Key="large", Body=LARGE).version_id
    new = bucket.put_object(Key="large", Body=LARGE[::-1]).version_id
    bucket.Object("large").delete()
    with pytest.raises(ClientError, match="NoSuchKey"):
        body(bucket)
    assert body(bucket, VersionId=old) == LARGE
    assert body(bucket, VersionId=new) == LARGE[::-1]
    assert body(bucket, VersionId=old, Range=f"bytes={20 * MIB + 1}-{30 * MIB}") == LARGE[20 * MIB + 1 : 30 * MIB + 1]


def test_lifecycle_is_executed_and_a_day_can_be_made_short_for_a_run(bucket):
    bucket.Versioning().enable()
    for content in (b"old", b"new"):
        bucket.put_object(Key="kept", Body=content)
    bucket.put_object(Key="tmp/expires", Body=b"x")
    bucket.Object("unfinished").initiate_multipart_upload()
    rules = [
        {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}},
        {
            "ID": "forget",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "ID": "abort",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
    bucket.LifecycleConfiguration().put(LifecycleConfiguration={"Rules": rules})
    s3.admin(store.SERVER, "lc process", f"--bucket={bucket.name}")
    assert len(list(bucket.object_versions.all())) == 3, "a day is a day"
    time.sleep(3)
    s3.admin(store.SERVER, "lc process", f"--bucket={bucket.name}", "--rgw_lc_debug_interval=1")
    assert [each.key for each in bucket.objects.all()] == ["kept"]
    assert body(bucket, "kept") == b"new"
    assert "kept" not in [each.key for each in bucket.object_versions.all() if not each.is_latest]
    assert list(bucket.multipart_uploads.all()) == []


def test_create_only_if_absent_has_one_winner(bucket, spaces):
    won, lost = [], []

    def race(number):
        try:
            s3.client(spaces.access).put_object(Bucket=bucket.name, Key="lock", Body=b"%d" % number, IfNoneMatch="*")
            won.append(number)
        except ClientError as error:
            lost.append(error.response["Error"]["Code"])

    racers = [threading.Thread(target=race, args=(number,)) for number in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert (len(won), len(lost)) == (1, 5)
    assert set(lost) <= {"PreconditionFailed", "ConcurrentModification"}
    assert body(bucket, "lock") == b"%d" % won[0]


def test_nothing_that_was_acknowledged_is_lost_when_daemons_are_killed_and_the_machine_is_booted_anew(bucket, spaces):
    acknowledged, client = {}, s3.client(spaces.access)

    def put(number):
        """Write one object, and again where the server was away."""
        content = random.Random(number).randbytes((number % 5) * MIB // 2 + 10)
        for _attempt in range(60):
            try:
                client.put_object(Bucket=bucket.name, Key=f"{number:03}", Body=content)
            except (ClientError, BotoCoreError):
                time.sleep(0.5)
            else:
                acknowledged[f"{number:03}"] = content
                return

    for turn, daemon in enumerate(DAEMONS):
        writer = threading.Thread(target=lambda turn=turn: [put(number) for number in range(turn * 12, turn * 12 + 12)])
        writer.start()
        time.sleep(0.3)
        engine.docker("exec", store.SERVER.container, "systemctl", "kill", "--signal", "KILL", f"{daemon}.service")
        writer.join()
    assert len(acknowledged) == 12 * len(DAEMONS)
    machine.reboot(store.SERVER)
    s3.wait(store.SERVER, spaces.access["ca_file"])
    assert sorted(each.key for each in bucket.objects.all()) == sorted(acknowledged)
    assert all(body(bucket, key) == content for key, content in acknowledged.items())
