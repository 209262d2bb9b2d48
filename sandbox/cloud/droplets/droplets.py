# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Droplets: listed, created, shown, deleted. Later changes are in droplet_actions.py."""

from __future__ import annotations

import re
import time
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from ..account import account, ssh_keys, tags
from ..account.catalog import PLANS as SIZES
from ..account.catalog import image, image_slug, known_region, region, size
from ..core import addresses
from ..core.problems import Problem, unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Thing
from ..networking import vpcs
from . import backup_policies
from .actions import begin, end

if TYPE_CHECKING:
    from ..core.cloud import Cloud

KIND = "droplet"
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
AT_ONCE = 10
LONGEST_USER_DATA = 64 * 1024
NOTHING_ELSE = {"kernel": None, "backup_ids": [], "next_backup_window": None, "snapshot_ids": [], "volume_ids": []}


@route("GET", "/v2/droplets")
def droplets(call: Call) -> dict[str, Any]:
    name, tag, found = call.query.get("name"), call.query.get("tag_name"), call.cloud.store.existing(KIND)
    if name and tag:
        raise unprocessable("name and tag_name cannot be combined")
    if call.query.get("type") == "gpus":
        found = []
    if name:
        found = [droplet for droplet in found if droplet["name"].lower() == name.lower()]
    if tag:
        found = [droplet for droplet in found if tag.lower() in (each.lower() for each in droplet["tags"])]
    return call.page("droplets", found)


@route("POST", "/v2/droplets", 202)
def add_droplets(call: Call) -> dict[str, Any]:
    names = call.body.get("names") or [call.body.get("name")]
    if len(names) > AT_ONCE:
        raise unprocessable(f"names: at most {AT_ONCE} at once")
    account.refuse_droplets_beyond_the_limit(call.cloud.store, call.cloud.store.existing(KIND), len(names))
    requested = _requested(call)
    made = [_add(call, name, requested) for name in names]
    links = {
        "actions": [
            {"id": action["id"], "rel": "create", "href": f"{call.base_url}/v2/actions/{action['id']}"}
            for _, action in made
        ]
    }
    for droplet, action in made:
        call.cloud.later("droplet", finish, droplet["id"], action["id"])
    if call.body.get("names"):
        return {"droplets": [_just_made(droplet) for droplet, _ in made], "links": links}
    return {"droplet": _just_made(made[0][0]), "links": links}


@route("DELETE", "/v2/droplets", 204)
def delete_by_tag(call: Call) -> None:
    if not call.query.get("tag_name"):
        raise unprocessable("tag_name is required")
    for droplet in tags.tagged(call.cloud.store, call.query["tag_name"], KIND):
        delete(call.cloud, droplet)


@route("GET", "/v2/droplets/{droplet}")
def get_droplet(call: Call) -> dict[str, Any]:
    return {"droplet": shown(call.find(KIND))}


@route("DELETE", "/v2/droplets/{droplet}", 204)
def delete_droplet(call: Call) -> None:
    delete(call.cloud, call.find(KIND))


@route("GET", "/v2/droplets/{droplet}/neighbors")
def neighbors(call: Call) -> dict[str, Any]:
    call.find(KIND)
    return {"droplets": []}


@route("GET", "/v2/droplets/{droplet}/kernels")
@route("GET", "/v2/droplets/{droplet}/backups")
@route("GET", "/v2/droplets/{droplet}/snapshots")
def empty_list(call: Call) -> dict[str, Any]:
    call.find(KIND)
    return call.page(call.path_url.rpartition("/")[2], [])


@route("GET", "/v2/droplets/{droplet}/destroy_with_associated_resources")
def associated(call: Call) -> dict[str, Any]:
    call.find(KIND)
    return {kind: [] for kind in ("reserved_ips", "floating_ips", "snapshots", "volumes", "volume_snapshots")}


def delete(cloud: Cloud, droplet: Thing) -> None:
    """Delete a droplet: the API no longer shows it, but it stays in its VPC for a while."""
    cloud.store.change(KIND, droplet["id"], _gone=True, tags=[])
    for firewall in cloud.store.all("firewall"):
        cloud.store.change(
            "firewall", firewall["id"], droplet_ids=[each for each in firewall["droplet_ids"] if each != droplet["id"]]
        )
    cloud.later("deleting", forget, droplet["id"])


def finish(cloud: Cloud, identity: int, action: int) -> None:
    """Create the droplet of a record."""
    with cloud.store.lock:
        droplet = cloud.store.get(KIND, identity)
        if not droplet or droplet.get("_gone"):
            return
        networks = {"public": cloud.world.droplets.public} if droplet.get("_public", True) else {}
        networks["private"] = IPv4Network(cloud.store.get(vpcs.KIND, droplet["vpc_uuid"])["ip_range"])
        if not droplet["_addresses"]:
            droplet = cloud.store.change(
                KIND, identity, _addresses=[addresses.free(cloud.store, network) for network in networks.values()]
            )
    cloud.world.droplets.make(cloud, droplet)
    interfaces = zip(networks, droplet["_addresses"], networks.values(), strict=True)
    v6 = [ipv6(identity)] if "ipv6" in droplet["features"] else []
    with cloud.store.lock:
        if (droplet := cloud.store.get(KIND, identity)) and not droplet.get("_gone"):
            cloud.store.change(
                KIND,
                identity,
                status="active",
                locked=False,
                networks={"v4": [_interface(*interface) for interface in interfaces], "v6": v6},
            )
        end(cloud.store, action)
    cloud.world.droplets.refilter(cloud)
    cloud.world.clusters.refilter(cloud)


