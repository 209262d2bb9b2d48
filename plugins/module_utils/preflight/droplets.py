# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the cloud has what droplets are made of: region, size, image."""

from __future__ import annotations

import base64

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import found, pages
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.findings import one_of
from ansible_collections.mlops.mlflow.plugins.module_utils.preflight.regions import WITH_SPACES, WITHOUT_SPACES

# The images that the roles know: distribution, version and release as Ansible's facts have them
SYSTEMS = {
    "debian-12": ("Debian", "12", "bookworm"),
    "debian-13": ("Debian", "13", "trixie"),
    "ubuntu-24-04": ("Ubuntu", "24.04", "noble"),
}
KINDS_OF_KEYS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
IMAGES = [f"{system}-x64" for system in SYSTEMS]


def check_spaces(given, findings):
    """Refuse a region without Spaces, unless the bucket is elsewhere."""
    region = given["region"]
    if region in WITHOUT_SPACES and given["bucket"] and not given["endpoint_url"]:
        findings.refuse(
            "region",
            f"{region} has no Spaces (as of March 2026); use {one_of(WITH_SPACES)}, or set "
            f"{findings.name('endpoint_url')} to the Spaces of another region, "
            "such as https://nyc3.digitaloceanspaces.com",
        )


def check_ssh_key(given, findings):
    """Refuse anything that is not a public key, without repeating it, as it may be a private key."""
    parts = given["ssh_public_key"].split()
    try:
        blob = base64.b64decode(parts[1], validate=True)
        kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode()
    except (IndexError, ValueError):
        kind = ""
    if kind not in KINDS_OF_KEYS or kind != parts[0]:
        findings.refuse(
            "ssh_public_key",
            "this is not a public SSH key; give the text of a .pub file, "
            "for instance by lookup('file', '~/.ssh/id_ed25519.pub')",
        )


def check_region(client, given, findings):
    """Refuse a region that does not exist or takes nothing new."""
    regions = {region["slug"]: region for region in pages(client.regions.list, "regions")}
    available = sorted(slug for slug, region in regions.items() if region["available"])
    if given["region"] not in regions:
        findings.refuse(
            "region", f"{given['region']} is not a region of DigitalOcean; use {one_of(available, given['region'])}"
        )
    elif given["region"] not in available:
        findings.refuse(
            "region", f"{given['region']} takes nothing new at present; use {one_of(available, given['region'])}"
        )
    return given["region"] in available


def check_size(client, given, findings):
    """Refuse a size that does not exist or that the region lacks; return the size."""
    sizes = {size["slug"]: size for size in pages(client.sizes.list, "sizes")}
    slug, region = given["droplet_size"], given["region"]
    here = [slug for slug, size in sizes.items() if size["available"] and region in size["regions"]] or list(sizes)
    if slug not in sizes:
        findings.refuse("droplet_size", f"{slug} is not a size of a droplet; use {one_of(here, slug)}")
    elif not sizes[slug]["available"]:
        findings.refuse("droplet_size", f"{slug} cannot be had at present; use {one_of(here, slug)}")
    elif slug not in here:
        findings.refuse(
            "droplet_size",
            f"{region} does not have {slug}; use {one_of(here, slug)}, or another {findings.name('region')}",
        )
    return sizes.get(slug)


def check_image(client, given, size, findings):
    """Refuse an image that the roles do not know, or that the cloud or the region does not have."""
    slug = given["droplet_image"]
    if slug not in IMAGES:
        findings.refuse("droplet_image", f"{slug} is not an image that the roles know; use {one_of(IMAGES)}")
        return
    image = found(client.images.get, "image", slug)
    if not image:
        findings.refuse(
            "droplet_image",
            f"{slug} is not offered by DigitalOcean (any more); use {one_of(each for each in IMAGES if each != slug)}",
        )
    elif given["region"] not in image["regions"]:
        findings.refuse(
            "droplet_image",
            f"{given['region']} does not have {slug}; use {one_of(each for each in IMAGES if each != slug)}",
        )
    elif size and image["min_disk_size"] > size["disk"]:
        findings.refuse(
            "droplet_size",
            f"{given['droplet_size']} has a disk of {size['disk']} GB, "
            f"and {slug} needs {image['min_disk_size']} GB; use a larger size",
        )


def check_any(client, given, missing, findings):
    """Judge what droplets that do not exist yet would be made of."""
    if not given["region"] or findings.allowed(check_region, client, given, findings) is False:
        return
    size = findings.allowed(check_size, client, given, findings) if given["droplet_size"] and missing else None
    if given["droplet_image"] and missing:
        findings.allowed(check_image, client, given, size, findings)
