# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check key_pair, with keys and certificates that openssl makes."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.certificates import is_key_of, key_pair


def pair(directory, name, *options):
    """Return the PEM of a new key and of its certificate."""
    key, certificate = directory / f"{name}.key", directory / f"{name}.crt"
    command = ["openssl", "req", "-x509", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *options], check=True, capture_output=True)
    return key.read_text(), certificate.read_text()


@pytest.fixture(
    scope="module",
    params=[
        ("-newkey", "rsa:2048"),
        ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        ("-newkey", "ed25519"),
    ],
)
def server(request, tmp_path_factory):
    """Return a key and its certificate, of each kind."""
    return pair(tmp_path_factory.mktemp("server"), "server", "-nodes", *request.param)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Return a key with a passphrase, and its certificate."""
    return pair(tmp_path_factory.mktemp("other"), "other", "-newkey", "rsa:2048", "-passout", "pass:secret")


def test_key_belongs_to_its_certificate_and_to_a_chain_that_begins_with_it(server, other):
    key, certificate = server
    assert is_key_of(key, certificate) is True
    assert is_key_of(key, certificate + other[1]) is True


def test_key_does_not_belong_to_another_certificate(server, other):
    assert is_key_of(server[0], other[1]) is False
    assert is_key_of(server[0], other[1] + server[1]) is False


def test_key_with_a_passphrase_is_of_no_use(other):
    assert is_key_of(*other) is False


@pytest.mark.parametrize("text", ["", "no PEM", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"])
def test_what_is_no_pem_belongs_to_nothing(server, text):
    key, certificate = server
    assert is_key_of(text, certificate) is False
    assert is_key_of(key, text) is False
    assert is_key_of(certificate, key) is False


def test_names_are_told_if_they_do_not_belong_together(server, other):
    key, certificate = server
    assert key_pair({"tls_key": key, "tls_certificate": certificate}) == []
    assert key_pair({"tls_key": key, "tls_certificate": other[1]}) == ["tls_key", "tls_certificate"]