def forget(cloud: Cloud, identity: int) -> None:
    """Remove the machine of a deleted droplet, then its record."""
    if droplet := cloud.store.get(KIND, identity):
        cloud.world.droplets.remove(droplet)
        cloud.store.remove(KIND, identity)
        cloud.world.droplets.refilter(cloud)
        cloud.world.clusters.refilter(cloud)


def resume(cloud: Cloud) -> None:
    """Continue what the service had begun before it was killed."""
    for action in cloud.store.all("action", status="in-progress", type="create"):
        cloud.later("droplet", finish, action["resource_id"], action["id"])
    for droplet in cloud.store.all(KIND, _gone=True):
        cloud.later("deleting", forget, droplet["id"])
    cloud.world.droplets.resume(cloud)


def size_values(slug: str, *, disk: int | None = None) -> Thing:
    """Return the values of a droplet that follow from its size."""
    facts = size(slug)
    return {
        "size": facts,
        "size_slug": slug,
        "memory": facts["memory"],
        "vcpus": facts["vcpus"],
        "disk": disk or facts["disk"],
    }


def ipv6(identity: int) -> Thing:
    """Return a public IPv6 address, which the sandbox only pretends to have."""
    return {"ip_address": f"2001:db8::{identity & 0xFFFF:x}", "netmask": 64, "gateway": "2001:db8::1", "type": "public"}


def _requested(call: Call) -> Thing:
    """Return what all droplets of a request have in common, once it is validated."""
    call.need("size", "image")
    vpc = _vpc(call)
    if call.body["size"] not in SIZES:
        raise unprocessable("You specified an invalid size for Droplet creation.")
    if not (picture := image_slug(call.body["image"])):
        raise unprocessable("You specified an invalid image for Droplet creation.")
    if len(call.body.get("user_data") or "") > LONGEST_USER_DATA:
        raise unprocessable("user_data must be at most 64 KiB")
    agent = [] if call.body.get("with_droplet_agent") is False else ["droplet_agent"]
    features = [
        "private_networking",
        *agent,
        *(feature for feature in ("backups", "ipv6", "monitoring") if call.body.get(feature)),
    ]
    policy = backup_policies.requested(call.body.get("backup_policy"))
    common = {
        "region": region(vpc["region"]),
        "image": image(picture),
        "features": features,
        "vpc_uuid": vpc["id"],
    } | size_values(call.body["size"])
    common |= {
        "_backup_policy": policy,
        "_keys": _keys(call),
        "_public": call.body.get("public_networking") is not False,
    }
    return common | {
        "_user_data": call.body.get("user_data") or "",
        "tags": tags.ensure(call.cloud.store, call.body.get("tags") or []),
    }


def _add(call: Call, name: str | None, requested: Thing) -> tuple[Thing, Thing]:
    """Record a new droplet and the action that creates it."""
    if not name or not NAME.fullmatch(name):
        raise unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
    identity = 300000000 + call.cloud.store.number(KIND)
    droplet = {
        "id": identity,
        "name": name,
        "locked": True,
        "status": "new",
        "created_at": now(),
        "networks": {"v4": [], "v6": []},
    }
    droplet |= NOTHING_ELSE | requested | {"_made": time.time(), "_addresses": []}
    return call.cloud.store.put(KIND, identity, droplet), begin(call.cloud.store, droplet, "create")


def _vpc(call: Call) -> Thing:
    """Return the VPC of a new droplet, which also decides its region.

    It is the requested one, or the default of the first matching region.
    """
    wanted = call.body.get("region")
    if not call.body.get("vpc_uuid"):
        return vpcs.default(call, known_region(wanted, prefix=True))
    vpc = call.cloud.store.get(vpcs.KIND, call.body["vpc_uuid"])
    if not vpc:
        raise unprocessable("VPC does not exist")
    if not vpc["region"].startswith(str(wanted or "").lower()):
        raise unprocessable("VPC and Droplet must be in the same region")
    return vpc


def _keys(call: Call) -> list[str]:
    """Return the public keys for the given ids and fingerprints; the newest may not be visible here yet."""
    keys = [key for key in call.cloud.store.all(ssh_keys.KIND) if not call.cloud.not_yet_visible(key, "key")]
    known = {name: key["public_key"] for key in keys for name in (str(key["id"]), key["fingerprint"])}
    wanted = [str(key) for key in call.body.get("ssh_keys") or []]
    if unknown := [key for key in wanted if key not in known]:
        raise Problem(
            422, "unprocessable_entity", f"{', '.join(unknown)} are invalid key identifiers for Droplet creation."
        )
    return list(dict.fromkeys(known[key] for key in wanted))


def _just_made(droplet: Thing) -> Thing:
    """Return a droplet as the answer to its creation shows it: its VPC and features are only in later answers."""
    return {key: value for key, value in shown(droplet).items() if key != "vpc_uuid"} | {"features": []}


def _interface(kind: str, address: str, network: IPv4Network) -> Thing:
    return {"ip_address": address, "netmask": str(network.netmask), "gateway": str(network[1]), "type": kind}
