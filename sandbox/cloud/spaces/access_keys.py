# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The access keys of Spaces: each gives access to the buckets of its grants, or to all.

The secret is only in the answer to its creation.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import TYPE_CHECKING, Any

from ..core.problems import Problem, not_found
from ..core.routes import Call, route, shown
from ..core.store import Thing

if TYPE_CHECKING:
    from ..core.cloud import Cloud

KIND = "spaces_key"
FULL = "fullaccess"
PERMISSIONS = ("read", "readwrite", FULL, "")
AT_MOST = 200
LETTERS = string.ascii_uppercase + string.digits


@route("GET", "/v2/spaces/keys")
def keys(call: Call) -> dict[str, Any]:
    found = [key for key in call.cloud.store.all(KIND) if _matches(key, call.query)]
    by = call.query.get("sort") or "created_at"
    if by not in ("created_at", "name"):
        raise refused("sort must be created_at or name")
    newest_first = (call.query.get("sort_direction") or "desc") == "desc"
    return call.page("keys", sorted(found, key=lambda key: (key[by], key["_made"]), reverse=newest_first))


@route("POST", "/v2/spaces/keys", 201)
def add_key(call: Call) -> dict[str, Any]:
    if len(call.cloud.store.all(KIND)) >= AT_MOST:
        raise refused(f"you have reached the limit of {AT_MOST} keys")
    now = time.time()
    key = {
        "name": _name(call),
        "grants": _grants(call),
        "access_key": "DO00" + "".join(secrets.choice(LETTERS) for _ in range(16)),
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "_made": now,
    }
    secret = call.cloud.world.spaces.add_key(call.cloud, key)
    call.cloud.store.put(KIND, key["access_key"], key)
    if call.cloud.settings.delays.get("grants"):
        call.cloud.later("grants", apply_grants, key["access_key"])
    else:
        apply_grants(call.cloud, key["access_key"])
    return {"key": shown(key) | {"secret_key": secret}}


@route("GET", "/v2/spaces/keys/{access_key}")
def get_key(call: Call) -> dict[str, Any]:
    return {"key": shown(find(call))}


@route("PUT", "/v2/spaces/keys/{access_key}")
def replace_key(call: Call) -> dict[str, Any]:
    return _change(call, {"name": _name(call), "grants": _grants(call)})


@route("PATCH", "/v2/spaces/keys/{access_key}")
def change_key(call: Call) -> dict[str, Any]:
    given = call.given("name", "grants")
    return _change(call, given | ({"grants": _grants(call)} if "grants" in given else {}))


@route("DELETE", "/v2/spaces/keys/{access_key}", 204)
def delete_key(call: Call) -> None:
    key = find(call)
    call.cloud.world.spaces.remove_key(call.cloud, key)
    call.cloud.store.remove(KIND, key["access_key"])


def apply_grants(cloud: Cloud, access_key: str) -> None:
    """Apply the grants of a key."""
    if key := cloud.store.get(KIND, access_key):
        cloud.world.spaces.change_key(cloud, key)


def resume(cloud: Cloud) -> None:
    """Continue what the service had begun before it was killed."""
    cloud.world.spaces.resume(cloud)


def find(call: Call) -> Thing:
    """Return the key of the path."""
    if key := call.cloud.store.get(KIND, call.path["access_key"]):
        return key
    raise not_found("key not found")


def refused(why: str) -> Problem:
    """Return a refusal with the status that this part of the API uses."""
    return Problem(400, "bad_request", why)


def _change(call: Call, values: Thing) -> dict[str, Any]:
    key = find(call)
    if "grants" in values and _full(values["grants"]) != _full(key["grants"]):
        raise refused("cannot convert a fullaccess key to a scoped key or vice versa.")
    changed = call.cloud.store.put(KIND, key["access_key"], key | values)
    call.cloud.world.spaces.change_key(call.cloud, changed)
    return {"key": shown(changed)}


def _name(call: Call) -> str:
    if not call.body.get("name"):
        raise refused("name is required.")
    return str(call.body["name"])


def _grants(call: Call) -> list[dict[str, str]]:
    """Return the grants of a request; an empty list is allowed, and creates a key without access."""
    grants = [
        {"bucket": each.get("bucket") or "", "permission": each.get("permission") or ""}
        for each in call.body.get("grants") or []
    ]
    if len({grant["permission"] == FULL for grant in grants}) > 1:
        raise refused("cannot mix fullaccess permission with scoped permissions.")
    for grant in grants:
        if grant["permission"] not in PERMISSIONS:
            raise refused(f"invalid permission: {grant['permission']}")
        if grant["permission"] != FULL and not grant["bucket"]:
            raise refused("bucket is required for scoped permissions.")
        if grant["bucket"] and not _knows_bucket(call, grant["bucket"]):
            raise refused(f"bucket {grant['bucket']} does not exist")
        if grant["bucket"] and grant["permission"] and call.cloud.world.spaces.has_policy(call.cloud, grant["bucket"]):
            raise refused(
                f"bucket {grant['bucket']} has a bucket policy, which is not compatible with limited access keys."
            )
    return grants


def _knows_bucket(call: Call, name: str) -> bool:
    """Return whether a bucket exists, and has existed long enough to be known to this part of the cloud."""
    if not call.cloud.world.spaces.has_bucket(call.cloud, name):
        return False
    seen = call.cloud.store.get("bucket", name) or call.cloud.store.put("bucket", name, {"name": name})
    return not call.cloud.not_yet_visible(seen, "bucket")


def _full(grants: list[dict[str, str]]) -> bool:
    return any(grant["permission"] == FULL for grant in grants)


def _matches(key: Thing, query: dict[str, str]) -> bool:
    having = {
        "bucket": [grant["bucket"] for grant in key["grants"]],
        "permission": [grant["permission"] for grant in key["grants"]],
        "name": [key["name"]],
    }
    return all(query[name] in values for name, values in having.items() if query.get(name))
