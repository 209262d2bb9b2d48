# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check front_door, with a certificate for mlflow.example.com that openssl makes."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.front_door import front_door

OWN = ["mlflow-1", "localhost", "10.45.0.11"]
PLAIN = {
    "mlflow_tracking_uri": "http://10.45.0.11",
    "mlflow_cors_allowed_origins": [],
    "proxy_port": 80,
    "proxy_tls_port": 443,
    "proxy_tls_certificate": "",
    "proxy_server_names": [*OWN, "MLflow.example.com"],
}
NEEDS = (
    "needs a certificate; give proxy_tls_certificate and proxy_tls_key, write http://, "
    "or add the address to mlflow_cors_allowed_origins if a load balancer has the certificate"
)
BETWEEN = "give both the same port, or add the address to mlflow_cors_allowed_origins if a load balancer is in between"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Return the variables of a front door with TLS."""
    path = tmp_path_factory.mktemp("tls") / "crt"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ed25519", "-subj", "/CN=x", "-keyout", "/dev/null"]
    command += ["-addext", "subjectAltName=DNS:mlflow.example.com", "-out", path]
    subprocess.run(command, check=True, capture_output=True)
    return PLAIN | {"mlflow_tracking_uri": "https://mlflow.example.com", "proxy_tls_certificate": path.read_text()}


def judge(variables, uri=None, **changed):
    return front_door(variables | changed | ({"mlflow_tracking_uri": uri} if uri else {}), OWN)


@pytest.mark.parametrize("uri", ["http://10.45.0.11", "http://10.45.0.11:80/", "http://mlflow.example.com/path"])
def test_address_of_the_front_door_passes(uri):
    assert judge(PLAIN, uri) == []


@pytest.mark.parametrize("uri", ["https://mlflow.example.com", "https://MLFLOW.example.com:443"])
def test_address_with_its_certificate_passes(tls, uri):
    assert judge(tls, uri) == []


def test_scheme_must_be_that_of_the_front_door(tls):
    assert judge(PLAIN, "https://10.45.0.11") == [f"mlflow_tracking_uri: https://10.45.0.11 {NEEDS}"]
    assert judge(tls, "http://mlflow.example.com") == [
        (
            "mlflow_tracking_uri: http://mlflow.example.com is not HTTPS, and proxy_tls_certificate is given; "
            "write https://, or leave out the certificate"
        )
    ]


def test_port_must_be_that_of_the_front_door(tls):
    assert judge(PLAIN, proxy_port="8080") == [
        f"mlflow_tracking_uri: http://10.45.0.11 is port 80, and proxy_port is 8080; {BETWEEN}"
    ]
    assert judge(tls, "https://mlflow.example.com:8443") == [
        f"mlflow_tracking_uri: https://mlflow.example.com:8443 is port 8443, and proxy_tls_port is 443; {BETWEEN}"
    ]


def test_another_door_before_it_may_differ():
    origin = "https://mlflow.example.com:8443"
    assert judge(PLAIN, f"{origin}/path", mlflow_cors_allowed_origins=[origin]) == []


def test_host_must_be_a_name_of_the_front_door():
    uri, address = "http://models.example.com", "http://10.45.0.12"
    names = ", ".join(PLAIN["proxy_server_names"])
    lacks = f"proxy_server_names: {names} lacks {{}}, the host of mlflow_tracking_uri; {{}}"
    add = "add it, as the front door refuses any other name"
    assert judge(PLAIN, uri) == [lacks.format("models.example.com", add)]
    assert judge(PLAIN, address) == [lacks.format("10.45.0.12", add)]
    assert front_door(PLAIN | {"mlflow_tracking_uri": address}, OWN, planned=True) == []
    assert front_door(PLAIN | {"mlflow_tracking_uri": uri}, OWN, planned=True) == [
        lacks.format("models.example.com", add)
    ]


def test_certificate_must_be_for_the_names_that_clients_use(tls):
    assert judge(tls, proxy_server_names=["mlflow-1", "mlflow.example.com", "Models.example.com"]) == [
        (
            "proxy_tls_certificate: the certificate has only mlflow.example.com in its subject alternative names, "
            "and not models.example.com; use one for all names"
        )
    ]
