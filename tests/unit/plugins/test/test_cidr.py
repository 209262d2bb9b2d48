# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test cidr."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.test.cidr import cidr


@pytest.mark.parametrize("text", ["10.42.0.0/16", "0.0.0.0/0", "192.0.2.7/32", "fd00::/64", "::/0", "2001:db8::1/128"])
def test_network_is_one(text):
    assert cidr(text) is True


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
    assert cidr(text) is False
