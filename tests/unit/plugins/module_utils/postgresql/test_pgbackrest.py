# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What pgBackRest 2.45 and 2.55 say when an archive cannot be used becomes a sentence with a cure."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql.pgbackrest import PgBackRest

CONFIGURATION = """[global]
repo1-s3-endpoint=s3.example
repo1-s3-bucket=archive
repo1-s3-region=us-east-1
repo1-s3-key=key
repo1-s3-key-secret=planted-secret
repo1-path=/one
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "pgbackrest.conf"
    path.write_text(CONFIGURATION)
    return PgBackRest(None, "archive", str(path))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "ERROR: [039]: HTTP request failed with 403 (Forbidden):\n       *** Path/Query ***:",
            "access_key_id, secret_access_key: s3.example refuses these keys for the bucket archive (403 Forbidden); …",
        ),
        (
            "ERROR: [039]: HTTP request failed with 404 (Not Found):\n  <Error><Code>NoSuchBucket</Code>",
            "bucket: archive does not exist at s3.example; create it, or correct its name",
        ),
        (
            "ERROR: [039]: HTTP request failed with 301 (Moved Permanently):",
            "region: s3.example refuses us-east-1 for the bucket archive (301 Moved Permanently); …",
        ),
        (
            "ERROR: [095]: unable to verify certificate presented by 's3.example:443': [20] no issuer",
            "ca: the certificate of s3.example is signed by an authority that the host does not know (no issuer); …",
        ),
        (
            "ERROR: [095]: unable to find hostname '10.0.0.5' in certificate common name or subject alternative names",
            "endpoint: 10.0.0.5 is not a name in the certificate of s3.example; use one that is",
        ),
        (
            "ERROR: [049]: unable to get address for 's3.example': [-2] Name or service not known",
            "endpoint: s3.example has no address (Name or service not known); correct it",
        ),
        (
            "ERROR: [049]: unable to connect to 's3.example:444': [111] Connection refused",
            "endpoint: s3.example does not answer (Connection refused); …",
        ),
        (
            "ERROR: [095]: unable to load info file\n       CryptoError: unable to flush",
            "passphrase: /one in the bucket archive is encrypted with another one; …",
        ),
        (
            "ERROR: [028]: backup and archive info files exist but do not match the database\n       HINT: is this ...",
            "path: /one in the bucket archive is the archive of another cluster; …",
        ),
        (
            "WARN: slow\nERROR: [082]: segment 5 was not archived before the timeout\n       HINT: check the archive",
            "pgbackrest check fails (segment 5 was not archived before the timeout); …",
        ),
    ],
)
def test_an_error_becomes_a_sentence(program, said, sentence):
    begin, cut, _ = f"archive: {sentence}".partition("…")
    told = program.sentence("check", said)
    assert told.startswith(begin) if cut else told == begin
    assert "planted-secret" not in told
