# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a text is a certificate."""

from __future__ import annotations

DOCUMENTATION = r"""
name: certificate
short_description: Test whether a text is one or more certificates in PEM
version_added: 0.1.0
description:
  - True for a certificate or a chain of them. False for a path, a key, or a text that was cut off.
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: mlflow_s3_ca is not mlops.mlflow.certificate
        msg: "mlflow_s3_ca: this is not a certificate in PEM format; give its text, for instance by lookup('file', 'ca.crt')"
"""

RETURN = r"""
_value:
  description: Whether the text is one or more certificates.
  type: bool
"""


def certificate(text):
    """Return whether this is at least one certificate and nothing that breaks the chain."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return len(load_pem_x509_certificates(text.encode())) == text.count("-----BEGIN CERTIFICATE-----")
    except (AttributeError, ValueError):
        return False


class TestModule:
    """The test."""

    def tests(self):
        return {"certificate": certificate}
