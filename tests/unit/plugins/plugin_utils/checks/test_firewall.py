# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.firewall import firewall_client, firewall_rules


def rules(**changed):
    return {"firewall_allow": [{"port": 443, "from": "any", "comment": "front door"} | changed]}


@pytest.mark.parametrize("port", [1, 443, "65535", "6000:6010"])
@pytest.mark.parametrize("source", ["any", "10.0.0.0/8", ["10.0.0.0/8", "fd00::/64"], []])
def test_good_rules_pass(port, source):
    assert firewall_rules(rules(port=port, **{"from": source}), source) == []


@pytest.mark.parametrize("port", [0, 65536, "http", "080", "1:", ":1", "1:65536", "1-2", "443\n", -1, 4.5])
def test_what_is_not_a_port_is_refused(port):
    assert firewall_rules(rules(port=port), "any") == [
        (
            f"firewall_allow: {port} is not a port: "
            'use one from 1 to 65535 such as 443, or a range in quotes such as "6000:6010"'
        )
    ]


def test_each_kind_of_mistake_is_told_once():
    given = rules(port="a", comment="it's") | {"firewall_allow_dependent": [{"port": "b", "from": ["here", "there"]}]}
    assert firewall_rules(given, ["there", "any"]) == [
        (
            "firewall_allow, firewall_ssh_from: there, here is not a network: "
            "use CIDR notation such as 10.0.0.0/16, with no bits after the prefix, or any"
        ),
        (
            "firewall_allow: a, b is not a port: use one from 1 to 65535 such as 443, "
            'or a range in quotes such as "6000:6010"'
        ),
        "firewall_allow: the comment it's has a character that ufw may not keep; use letters and digits",
    ]


@pytest.mark.parametrize(
    ("sources", "client"),
    [
        ("any", "192.0.2.7"),
        (["10.0.0.0/8", "192.0.2.0/24"], "192.0.2.7"),
        (["10.0.0.0/8"], ""),
        ("fe80::/64", "fe80::1%eth0"),
    ],
)
def test_client_that_is_let_in_passes(sources, client):
    assert firewall_client({"firewall_ssh_from": sources}, client) == []


def test_client_that_would_be_locked_out_is_told():
    lockout = "from which this play connects, and would lock it out; add its network"
    nobody = "an empty list admits nobody; use any, or the networks that administrators connect from"
    assert firewall_client({"firewall_ssh_from": ["10.0.0.0/8"]}, "192.0.2.7") == [
        f"firewall_ssh_from: 10.0.0.0/8 does not include 192.0.2.7, {lockout}"
    ]
    assert firewall_client({"firewall_ssh_from": []}, "192.0.2.7") == [
        f"firewall_ssh_from: an empty list does not include 192.0.2.7, {lockout}",
        f"firewall_ssh_from: {nobody}",
    ]
    assert firewall_client({"firewall_ssh_from": []}, "") == [f"firewall_ssh_from: {nobody}"]
