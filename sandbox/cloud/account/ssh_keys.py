# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""SSH keys: found by id or fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from typing import Any

from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route, shown

KIND = "ssh_key"


def fingerprint(public_key: str) -> str:
    """Return the MD5 fingerprint of a public key, as the cloud shows it."""
    try:
        digest = hashlib.md5(base64.b64decode(public_key.split()[1], validate=True), usedforsecurity=False).hexdigest()
    except (IndexError, binascii.Error) as error:
        raise unprocessable("Key invalid, key should be of the format `ssh-rsa AAAA...`") from error
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))


@route("GET", "/v2/account/keys")
def keys(call: Call) -> dict[str, Any]:
    return call.page("ssh_keys", call.cloud.store.all(KIND))


@route("POST", "/v2/account/keys", 201)
def add_key(call: Call) -> dict[str, Any]:
    call.need("name", "public_key")
    print_ = fingerprint(call.body["public_key"])
    if call.cloud.store.all(KIND, fingerprint=print_):
        raise unprocessable("SSH Key is already in use on your account")
    identity = 500000 + call.cloud.store.number(KIND)
    key = {
        "id": identity,
        "fingerprint": print_,
        "public_key": call.body["public_key"].strip(),
        "name": call.body["name"],
        "_made": time.time(),
    }
    return {"ssh_key": shown(call.cloud.store.put(KIND, identity, key))}


@route("GET", "/v2/account/keys/{key}")
def get_key(call: Call) -> dict[str, Any]:
    return {"ssh_key": shown(find(call))}


@route("PUT", "/v2/account/keys/{key}")
def rename_key(call: Call) -> dict[str, Any]:
    key = find(call) | call.given("name")
    return {"ssh_key": shown(call.cloud.store.put(KIND, key["id"], key))}


@route("DELETE", "/v2/account/keys/{key}", 204)
def delete_key(call: Call) -> None:
    call.cloud.store.remove(KIND, find(call)["id"])


def find(call: Call) -> dict[str, Any]:
    """Return the key of the path."""
    wanted = call.path["key"]
    for key in call.cloud.store.all(KIND):
        if wanted in (str(key["id"]), key["fingerprint"]) and not call.cloud.not_yet_visible(key):
            return key
    raise not_found()
