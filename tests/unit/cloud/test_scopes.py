# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scopes that a refused request needs, as the sentence of the error names them."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.scopes import scopes_of

OURS = r"/v2/(account|actions|databases|droplets|firewalls|images|projects|regions|sizes|spaces|tags|vpcs)(/|$)"
OTHERS = r"schema-registry|topics|indexes|destroy_with_associated|peerings|logsink|autoscale/|kafka|opensearch"


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("POST", "/v2/droplets", ("droplet:create",)),
        ("POST", "/v2/droplets/1/actions", ("droplet:update",)),
        ("DELETE", "/v2/account/keys/1", ("ssh_key:delete",)),
        ("GET", "/v2/account", ("account:read",)),
        ("POST", "/v2/spaces/keys", ("spaces_key:create_credentials",)),
        ("GET", "/v2/spaces/keys", ("spaces_key:read",)),
        ("POST", "/v2/projects/1/resources", ("project:assign_resource",)),
        ("PUT", "/v2/databases/1/firewall", ("database:update",)),
    ],
)
def test_scope_of_an_operation_is_known(method, path, scopes):
    assert scopes_of(method, path) == scopes


def test_scopes_are_those_of_the_document(contract):
    if not contract:
        pytest.skip("the API's document is not here")
    operations = [
        (method.upper(), path, operation)
        for path, methods in contract.document["paths"].items()
        for method, operation in methods.items()
        if re.match(OURS, path) and not re.search(OTHERS, path) and isinstance(operation, dict)
    ]
    wrong = {
        f"{method} {path}": (scopes_of(method, path), documented)
        for method, path, operation in operations
        for documented in [
            tuple(scope for each in operation.get("security", []) for scope in each.get("bearer_auth", []))
        ]
        if documented and set(scopes_of(method, path)) != set(documented)
    }
    assert len(operations) > 100
    assert wrong == {}
