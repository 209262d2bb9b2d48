# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check certificate, with certificates that openssl makes."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.certificates import certificate, is_certificate


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Return the PEM of a certificate and of its key."""
    directory = tmp_path_factory.mktemp("pair")
    command = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-subj",
        "/CN=ca",
    ]
    subprocess.run([*command, "-out", directory / "crt", "-keyout", directory / "key"], check=True, capture_output=True)
    return (directory / "crt").read_text(), (directory / "key").read_text()


def test_certificates_are(pair):
    assert is_certificate(pair[0]) is True
    assert is_certificate(f"# a comment\n{pair[0]}\n{pair[0]}") is True


def test_other_texts_are_not(pair):
    ca, key = pair
    assert [
        text
        for text in ("", "/etc/ssl/ca.crt", key, ca[: len(ca) // 2], ca.replace("MII", "XXX", 1), ca + ca[:-40])
        if is_certificate(text)
    ] == []


def test_what_is_no_text_is_not():
    assert is_certificate(None) is False


def test_sentence_names_each_variable_that_is_not_one(pair):
    ca, key = pair
    assert certificate({"mlflow_s3_ca": ca, "mlflow_database_ca": ""}) == []
    assert certificate({"mlflow_s3_ca": ca, "mlflow_database_ca": key}) == [
        "mlflow_database_ca is not a certificate in PEM format; give its text, for instance by lookup('file', 'ca.crt')"
    ]
