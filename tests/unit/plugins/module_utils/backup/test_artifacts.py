# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import hashlib
import os

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.backup.artifacts import (
    MIB,
    Bucket,
    Directory,
    has_checksum,
    read,
    sample,
    write,
)
from botocore.exceptions import ClientError
from botocore.stub import Stubber


def chunks(content):
    return iter([content[start : start + MIB] for start in range(0, len(content), MIB)])


def etag(content, part=None):
    """Return the ETag of an upload in one request, or in parts of so many bytes."""
    if not part:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()
    parts = [content[start : start + part] for start in range(0, len(content), part)]
    joined = b"".join(hashlib.md5(each, usedforsecurity=False).digest() for each in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


CONTENT = os.urandom(33 * MIB + 5)


@pytest.mark.parametrize("part", [None, 5 * MIB, 8 * MIB, 10 * MIB, 16 * MIB, 32 * MIB, 64 * MIB])
def test_content_has_the_checksum_that_s3_gave_it(part):
    assert has_checksum(chunks(CONTENT), len(CONTENT), etag(CONTENT, part))


@pytest.mark.parametrize("part", [None, 5 * MIB, 8 * MIB, 16 * MIB, 64 * MIB])
@pytest.mark.parametrize("place", [0, 8 * MIB, 33 * MIB + 4])
def test_one_other_byte_is_found(part, place):
    other = CONTENT[:place] + bytes([CONTENT[place] ^ 1]) + CONTENT[place + 1 :]
    assert not has_checksum(chunks(other), len(CONTENT), etag(CONTENT, part))


@pytest.mark.parametrize("content", [CONTENT[:-1], b"", CONTENT + b"x"])
def test_another_size_is_found_whatever_the_parts_were(content):
    assert not has_checksum(chunks(content), len(CONTENT), "0123456789abcdef0123456789abcdef-3000")


def test_empty_content_has_its_checksum():
    assert has_checksum(iter([]), 0, etag(b""))


def test_parts_of_an_unknown_size_are_judged_by_the_size_only():
    assert has_checksum(chunks(CONTENT), len(CONTENT), "0123456789abcdef0123456789abcdef-3000")


def test_manifest_is_read_as_it_was_written(tmp_path):
    entries = [{"path": f"0/ü/{n}", "size": n, "checksum": "", "version": ""} for n in range(3)]
    assert write(entries, tmp_path / "list.gz") == {"objects": 3, "bytes": 3}
    assert list(read(tmp_path / "list.gz")) == entries


def test_directory_lists_its_files(tmp_path):
    (tmp_path / "0/run").mkdir(parents=True)
    (tmp_path / "0/run/model").write_bytes(b"12345")
    assert list(Directory(str(tmp_path)).entries()) == [
        {"path": "0/run/model", "size": 5, "checksum": "", "version": ""}
    ]


@pytest.fixture
def bucket(monkeypatch):
    """Return a bucket whose requests get the answers of a Stubber, in their order."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = Bucket("s3://artifacts/prefix")
    with Stubber(bucket.client) as stubber:
        bucket.answers = stubber
        yield bucket
        stubber.assert_no_pending_responses()


def version(key, **more):
    return {"Key": key, "Size": 3, "ETag": '"abc"', "VersionId": "v1", "IsLatest": True} | more


def test_newest_version_of_each_object_is_listed(bucket):
    bucket.answers.add_response("list_object_versions", {})
    there = [version("prefix/0/a"), version("prefix/0/b", IsLatest=False), version("prefix/0/b", VersionId="v2")]
    bucket.answers.add_response("list_object_versions", {"Versions": there, "IsTruncated": False})
    assert [(each["path"], each["version"]) for each in bucket.entries()] == [("0/a", "v1"), ("0/b", "v2")]


@pytest.mark.parametrize("status", [403, 405, 501])
def test_objects_are_listed_where_versions_cannot_be(bucket, status):
    bucket.answers.add_client_error("list_object_versions", http_status_code=status)
    there = [{"Key": "prefix/0/a", "Size": 3, "ETag": '"abc"'}]
    bucket.answers.add_response("list_objects_v2", {"Contents": there, "IsTruncated": False})
    assert list(bucket.entries()) == [{"path": "0/a", "size": 3, "checksum": "abc", "version": ""}]


def test_bucket_that_is_gone_is_not_an_empty_list(bucket):
    bucket.answers.add_client_error("list_object_versions", "NoSuchBucket", http_status_code=404)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        list(bucket.entries())


def test_sample_has_each_entry_with_about_the_same_chance():
    counts = dict.fromkeys(range(10), 0)
    for _attempt in range(2000):
        for each in sample(iter(range(10)), 3):
            counts[each] += 1
    assert all(450 < count < 750 for count in counts.values())


@pytest.mark.parametrize(("count", "length"), [(0, 0), (5, 3), (3, 3), (2, 2)])
def test_sample_is_never_longer_than_what_there_is(count, length):
    assert len(sample(iter(range(3)), count)) == length
