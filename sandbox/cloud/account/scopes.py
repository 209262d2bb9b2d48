# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Scopes of tokens: which ones each operation needs, named as in the API's document, and tokens with chosen scopes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..core.problems import Problem, forbidden, unprocessable
from ..core.routes import Call, Endpoint, route
from ..core.store import Store

KIND = "token"
VIEW_CREDENTIALS = "database:view_credentials"
VERBS = {"GET": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
RESOURCES = {  # the longest prefix of a path names the resource
    "/v2/account": "account",
    "/v2/account/keys": "ssh_key",
    "/v2/actions": "actions",
    "/v2/customers": "billing",
    "/v2/databases": "database",
    "/v2/domains": "domain",
    "/v2/droplets": "droplet",
    "/v2/firewalls": "firewall",
    "/v2/images": "image",
    "/v2/projects": "project",
    "/v2/regions": "regions",
    "/v2/sizes": "sizes",
    "/v2/snapshots": "image",
    "/v2/spaces/keys": "spaces_key",
    "/v2/tags": "tag",
    "/v2/vpcs": "vpc",
}
EXCEPTIONS = {
    ("GET", "/v2/sizes"): ("sizes:read", "regions:read"),
    ("GET", "/v2/databases/metrics/credentials"): ("database:update", VIEW_CREDENTIALS),
    ("POST", "/v2/databases/{cluster}/users/{user}/reset_auth"): ("database:update",),
    ("POST", "/v2/droplets/actions"): ("droplet:update",),
    ("POST", "/v2/droplets/{droplet}/actions"): ("droplet:update",),
    ("GET", "/v2/droplets/{droplet}/firewalls"): ("firewall:read",),
    ("POST", "/v2/projects/{project}/resources"): ("project:assign_resource",),
    ("POST", "/v2/spaces/keys"): ("spaces_key:create_credentials",),
    ("GET", "/v2/vpcs/{vpc}/peerings"): ("vpc_peering:read",),
    **{
        (method, f"/v2/firewalls/{{firewall}}/{part}"): ("firewall:update",)
        for method in ("POST", "DELETE")
        for part in ("droplets", "rules", "tags")
    },
}
OF_FIREWALLS = {"droplet_ids": ("droplet:read",), "tags": ("tag:create", "tag:read")}
FIELDS = {  # fields of a body that need a scope of their own
    ("POST", "/v2/droplets"): {
        "image": ("image:read",),
        "ssh_keys": ("ssh_key:read",),
        "tags": ("tag:create",),
        "vpc_uuid": ("vpc:read",),
    },
    ("POST", "/v2/databases"): {
        "private_network_uuid": ("vpc:read",),
        "tags": ("tag:create",),
        "project_id": ("project:assign_resource",),
    },
    ("POST", "/v2/firewalls"): OF_FIREWALLS,
    ("PUT", "/v2/firewalls/{firewall}"): OF_FIREWALLS,
}
OF_URNS = {
    "dbaas": "database",
    "space": "spaces_key",
    "floatingip": "reserved_ip",
    "loadbalancer": "load_balancer",
    "volume": "block_storage",
}
GRANTED_WITH = {"project:assign_resource": "project:update"}  # the second includes the first


@dataclass(frozen=True)
class Granted:
    """The scopes of a token: these only, or all but those that it lacks."""

    only: frozenset[str] | None = None
    lacks: frozenset[str] = frozenset()

    def __contains__(self, scope: str) -> bool:
        if self.only is None:
            return scope not in self.lacks
        return scope in self.only or GRANTED_WITH.get(scope) in self.only


def of(store: Store, own: str, lacks: set[str], authorization: str, path: str) -> Granted:
    """Return the scopes of a request's token.

    Only the account's own token may use the endpoints that the cloud does not have.
    """
    token = authorization.removeprefix("Bearer ")
    if token == own:
        return Granted(lacks=frozenset(lacks))
    known = store.get(KIND, token) if path.startswith("/v2/") else None
    if not known:
        raise Problem(401, "unauthorized", "Unable to authenticate you")
    return Granted(frozenset(known["scopes"]))


def needed(method: str, path: str) -> tuple[str, ...]:
    """Return the scopes that an operation needs; `path` is the path of its route."""
    if exception := EXCEPTIONS.get((method, path)):
        return exception
    resource = max((beginning for beginning in RESOURCES if path.startswith(beginning)), key=len)
    return (f"{RESOURCES[resource]}:{VERBS[method]}",)


def refuse(granted: Granted, endpoint: Endpoint, call: Call) -> None:
    """Refuse a request whose token lacks a scope. The cloud does not say which one; the log of the sandbox does."""
    if not endpoint.path.startswith("/v2/"):
        return
    wanted = [*needed(endpoint.method, endpoint.path), *_of_fields(endpoint.method, endpoint.path, call)]
    if missing := [scope for scope in wanted if scope not in granted]:
        raise Lacking(missing[0])


class Lacking(Problem):
    """The refusal of a request whose token lacks a scope."""

    def __init__(self, scope: str) -> None:
        refusal = forbidden("You are not authorized to perform this operation")
        super().__init__(refusal.status, refusal.identity, refusal.message)
        self.scope = scope


@route("GET", "/sandbox/tokens")
def tokens(call: Call) -> dict[str, Any]:
    return {"scopes": all_scopes(call.cloud.operations)}


@route("POST", "/sandbox/tokens", 201)
def add_token(call: Call) -> dict[str, Any]:
    """Create a token with chosen scopes, as a person does in the cloud's control panel."""
    wanted, there = call.body.get("scopes") or [], all_scopes(call.cloud.operations)
    if unknown := [scope for scope in wanted if scope not in there]:
        raise unprocessable(f"{', '.join(unknown)}: there is no such scope; there are {', '.join(there)}")
    token = f"dop_v1_{secrets.token_hex(32)}"
    call.cloud.store.put(KIND, token, {"scopes": wanted})
    return {"token": token}


def all_scopes(operations: list[tuple[str, str]]) -> list[str]:
    """Return all scopes that any of the operations needs."""
    fields = [scope for each in FIELDS.values() for scopes in each.values() for scope in scopes]
    return sorted(
        {
            *fields,
            VIEW_CREDENTIALS,
            *(scope for method, path in operations if path.startswith("/v2/") for scope in needed(method, path)),
        }
    )


def _of_fields(method: str, path: str, call: Call) -> Iterator[str]:
    """Yield the scopes that a request needs for the fields it contains."""
    for field, scopes in FIELDS.get((method, path), {}).items():
        yield from scopes if call.body.get(field) else ()
    if (method, path) == ("DELETE", "/v2/droplets") and call.query.get("tag_name"):
        yield "tag:read"
    if path == "/v2/tags/{tag}/resources":
        yield from (f"{each.get('resource_type')}:update" for each in call.body.get("resources") or [])
    if (method, path) == ("POST", "/v2/projects/{project}/resources"):
        kinds = [str(urn).split(":")[1] for urn in call.body.get("resources") or [] if str(urn).count(":") > 1]
        yield from (f"{OF_URNS.get(kind, kind)}:read" for kind in kinds)
