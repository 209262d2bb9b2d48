# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the VPC can have its range."""

from __future__ import annotations

from ipaddress import IPv4Network

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import only, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.networks import fits_a_vpc
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.regions import reserved


def check_range(given, findings):
    """Refuse what no VPC can have."""
    try:
        network = IPv4Network(given["ip_range"])
    except ValueError:
        findings.refuse(
            "ip_range",
            f"{given['ip_range']} is not a network; "
            "use CIDR notation with no bits after the prefix, such as 10.110.0.0/20",
        )
        return
    if not fits_a_vpc(network):
        findings.refuse(
            "ip_range",
            f"{network} cannot be the range of a VPC; use a private network from /16 to /28, such as 10.110.0.0/20",
        )


def check(client, given, findings):
    """Judge the range against those of the cloud and of the account's other VPCs."""
    network = IPv4Network(given["ip_range"])
    vpcs = list(pages(client.vpcs.list, "vpcs"))
    own = only("vpc", given["name"], vpcs)
    others = [vpc for vpc in vpcs if vpc is not own]
    if own:
        check_own(own, network, given, findings)
        return
    taken = [*reserved(given["region"]), *(IPv4Network(vpc["ip_range"]) for vpc in others)]
    cure = f"use a range such as {free(network.prefixlen, taken)}"
    for block in reserved(given["region"]):
        if network.overlaps(block):
            findings.refuse(
                "ip_range",
                f"{network} overlaps {block}, which DigitalOcean keeps for itself in {given['region']}; {cure}",
            )
    for vpc in others:
        if network.overlaps(IPv4Network(vpc["ip_range"])):
            findings.refuse(
                "ip_range", f"{network} overlaps {vpc['ip_range']} of the VPC {vpc['name']} in the same account; {cure}"
            )


def check_own(vpc, network, given, findings):
    """Refuse to change what the cloud cannot change."""
    if IPv4Network(vpc["ip_range"]) != network:
        findings.refuse(
            "ip_range",
            f"{network} is not the range of the VPC {vpc['name']}, which has {vpc['ip_range']} for good; "
            f"set it to {vpc['ip_range']}",
        )
    if vpc["region"] != given["region"]:
        findings.refuse(
            "region",
            f"{given['region']} is not the region of the VPC {vpc['name']}, which is in {vpc['region']} for good; "
            f"set it to {vpc['region']}",
        )


def free(prefix, taken):
    """Return a range of that size that overlaps none of those."""
    size = min(max(prefix, 16), 28)
    first, end = int(IPv4Network("10.110.0.0/16")[0]), int(IPv4Network("10.250.0.0/16")[0])
    for base in range(first, end, 2 ** (32 - size)):
        network = IPv4Network((base, size))
        if not any(network.overlaps(block) for block in taken):
            return network
    return "of 172.16.0.0/12"
