# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What can be had: regions, sizes with their prices of November 2026, images."""

from __future__ import annotations

from typing import Any

from .problems import not_found, unprocessable
from .regions import FEATURES, REGIONS
from .routes import Call, route
from .store import Thing

HOURS_A_MONTH = 672  # what the cloud charges at most
MADE = "2026-01-15T00:00:00Z"

# slug: what it is, memory in MiB, CPUs, disk in GB, transfer in TB, dollars a month
PLANS: dict[str, tuple[str, int, int, int, float, int]] = {
    "s-1vcpu-512mb-10gb": ("Basic", 512, 1, 10, 0.5, 4),
    "s-1vcpu-1gb": ("Basic", 1024, 1, 25, 1.0, 6),
    "s-1vcpu-2gb": ("Basic", 2048, 1, 50, 2.0, 12),
    "s-2vcpu-2gb": ("Basic", 2048, 2, 60, 3.0, 18),
    "s-2vcpu-4gb": ("Basic", 4096, 2, 80, 4.0, 24),
    "s-4vcpu-8gb": ("Basic", 8192, 4, 160, 5.0, 48),
    "s-8vcpu-16gb": ("Basic", 16384, 8, 320, 6.0, 96),
    "s-1vcpu-1gb-amd": ("Basic AMD", 1024, 1, 25, 1.0, 7),
    "s-1vcpu-2gb-amd": ("Basic AMD", 2048, 1, 50, 2.0, 14),
    "s-2vcpu-2gb-amd": ("Basic AMD", 2048, 2, 60, 3.0, 21),
    "s-2vcpu-4gb-amd": ("Basic AMD", 4096, 2, 80, 4.0, 28),
    "s-4vcpu-8gb-amd": ("Basic AMD", 8192, 4, 160, 5.0, 56),
    "s-8vcpu-16gb-amd": ("Basic AMD", 16384, 8, 320, 6.0, 112),
    "s-1vcpu-1gb-intel": ("Basic Intel", 1024, 1, 25, 1.0, 7),
    "s-1vcpu-2gb-intel": ("Basic Intel", 2048, 1, 50, 2.0, 14),
    "s-2vcpu-2gb-intel": ("Basic Intel", 2048, 2, 60, 3.0, 21),
    "s-2vcpu-4gb-intel": ("Basic Intel", 4096, 2, 80, 4.0, 28),
    "s-4vcpu-8gb-intel": ("Basic Intel", 8192, 4, 160, 5.0, 56),
    "s-8vcpu-16gb-intel": ("Basic Intel", 16384, 8, 320, 6.0, 112),
    "c-2": ("CPU-Optimized", 4096, 2, 25, 4.0, 42),
    "c-4": ("CPU-Optimized", 8192, 4, 50, 5.0, 84),
    "c-8": ("CPU-Optimized", 16384, 8, 100, 6.0, 168),
    "g-2vcpu-8gb": ("General Purpose", 8192, 2, 25, 4.0, 63),
    "g-4vcpu-16gb": ("General Purpose", 16384, 4, 50, 5.0, 126),
    "g-8vcpu-32gb": ("General Purpose", 32768, 8, 100, 6.0, 252),
    "g-16vcpu-64gb": ("General Purpose", 65536, 16, 200, 7.0, 504),
    "m-2vcpu-16gb": ("Memory-Optimized", 16384, 2, 50, 4.0, 84),
    "m-4vcpu-32gb": ("Memory-Optimized", 32768, 4, 100, 6.0, 168),
    "m-8vcpu-64gb": ("Memory-Optimized", 65536, 8, 200, 7.0, 336),
    "m-16vcpu-128gb": ("Memory-Optimized", 131072, 16, 400, 8.0, 672),
}

# slug: id, distribution, name; and the Debian that stands for it in the sandbox
IMAGES: dict[str, tuple[int, str, str]] = {
    "debian-12-x64": (133100001, "Debian", "12 x64"),
    "debian-13-x64": (133100002, "Debian", "13 x64"),
    "ubuntu-24-04-x64": (133100003, "Ubuntu", "24.04 (LTS) x64"),
}


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
    identity, distribution, name = IMAGES[slug]
    facts = {"type": "base", "public": True, "regions": list(REGIONS), "created_at": MADE, "min_disk_size": 7, "size_gigabytes": 0.5}
    rest = {"description": f"{distribution} {name}", "tags": [], "status": "available", "error_message": ""}
    return {"id": identity, "name": name, "distribution": distribution, "slug": slug} | facts | rest


def image_slug(wanted: object) -> str | None:
    """Return the slug of an image that is named by slug or id."""
    return next((slug for slug, (identity, _, _) in IMAGES.items() if str(wanted) in (slug, str(identity))), None)


def known_region(wanted: object) -> str:
    """Return the slug of a region that the account can use."""
    slug = str(wanted).lower()
    if slug not in REGIONS:
        raise unprocessable(f"Region {wanted} is not available; there are {', '.join(REGIONS)}")
    return slug
