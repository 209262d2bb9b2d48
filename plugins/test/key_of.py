# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a private key belongs to a certificate."""

from __future__ import annotations

DOCUMENTATION = r"""
name: key_of
short_description: Test whether a private key belongs to a certificate
version_added: 0.1.0
description:
  - True if a server can run with both. False if they do not belong together, if one is not in PEM format or if the key
    has a passphrase.
  - In a chain of certificates, the first one counts.
options:
  _input:
    description: The key in PEM.
    type: str
    required: true
  certificate:
    description: The certificate in PEM.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: proxy_tls_key is not mlops.mlflow.key_of(proxy_tls_certificate)
        msg: proxy_tls_key does not belong to proxy_tls_certificate
"""

RETURN = r"""
_value:
  description: Whether the key belongs to the certificate.
  type: bool
"""


def key_of(key, certificate):
    """Return whether both have the same public key."""
    # Not at the top: ansible-core brings the library, but ansible-test imports plugins without it
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return (
            load_pem_private_key(key.encode(), None).public_key()
            == load_pem_x509_certificate(certificate.encode()).public_key()
        )
    except (TypeError, ValueError):
        return False


class TestModule:
    """The test."""

    def tests(self):
        return {"key_of": key_of}
