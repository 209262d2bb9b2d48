# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses and networks as users write them."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def check_range(vpc, text):
    """Refuse a range that the cloud would refuse to a VPC, with one that it would take."""
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise Refused(
            f"{vpc}: ip_range {text} is not a range ({error}); use CIDR notation such as 10.20.0.0/20"
        ) from None
    if not fits_a_vpc(network):
        raise Refused(f"{vpc}: ip_range {text} must be private and between /16 and /28, such as 10.20.0.0/20")


def fits_a_vpc(network):
    """Return whether a network can be the range of a VPC, if nothing else has it."""
    return any(network.subnet_of(block) for block in PRIVATE) and 16 <= network.prefixlen <= 28


def in_one_spelling(text):
    """Return an address or a range in its one spelling."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise Refused(
            f"{text} is neither an address nor a range; use a value such as 10.20.0.0/20 or 2001:db8::/32"
        ) from None
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)
