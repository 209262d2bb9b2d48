# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Domains and records, which our modules do not use yet."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.networking import domains

AT = "/v2/domains/example.com"


@pytest.fixture(autouse=True)
def domain(ask):
    assert ask("POST", "/v2/domains", {"name": "example.com", "ip_address": "192.0.2.1"})[0] == 201


@pytest.fixture
def add(ask):
    """Return a function that adds a record and returns it."""

    def call(**record):
        status, answer = ask("POST", f"{AT}/records", record)
        assert status == 201, answer
        return answer["domain_record"]

    return call


def test_domain_begins_with_its_servers_and_its_address(ask):
    found = ask("GET", f"{AT}/records")[1]["domain_records"]
    assert [(record["type"], record["name"]) for record in found] == [
        ("SOA", "@"),
        ("NS", "@"),
        ("NS", "@"),
        ("NS", "@"),
        ("A", "@"),
    ]
    zone = ask("GET", AT)[1]["domain"]["zone_file"]
    assert "example.com. 1800 IN A 192.0.2.1\n" in zone
    assert "example.com. 1800 IN NS ns1.digitalocean.com.\n" in zone
    assert [each["name"] for each in ask("GET", "/v2/domains")[1]["domains"]] == ["example.com"]
    assert ask("POST", "/v2/domains", {"name": "example.com"})[0] == 422


@pytest.mark.parametrize("name", ["www", "www.example.com", "www.example.com."])
def test_name_of_a_record_is_kept_relative_to_its_domain(ask, add, name):
    made = add(type="A", name=name, data="192.0.2.2", ttl=60)
    assert (made["name"], made["ttl"]) == ("www", 60)
    assert ask("GET", f"{AT}/records?name=www.example.com&type=A")[1]["domain_records"] == [made]
    assert ask("GET", f"{AT}/records?name=example.com&type=A")[1]["meta"]["total"] == 1


def test_records_are_changed_and_removed(cloud, ask, add):
    path = f"{AT}/records/{add(type='CNAME', name='www', data='other.example.org.')['id']}"
    assert ask("GET", path)[1]["domain_record"]["data"] == "other.example.org"
    assert ask("PATCH", path, {"ttl": 30})[1]["domain_record"]["ttl"] == 30
    assert ask("PUT", path, {"type": "CNAME", "data": "example.com."})[1]["domain_record"]["data"] == "@"
    assert ask("DELETE", path)[0] == 204
    assert ask("GET", path)[0] == 404
    assert ask("DELETE", AT)[0] == 204
    assert domains.records(cloud.store, "example.com") == []
    assert ask("GET", f"{AT}/records")[0] == 404


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"type": "A", "name": "www", "data": "here"}, "IPv4"),
        ({"type": "AAAA", "name": "www", "data": "192.0.2.1"}, "IPv6"),
        ({"type": "CNAME", "name": "www", "data": "other.example.org"}, "end with a dot"),
        ({"type": "HINFO", "name": "www", "data": "x"}, "Type is not valid"),
        ({"type": "TXT", "name": "www"}, "Data can't be blank"),
        ({"name": "www"}, "type is required"),
    ],
)
def test_record_that_cannot_be_is_refused(ask, record, words):
    status, answer = ask("POST", f"{AT}/records", record)
    assert status == 422
    assert words in answer["message"]


def test_domain_is_in_a_project(ask):
    urns = {"resources": ["do:domain:example.com", "do:domain:example.org"]}
    project = ask("POST", "/v2/projects", {"name": "ours", "purpose": "IoT"})[1]["project"]["id"]
    assert [each["status"] for each in ask("POST", f"/v2/projects/{project}/resources", urns)[1]["resources"]] == [
        "assigned",
        "not_found",
    ]
    assert [each["urn"] for each in ask("GET", f"/v2/projects/{project}/resources")[1]["resources"]] == [
        "do:domain:example.com"
    ]
