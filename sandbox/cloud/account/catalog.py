# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is on offer: regions, sizes with their prices, images. The facts are in sizes.yml and images.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ...regions import FEATURES, REGIONS
from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route
from ..core.store import Thing

HOURS_A_MONTH = 672  # the most that the cloud charges for
MADE = "2026-01-15T00:00:00Z"

DATA = Path(__file__).parent
PLANS: dict[str, tuple[str, int, int, int, float, int]] = yaml.safe_load((DATA / "sizes.yml").read_text())
IMAGES: dict[str, tuple[int, str, str, str]] = yaml.safe_load((DATA / "images.yml").read_text())


@route("GET", "/v2/regions")
def regions(call: Call) -> dict[str, Any]:
    return call.page("regions", [region(slug) for slug in REGIONS])


@route("GET", "/v2/sizes")
def sizes(call: Call) -> dict[str, Any]:
    return call.page("sizes", [size(slug) for slug in PLANS])


@route("GET", "/v2/images")
def images(call: Call) -> dict[str, Any]:
    ours = call.query.get("private") == "true" or call.query.get("type") == "application"
    return call.page("images", [] if ours else [image(slug) for slug in IMAGES])


@route("GET", "/v2/images/{image}")
def get_image(call: Call) -> dict[str, Any]:
    if slug := image_slug(call.path["image"]):
        return {"image": image(slug)}
    raise not_found()


def region(slug: str) -> Thing:
    return {"name": REGIONS[slug]["name"], "slug": slug, "features": FEATURES, "available": True, "sizes": list(PLANS)}


def size(slug: str) -> Thing:
    kind, memory, vcpus, disk, transfer, monthly = PLANS[slug]
    return {
        "slug": slug,
        "memory": memory,
        "vcpus": vcpus,
        "disk": disk,
        "transfer": transfer,
        "price_monthly": float(monthly),
        "price_hourly": round(monthly / HOURS_A_MONTH, 5),
        "regions": list(REGIONS),
        "available": True,
        "description": kind,
        "disk_info": [{"type": "local", "size": {"amount": disk, "unit": "gib"}}],
    }


def image(slug: str) -> Thing:
    identity, distribution, name, debian = IMAGES[slug]
    facts = {
        "type": "base",
        "public": True,
        "regions": list(REGIONS),
        "created_at": MADE,
        "min_disk_size": 7,
        "size_gigabytes": 0.5,
    }
    rest = {
        "description": f"{distribution} {name}; in the sandbox Debian {debian}",
        "tags": [],
        "status": "available",
        "error_message": "",
    }
    return {"id": identity, "name": name, "distribution": distribution, "slug": slug} | facts | rest


def image_slug(wanted: object) -> str | None:
    """Return the slug of an image that is given by slug or id."""
    return next((slug for slug, (identity, *_) in IMAGES.items() if str(wanted) in (slug, str(identity))), None)


def known_region(wanted: object, *, prefix: bool = False) -> str:
    """Return the slug of a region.

    With `prefix`, it is the first region whose slug begins so, or any region if none is requested.
    """
    slug = str(wanted or "").lower()
    found = next((region for region in REGIONS if region == slug or (prefix and region.startswith(slug))), None)
    if not found:
        raise unprocessable(f"Region {wanted} is not available; there are {', '.join(REGIONS)}")
    return found
