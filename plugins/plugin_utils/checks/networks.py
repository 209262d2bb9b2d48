# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks and addresses."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import networks as of_vpcs

PRIVATE = [*of_vpcs.PRIVATE, ip_network("fc00::/7")]


def networks(given, required=False):
    """Find what is not a network in CIDR notation.

    Args:
        given (dict): Networks or lists of them, by the names of their variables.
        required (bool): Whether an empty list is wrong too.

    Returns:
        list[str]: What is not a network.

    """
    texts = flat(given.values())
    if required and not texts:
        return ["an empty list"]
    return [text for text in texts if not is_network(text)]


def private_network(given, host, addresses):
    """Refuse the range of a private network that is not one, or that has none of the addresses of a host.

    Args:
        given (dict): The range by the name of its variable.
        host (str): What the sentence calls the host.
        addresses (list): The addresses of the host.

    Returns:
        list[str]: A sentence for each mistake.

    """
    return [f"{name}: {text} {each}" for name, text in given.items() for each in range_problems(text, host, addresses)]


def range_problems(text, host, addresses):
    """Yield what is wrong with the range of a private network."""
    if not is_network(text):
        yield "is not a network; use CIDR notation such as 10.42.0.0/24, with no bits after the prefix"
    if re.search("/0$", text):
        yield "lets everybody in; give the range of the private network"
    elif is_network(text) and not is_private(text):
        yield (
            "is not a private network, and the firewall would let in whoever is in it; "
            "use a range inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or fc00::/7"
        )
    if is_private(text) and not any(within(address, [text]) for address in addresses):
        yield f"has none of the addresses of {host} ({', '.join(addresses)}); give the range of its private network"


def flat(values):
    """Return the texts in lists of lists, in their order."""
    return [text for each in values for text in ([each] if isinstance(each, str) else flat(each))]


def is_network(text):
    """Return whether this is a network with its prefix. An address in a network, such as 10.1.2.3/16, is not."""
    try:
        return "/" in text and bool(ip_network(text))
    except (TypeError, ValueError):
        return False


def is_private(text):
    """Return whether this is a network inside one of the private ranges (RFC 1918, RFC 4193)."""
    try:
        network = ip_network(text)
    except (TypeError, ValueError):
        return False
    return "/" in text and any(network.version == block.version and network.subnet_of(block) for block in PRIVATE)


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
