# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a text is a network in CIDR notation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cidr
short_description: Test whether a text is a network in CIDR notation
version_added: 0.1.0
description:
  - True for an IPv4 or IPv6 network with its prefix, as firewalls and C(pg_hba.conf) write it.
  - False for an address inside a network, such as C(10.1.2.3/16), which usually is a typing error.
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: vpc_ip_range is not mlops.mlflow.cidr
        msg: "vpc_ip_range: {{ vpc_ip_range }} is not a network; use CIDR notation such as 10.1.0.0/16"
"""

RETURN = r"""
_value:
  description: Whether the text is a network.
  type: bool
"""

from ipaddress import ip_network


def cidr(text):
    """Return whether this is a network with its prefix."""
    try:
        return "/" in text and bool(ip_network(text))
    except (TypeError, ValueError):
        return False


class TestModule:
    """The test."""

    def tests(self):
        return {"cidr": cidr}
