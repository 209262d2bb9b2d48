# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A subnet that this machine reaches already is not given to a network of the sandbox."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.mlops.mlflow.sandbox import network

ROUTES = """Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0
br-left 0000360A 00000000 0001 0 0 0 00FFFFFF 0 0 0
"""


@pytest.mark.skipif(
    sys.byteorder != "little", reason="the routes above are those of a machine whose lowest byte comes first"
)
@pytest.mark.parametrize(
    ("subnet", "interface"),
    [("10.54.0.0/24", "br-left"), ("10.54.0.128/25", "br-left"), ("10.48.0.0/12", "br-left"), ("10.55.0.0/24", "")],
)
def test_interface_that_has_addresses_of_a_subnet_is_named(tmp_path, subnet, interface):
    (tmp_path / "route").write_text(ROUTES)
    assert network.interface_to(subnet, tmp_path / "route") == interface
