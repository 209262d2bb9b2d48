# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which scopes of a token an operation of DigitalOcean's API needs, as its OpenAPI document had it in November 2026."""

from __future__ import annotations

import re

VERBS = {"GET": "read", "HEAD": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
# The first parts of a path, and what the scopes of all operations below it begin with; the first that fits counts.
RESOURCES = {
    "account/keys": "ssh_key",
    "databases": "database",
    "droplets": "droplet",
    "vpcs": "vpc",
    "tags": "tag",
    "projects": "project",
    "firewalls": "firewall",
    "images": "image",
    "spaces/keys": "spaces_key",
    "domains": "domain",
    "load_balancers": "load_balancer",
    "certificates": "certificate",
    "reserved_ips": "reserved_ip",
}
# Operations that are not called after their method.
EXCEPTIONS = {
    r"GET sizes": ("sizes:read", "regions:read"),
    r"POST spaces/keys": ("spaces_key:create_credentials",),
    r"POST projects/[^/]+/resources": ("project:assign_resource",),
    r"POST databases/[^/]+/users/[^/]+/reset_auth": ("database:update",),
    r"GET databases/metrics/credentials": ("database:update", "database:view_credentials"),
    r"POST droplets/([^/]+/)?actions": ("droplet:update",),
    r"GET droplets/[^/]+/firewalls": ("firewall:read",),
    r"(POST|DELETE) firewalls/[^/]+/(droplets|tags|rules)": ("firewall:update",),
}


def scopes_of(method, path):
    """Return the scopes, like V(droplet:create), that a request needs; its path is like V(/v2/droplets)."""
    path = path.strip("/").removeprefix("v2/")
    for pattern, scopes in EXCEPTIONS.items():
        if re.fullmatch(pattern, f"{method} {path}"):
            return scopes
    resource = next(
        (scope for start, scope in RESOURCES.items() if f"{path}/".startswith(f"{start}/")), path.split("/")[0]
    )
    return (f"{resource}:{VERBS[method]}",)
