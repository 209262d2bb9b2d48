# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.networks import (
    is_network,
    is_private,
    networks,
    private_network,
    within,
)


@pytest.mark.parametrize("text", ["10.42.0.0/16", "0.0.0.0/0", "192.0.2.7/32", "fd00::/64", "::/0", "2001:db8::1/128"])
def test_network_is_one(text):
    assert is_network(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "10.42.0.0/33",
        "10.42.0.1/16",
        "10.42.0.0",
        "10.42/16",
        "any",
        "",
        "/",
        "fd00::1/64",
        "fd00::/129",
        " 10.0.0.0/8",
        10,
        None,
        ["10.0.0.0/8"],
    ],
)
def test_anything_else_is_none(text):
    assert is_network(text) is False


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "10.10.0.0/20", "172.31.0.0/16", "192.168.1.0/24", "fd00:1::/64", "fc00::/7"]
)
def test_private_range_is_one(network):
    assert is_private(network) is True


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "0.0.0.0/1",
        "8.8.8.0/24",
        "172.0.0.0/8",
        "172.32.0.0/16",
        "10.0.0.0/7",
        "192.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::/1",
        "2001:db8::/32",
    ],
)
def test_public_and_larger_ranges_are_not_private(network):
    assert is_private(network) is False


@pytest.mark.parametrize("text", ["", "10.0.0.1", "10.0.0.1/8", "10.0.0.0/33", "vpc", None])
def test_what_is_not_a_network_is_not_private(text):
    assert is_private(text) is False


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("10.42.0.7", ["192.0.2.0/24", "10.42.0.0/16"]),
        ("10.42.0.7", ["10.42.0.7/32"]),
        ("10.42.0.7", ["not a network", "0.0.0.0/0"]),
        ("fe80::1%eth0", ["fe80::/64"]),
    ],
)
def test_address_in_one_of_the_networks_is_within(address, networks):
    assert within(address, networks) is True


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("10.43.0.7", ["10.42.0.0/16"]),
        ("10.42.0.7", []),
        ("10.42.0.7", ["::/0"]),
        ("::1", ["0.0.0.0/0"]),
        ("10.42.0.7", ["not a network"]),
    ],
)
def test_any_other_address_is_not(address, networks):
    assert within(address, networks) is False


def test_all_that_are_not_networks_are_found_in_every_variable():
    assert networks({"one": ["10.0.0.0/8", ["any", "10.0.0.1/8"]], "other": "vpc"}) == ["any", "10.0.0.1/8", "vpc"]


def test_empty_list_is_wrong_only_where_a_network_is_required():
    assert networks({"ssh_from": []}) == []
    assert networks({"ssh_from": []}, required=True) == ["an empty list"]


OUTSIDE = "has none of the addresses of mlflow-1 (10.45.0.11, fd00::11); give the range of its private network"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("10.45.0.0/24", []),
        ("fd00::/64", []),
        ("10.9.0.0/16", [OUTSIDE]),
        ("0.0.0.0/0", ["lets everybody in; give the range of the private network"]),
        ("10.0.0.0/33", ["is not a network; use CIDR notation such as 10.42.0.0/24, with no bits after the prefix"]),
        (
            "0.0.0.0/1",
            [
                (
                    "is not a private network, and the firewall would let in whoever is in it; use a range inside "
                    "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or fc00::/7"
                )
            ],
        ),
    ],
)
def test_range_of_the_host_is_private_and_has_its_address(text, sentences):
    found = private_network({"vpc_ip_range": text}, "mlflow-1", ["10.45.0.11", "fd00::11"])
    assert found == [f"vpc_ip_range: {text} {each}" for each in sentences]
