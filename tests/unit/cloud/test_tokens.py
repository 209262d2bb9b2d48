# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tokens with chosen scopes.

What each operation needs, how the service refuses, and what docs/production.md tells users to choose.
"""

from __future__ import annotations

import re

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.account import scopes

from .environment import ROOT
from .test_network_endpoints import REQUEST

CLUSTER = {"name": "mlflow", "engine": "pg", "region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1}


def chosen():
    """Return the scopes of the table in docs/production.md, where "`a`, `b`: `read`, `update`" are four."""
    found = set()
    table = re.search(r"\| scope of the token \|.*?\n\n", (ROOT / "docs/production.md").read_text(), re.DOTALL)[0]
    for line in table.strip().splitlines()[2:]:
        names, _, verbs = line.split("|")[1].partition("`: `")
        whole, several = re.findall(r"`?([a-z_:]+)`?", names), re.findall(r"[a-z_]+", verbs)
        found |= {f"{name}:{verb}" for name in whole for verb in several} if several else set(whole)
    return found


@pytest.fixture
def token(ask):
    """Return a function that makes a token with these scopes, and gives back the header that uses it."""

    def call(*wanted):
        status, answer = ask("POST", "/sandbox/tokens", {"scopes": wanted})
        assert status == 201, answer
        return {"authorization": f"Bearer {answer['token']}"}

    return call


def test_scopes_of_operations_are_those_of_the_document(cloud, contract):
    if not contract:
        pytest.skip("there is no document")
    paths = {
        (method.upper(), re.sub("{.*?}", "{}", path)): each
        for path, item in contract.document["paths"].items()
        for method, each in item.items()
    }
    compared = 0
    for method, path in cloud.operations:
        documented = paths.get((method, re.sub("{.*?}", "{}", path)))
        if documented and "security" in documented:
            assert list(scopes.needed(method, path)) == documented["security"][0]["bearer_auth"], (method, path)
            compared += 1
    assert compared > 100


def test_token_with_chosen_scopes_may_these_and_nothing_else(cloud, ask, token):
    may = token("vpc:read", "vpc:create")
    assert ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1"}, **may)[0] == 201
    status, answer = ask("GET", "/v2/droplets", **may)
    assert (status, answer["id"], answer["message"]) == (
        403,
        "forbidden",
        "You are not authorized to perform this operation",
    )
    assert "the token lacks droplet:read, which GET /v2/droplets needs" in (cloud.state / "cloud.log").read_text()
    assert ask("GET", "/sandbox/faults", **may)[0] == 401
    assert ask("POST", "/sandbox/tokens", {"scopes": ["account:read"]}, **may)[0] == 401
    assert ask("GET", "/v2/vpcs", authorization="Bearer dop_v1_unknown")[0] == 401


def test_scope_that_does_not_exist_is_refused(ask):
    status, answer = ask("POST", "/sandbox/tokens", {"scopes": ["vpc:destroy"]})
    assert status == 422
    assert "vpc:destroy: there is no such scope; there are account:read" in answer["message"]


@pytest.mark.parametrize("lacking", ["droplet:create", "image:read", "ssh_key:read", "tag:create", "vpc:read"])
def test_what_a_droplet_names_needs_scopes_too(cloud, ask, public_key, lacking):
    vpc = ask("POST", "/v2/vpcs", {"name": "net", "region": "fra1"})[1]["vpc"]["id"]
    key = ask("POST", "/v2/account/keys", {"name": "me", "public_key": public_key})[1]["ssh_key"]["id"]
    body = {"name": "web", "tags": ["web"], "ssh_keys": [key], "vpc_uuid": vpc} | REQUEST
    cloud.settings.lacks = {lacking}
    assert ask("POST", "/v2/droplets", body)[0] == 403
    assert f"the token lacks {lacking}," in (cloud.state / "cloud.log").read_text()
    cloud.settings.lacks = set()
    assert ask("POST", "/v2/droplets", body)[0] == 202
    cloud.wait_until_idle()


def test_resources_of_tags_and_projects_need_their_own_scopes(cloud, ask, token):
    cluster = ask("POST", "/v2/databases", CLUSTER | {"tags": ["db"]})[1]["database"]["id"]
    cloud.wait_until_idle()
    resource = {"resources": [{"resource_type": "database", "resource_id": cluster}]}
    assert ask("POST", "/v2/tags/db/resources", resource, **token("tag:create"))[0] == 403
    assert ask("POST", "/v2/tags/db/resources", resource, **token("tag:create", "database:update"))[0] == 204
    urn = {"resources": [f"do:dbaas:{cluster}"]}
    assert ask("POST", "/v2/projects/default/resources", urn, **token("project:assign_resource"))[0] == 403
    assert ask("POST", "/v2/projects/default/resources", urn, **token("project:update", "database:read"))[0] == 200


def test_passwords_are_left_out_without_the_scope_for_them(cloud, ask, token):
    cluster = ask("POST", "/v2/databases", CLUSTER)[1]["database"]["id"]
    cloud.wait_until_idle()
    blind = ask("GET", f"/v2/databases/{cluster}", **token("database:read"))[1]["database"]
    seeing = ask("GET", f"/v2/databases/{cluster}", **token("database:read", "database:view_credentials"))[1][
        "database"
    ]
    password = seeing["connection"]["password"]
    assert password in seeing["connection"]["uri"]
    assert password not in str(blind)
    assert "password" not in blind["users"][0]


def test_scopes_that_readme_tells_to_choose_exist(ask):
    assert len(chosen()) > 30
    assert ask("POST", "/sandbox/tokens", {"scopes": sorted(chosen())})[0] == 201
