# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH keys as the API knows them."""

from __future__ import annotations

import base64
import binascii
import hashlib

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused


def fingerprint(public_key):
    """Return the MD5 fingerprint by which the API finds a key."""
    try:
        digest = hashlib.md5(base64.b64decode(public_key.split()[1], validate=True), usedforsecurity=False).hexdigest()
    except (IndexError, binascii.Error):
        raise Refused(
            f"public_key: {public_key[:40]} is not an SSH public key; "
            "give it as in a .pub file, such as ssh-ed25519 AAAA..."
        ) from None
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))
