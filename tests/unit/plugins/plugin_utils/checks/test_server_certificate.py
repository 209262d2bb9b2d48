# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.certificates import (
    certificate_problems,
    server_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "common.example.com")])
NOW = dt.datetime.now(dt.UTC)
NAMES = [
    x509.DNSName("mlflow.example.com"),
    x509.DNSName("*.wild.example.com"),
    x509.IPAddress(ip_address("10.0.0.5")),
    x509.IPAddress(ip_address("fd00::5")),
]


def pem(begins=-1, ends=1, names=NAMES):
    """Return the PEM of a certificate that is valid between two days from now."""
    key = Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW + dt.timedelta(begins)).not_valid_after(NOW + dt.timedelta(ends))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, None).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    "name", ["mlflow.example.com", "MLflow.Example.com", "a.wild.example.com", "10.0.0.5", "fd00::5", "[fd00:0::5]"]
)
def test_certificate_for_the_name_passes(name):
    assert certificate_problems(pem(), [name]) == []


@pytest.mark.parametrize(
    "name", ["common.example.com", "example.com", "wild.example.com", "a.b.wild.example.com", "10.0.0.6"]
)
def test_name_that_is_missing_is_told(name):
    (sentence,) = certificate_problems(pem(), [name, "mlflow.example.com"])
    has = "mlflow.example.com, *.wild.example.com, 10.0.0.5, fd00::5"
    assert (
        sentence
        == f"the certificate has only {has} in its subject alternative names, and not {name}; use one for all names"
    )


def test_common_name_alone_is_no_name():
    (sentence,) = certificate_problems(pem(names=[]), ["common.example.com"])
    assert sentence.startswith(
        "the certificate has no name at all in its subject alternative names, and not common.example.com"
    )


def test_dates_of_the_whole_chain_are_judged():
    expired, future = pem(-9, -2), pem(2, 9)
    assert certificate_problems(expired + future) == [
        f"the certificate expired on {NOW - dt.timedelta(2):%Y-%m-%d}; give a renewed one",
        (
            f"certificate 2 of the chain is not valid before {NOW + dt.timedelta(2):%Y-%m-%d %H:%M} UTC; give "
            "one that is, or correct the clock"
        ),
    ]


@pytest.mark.parametrize("text", ["", "no PEM", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", None])
def test_what_is_no_pem_is_left_to_others(text):
    assert certificate_problems(text, ["mlflow.example.com"]) == []


def test_sentence_names_the_variable():
    assert server_certificate({"good": pem(), "proxy_tls_certificate": pem(-9, -2)}) == [
        f"proxy_tls_certificate: the certificate expired on {NOW - dt.timedelta(2):%Y-%m-%d}; give a renewed one"
    ]
