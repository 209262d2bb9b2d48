# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What PostgreSQL stores of a password, so that the password itself never goes to its host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: scram_sha_256
short_description: Turn a password into what PostgreSQL stores of it
version_added: 0.1.0
description:
  - Returns the SCRAM-SHA-256 verifier of a password, ready for the
    O(community.postgresql.postgresql_user#module:password) of a user.
  - The server, its log and its statistics never see the password, and a second run compares verifiers, so that even
    passwords that C(saslprep) does not know, such as those with emoji, cause no change.
author:
  - the authors (@mlops)
positional: salt
options:
  _input:
    description: The password.
    type: str
    required: true
  salt:
    description: What distinguishes this user from all others, for example host and name. It is not a secret, and must
      not be derived from the password.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Make the user
  community.postgresql.postgresql_user:
    name: ada
    password: "{{ password | mlops.mlflow.scram_sha_256(inventory_hostname ~ '/ada') }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The verifier, C(SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>).
  type: str
"""

import hashlib
import hmac
from base64 import b64encode

from ansible_collections.community.postgresql.plugins.module_utils.saslprep import saslprep

ITERATIONS = 4096


def normalized(password):
    """Return the password as libpq prepares it: what SASLprep prohibits is used as it is."""
    try:
        return saslprep(password) or password
    except ValueError:
        return password


def verifier(password, salt):
    """Return what PostgreSQL stores, in the form of RFC 5803."""
    salted = hashlib.pbkdf2_hmac("sha256", normalized(password).encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt, stored, server = (b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt}${stored}:{server}"


def scram_sha_256(password, salt):
    """Return the verifier with a salt of the usual length."""
    return verifier(password, hashlib.sha256(salt.encode()).digest()[:16])


class FilterModule:
    """The filter."""

    def filters(self):
        return {"scram_sha_256": scram_sha_256}
