# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in a bucket, and how both are deleted."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Busy, Refused


def versions(bucket, **limit):
    """Return at most a thousand of what the bucket holds: versions of objects and marks of their deletion."""
    answer = bucket.ask("list_object_versions", **limit)
    found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]


def empty(bucket):
    """Delete all versions of all objects, a thousand a request, and the parts of unfinished uploads."""
    while found := versions(bucket):
        answer = bucket.ask("delete_objects", Delete={"Objects": found, "Quiet": True})
        for failed in answer.get("Errors", []):
            raise Refused(f"{bucket}: {failed['Key']} cannot be deleted: {failed.get('Message') or failed['Code']}")
    while uploads := bucket.ask("list_multipart_uploads").get("Uploads"):
        for upload in uploads:
            bucket.ask("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])


def delete_empty(bucket):
    """Delete a bucket that should be empty by now."""
    try:
        bucket.ask("delete_bucket")
    except Busy as error:
        raise Refused(
            f"{bucket} is not empty, somebody writes into it: {error}; stop that and run this again"
        ) from error
