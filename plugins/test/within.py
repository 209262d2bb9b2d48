# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an address is in one of some networks."""

from __future__ import annotations

DOCUMENTATION = r"""
name: within
short_description: Test whether an address is in one of some networks
version_added: 0.1.0
description:
  - True if one of the networks contains the address. Entries that are not networks contain nothing.
options:
  _input:
    description: An IPv4 or IPv6 address.
    type: str
    required: true
  networks:
    description: Networks in CIDR notation.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: client is not mlops.mlflow.within(firewall_ssh_from)
        msg: "firewall_ssh_from would lock {{ client }} out; add its network"
"""

RETURN = r"""
_value:
  description: Whether one of the networks contains the address.
  type: bool
"""

from ipaddress import ip_address, ip_network


def within(address, networks):
    """Return whether one of these networks holds the address, whose zone does not matter."""
    address = ip_address(address.partition("%")[0])
    for network in networks:
        try:
            if address in ip_network(network, strict=False):
                return True
        except ValueError:
            continue
    return False


class TestModule:
    """The test."""

    def tests(self):
        return {"within": within}
