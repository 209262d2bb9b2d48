# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.test.private_network import private_network


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "10.10.0.0/20", "172.31.0.0/16", "192.168.1.0/24", "fd00:1::/64", "fc00::/7"]
)
def test_private_ranges(network):
    assert private_network(network) is True


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
def test_public_and_larger_ranges(network):
    assert private_network(network) is False


@pytest.mark.parametrize("text", ["", "10.0.0.1", "10.0.0.1/8", "10.0.0.0/33", "vpc", None])
def test_what_is_not_a_network(text):
    assert private_network(text) is False
