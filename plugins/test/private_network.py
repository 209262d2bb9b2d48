# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a network is private."""

from __future__ import annotations

DOCUMENTATION = r"""
name: private_network
short_description: Test whether a network is within the private address ranges
version_added: 0.1.0
description:
  - True for a network inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) or fc00::/7 (unique local, RFC 4193).
  - False for a public or larger network, and for what is not a network in CIDR notation.
options:
  _input:
    description: The network.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: vpc_ip_range is not mlops.mlflow.private_network
        msg: "vpc_ip_range: {{ vpc_ip_range }} is not a private network"
"""

RETURN = r"""
_value:
  description: Whether the network is private.
  type: bool
"""

from ipaddress import ip_network

PRIVATE = [ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


def private_network(text):
    """Return whether this is a network inside one of the private ranges."""
    try:
        network = ip_network(text)
    except (TypeError, ValueError):
        return False
    return "/" in text and any(network.version == block.version and network.subnet_of(block) for block in PRIVATE)


class TestModule:
    """The test."""

    def tests(self):
        return {"private_network": private_network}
