# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test within."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.test.within import within


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
