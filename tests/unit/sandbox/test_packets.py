# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From cloud firewalls to rules.

Whether they hold is shown by tests/integration/cloud/test_droplets.py with real packets.
"""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.sandbox.cloud.core.store import Store
from ansible_collections.mlops.mlflow.sandbox.cloud.real import packets

WEB = {"id": 1, "tags": ["Web"], "_addresses": ["10.0.0.2", "10.1.0.2"]}
FRIEND = {"id": 2, "tags": ["friend"], "_addresses": ["10.0.0.3", "10.1.0.3"]}


@pytest.fixture
def rules():
    """Return a function that gives the rules of a droplet behind a firewall with these rules."""

    def call(*inbound, outbound=(), **bound):
        store = Store()
        for droplet in (WEB, FRIEND):
            store.put("droplet", droplet["id"], droplet)
        sides = {"inbound_rules": list(inbound), "outbound_rules": list(outbound)}
        store.put("firewall", "fence", {"id": "fence", "droplet_ids": [], "tags": ["web"]} | bound | sides)
        return [line for line in packets.rules(store, WEB).splitlines() if line.startswith("-A")]

    return call


def rule(protocol="tcp", ports="22", **sources):
    return {"protocol": protocol, "ports": ports, "sources": sources}


def test_droplet_without_a_firewall_receives_and_sends_all(rules):
    assert rules(rule(addresses=["0.0.0.0/0"]), tags=["other"]) == []


def test_what_no_rule_lets_through_is_dropped_on_both_sides(rules):
    assert [line for line in rules() if line.endswith("DROP")] == ["-A CLOUD-IN -j DROP", "-A CLOUD-OUT -j DROP"]


def test_answers_and_the_droplet_itself_are_always_let_through(rules):
    assert rules()[:2] == [
        "-A CLOUD-IN -i lo -j RETURN",
        "-A CLOUD-IN -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
    ]


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (rule(addresses=["10.9.0.0/16"]), "-s 10.9.0.0/16 -p tcp --dport 22"),
        (rule(ports="8000-8010", addresses=["10.9.0.1"]), "-s 10.9.0.1/32 -p tcp --dport 8000:8010"),
        (rule(protocol="udp", ports="0", addresses=["0.0.0.0/0", "::/0"]), "-s 0.0.0.0/0 -p udp"),
        (rule(protocol="icmp", ports="0", addresses=["0.0.0.0/0"]), "-s 0.0.0.0/0 -p icmp"),
    ],
)
def test_rule_is_one_line_for_each_address(rules, wanted, line):
    assert rules(wanted)[2:-3] == [f"-A CLOUD-IN {line} -j RETURN", "-A CLOUD-IN -j DROP"]


@pytest.mark.parametrize("sources", [{"tags": ["Friend"]}, {"droplet_ids": [2]}])
def test_droplets_as_sources_are_all_their_addresses(rules, sources):
    assert [line.split()[3] for line in rules(rule(**sources)) if " -s " in line] == ["10.0.0.3", "10.1.0.3"]


def test_destinations_are_for_what_is_sent(rules):
    outbound = {"protocol": "tcp", "ports": "443", "destinations": {"addresses": ["0.0.0.0/0"]}}
    assert "-A CLOUD-OUT -d 0.0.0.0/0 -p tcp --dport 443 -j RETURN" in rules(outbound=[outbound])
