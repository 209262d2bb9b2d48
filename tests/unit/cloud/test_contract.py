# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the service finds with the API's document, so that the other tests can trust it to."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.account import account
from ansible_collections.mlops.mlflow.sandbox.cloud.core.problems import Problem
from starlette.requests import Request

OURS = {"User-Agent": "mlops.mlflow azsdk-python"}
CLUSTER = "/v2/databases/9cc10173-e9ea-4176-9dbc-a4cee4c4ff30"


@pytest.fixture(autouse=True)
def document(contract):
    if not contract:
        pytest.skip("there is no document")


@pytest.fixture
def violation(cloud, ask):
    """Return a function that sends a request of ours which is wrong, and gives back what the service says of it."""

    def send(method, path, body=None):
        status, answer = ask(method, path, body, **OURS)
        assert status == 599
        assert answer["id"] == "contract_violation"
        assert cloud.violations == [answer["message"]]
        assert answer["message"] in (cloud.state / "cloud.log").read_text()
        cloud.violations.clear()
        return answer["message"]

    return send


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/v2/account/keys", {"name": "a"}, "'public_key' is a required property"),
        ("POST", "/v2/vpcs", {"name": "a", "region": "fra1", "ip_rage": "10.0.0.0/20"}, "does not know: /ip_rage"),
        (
            "POST",
            "/v2/firewalls",
            {"name": "web", "inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": {"adresses": []}}]},
            "/sources/adresses",
        ),
        (
            "POST",
            "/v2/firewalls",
            {"name": "web", "inbound_rules": [{"protocol": "sctp", "ports": "22", "sources": {}}]},
            "/inbound_rules/0/protocol: 'sctp'",
        ),
        (
            "POST",
            "/v2/spaces/keys",
            {"name": "a", "access_key": "chosen"},
            "/access_key: Tried to write read-only property",
        ),
        ("GET", "/v2/tags?limit=3", None, "does not know: ?limit"),
        ("GET", "/v2/tags?per_page=900", None, "900 is greater than the maximum of 200"),
    ],
)
def test_request_of_ours_that_is_wrong_is_refused_with_a_pointer(violation, method, path, body, words):
    assert words in violation(method, path, body)


def test_request_of_somebody_else_is_not_judged(ask):
    assert ask("POST", "/v2/tags", {"name": "a", "colour": "red"})[0] == 201


def test_answer_that_is_wrong_is_refused_whoever_asked(cloud, ask, monkeypatch):
    monkeypatch.setitem(account.ACCOUNT, "status", "asleep")
    assert ask("GET", "/v2/account")[0] == 599
    assert "the answer 200 of the sandbox to GET /v2/account" in cloud.violations.pop()


@pytest.fixture
def set_config(contract):
    """Return a function that holds a change of PostgreSQL's settings against the document."""
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in {**OURS, "authorization": "Bearer x", "content-type": "application/json"}.items()
    ]
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": f"{CLUSTER}/config",
        "headers": headers,
        "query_string": b"",
        "server": ("localhost", 443),
        "scheme": "https",
    }
    return lambda **config: contract.check_request(Request(scope), json.dumps({"config": config}).encode())


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ({"work_mem": 4096}, "/config/work_mem: 4096 is greater than the maximum of 1024"),
        ({"work_memory": 4}, "does not know: /config/work_memory"),
        ({"pgbouncer": {"pool": 4}}, "does not know: /config/pgbouncer/pool"),
    ],
)
def test_settings_of_postgresql_are_judged_as_such(set_config, config, wrong):
    with pytest.raises(Problem, match=wrong):
        set_config(**config)


def test_settings_of_postgresql_that_are_right_pass(set_config):
    set_config(work_mem=32, shared_buffers_percentage=30.5)
