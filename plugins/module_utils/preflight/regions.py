# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the API does not tell of its regions. A region that is missing here is one of which nothing is known."""

from __future__ import annotations

from ipaddress import IPv4Network

# docs.digitalocean.com/products/spaces/details/availability, 2026-03-23
WITH_SPACES = ("nyc3", "ams3", "sfo2", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1", "atl1")
WITHOUT_SPACES = ("nyc1", "nyc2", "ric1")

# docs.digitalocean.com/products/networking/vpc/concepts/plan-your-network, 2026-11: in every region, one more in each
RESERVED = [IPv4Network(block) for block in ("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16")]
RESERVED_IN = {
    "nyc1": "10.10.0.0/16",
    "nyc2": "10.13.0.0/16",
    "nyc3": "10.17.0.0/16",
    "ams3": "10.18.0.0/16",
    "sfo2": "10.46.0.0/16",
    "sfo3": "10.48.0.0/16",
    "sgp1": "10.15.0.0/16",
    "lon1": "10.16.0.0/16",
    "fra1": "10.19.0.0/16",
    "tor1": "10.20.0.0/16",
    "blr1": "10.47.0.0/16",
    "syd1": "10.49.0.0/16",
}


def reserved(region):
    """Return the ranges that no VPC of a region may overlap."""
    return [*RESERVED, *([IPv4Network(RESERVED_IN[region])] if region in RESERVED_IN else [])]
