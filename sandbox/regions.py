# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DigitalOcean's regions; the facts are in regions.yml."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import yaml

REGIONS: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).with_name("regions.yml")).read_text())
FEATURES = ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"]
# in every region
RESERVED = [IPv4Network(block) for block in ("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16")]


def reserved(slug: str) -> list[IPv4Network]:
    """Return the ranges that no VPC of a region may overlap."""
    own = REGIONS[slug].get("reserved")
    return [*RESERVED, *([IPv4Network(own)] if own else [])]


def with_spaces() -> list[str]:
    """Return the regions that have Spaces, which the API itself does not tell."""
    return [slug for slug, facts in REGIONS.items() if facts.get("spaces", True)]
