# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""VPCs: ranges that do not overlap, a default in each region, and members that stay for a while when deleted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from ... import regions
from ..account.catalog import known_region
from ..core.problems import forbidden, unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Store, Thing

KIND = "vpc"
NAME = re.compile(r"[a-zA-Z0-9.-]+")
PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
CHOSEN_OF = IPv4Network("10.104.0.0/13")  # the cloud chooses a range from here if none is given


@route("GET", "/v2/vpcs")
def vpcs(call: Call) -> dict[str, Any]:
    return call.page("vpcs", call.cloud.store.all(KIND))


@route("POST", "/v2/vpcs", 201)
def add_vpc(call: Call) -> dict[str, Any]:
    call.need("name", "region")
    return {
        "vpc": shown(
            make(
                call,
                call.body["name"],
                call.body["region"],
                call.body.get("ip_range"),
                call.body.get("description") or "",
            )
        )
    }


@route("GET", "/v2/vpcs/{vpc}")
def get_vpc(call: Call) -> dict[str, Any]:
    return {"vpc": shown(call.find(KIND))}


@route("PUT", "/v2/vpcs/{vpc}")
def replace_vpc(call: Call) -> dict[str, Any]:
    call.need("name")
    call.body = {"description": ""} | call.given("name", "description", "default")
    return change_vpc(call)


@route("PATCH", "/v2/vpcs/{vpc}")
def change_vpc(call: Call) -> dict[str, Any]:
    vpc, given = call.find(KIND), call.given("name", "description", "default")
    _check_texts(call.cloud.store, given, vpc["id"])
    if given.get("default") is False and vpc["default"]:
        raise unprocessable("default can only be set to true")
    if given.get("default"):
        for other in call.cloud.store.all(KIND, region=vpc["region"], default=True):
            call.cloud.store.change(KIND, other["id"], default=False)
    return {"vpc": shown(call.cloud.store.change(KIND, vpc["id"], **given))}


@route("DELETE", "/v2/vpcs/{vpc}", 204)
def delete_vpc(call: Call) -> None:
    vpc = call.find(KIND)
    if vpc["default"] or vpc["_first"]:
        raise forbidden("Can not delete default VPCs")
    if members(call.cloud.store, vpc["id"]):
        raise forbidden("Can not delete VPC with members")
    call.cloud.world.droplets.remove_vpc(vpc)
    call.cloud.store.remove(KIND, vpc["id"])


@route("GET", "/v2/vpcs/{vpc}/members")
def list_members(call: Call) -> dict[str, Any]:
    kind = call.query.get("resource_type") or ""
    found = [
        thing for thing in members(call.cloud.store, call.find(KIND)["id"]) if thing["urn"].startswith(f"do:{kind}")
    ]
    return call.page("members", found)


@route("GET", "/v2/vpcs/{vpc}/peerings")
def peerings(call: Call) -> dict[str, Any]:
    call.find(KIND)
    return call.page("peerings", [])


def make(call: Call, name: str, region: str, ip_range: str | None, description: str) -> Thing:
    """Create a VPC; the first of a region becomes its default."""
    store, slug = call.cloud.store, known_region(region)
    _check_texts(store, {"name": name, "description": description})
    identity, first = str(uuid.uuid4()), not store.all(KIND, region=slug)
    network = _own(ip_range, slug, store) if ip_range else next(free(store))
    vpc = {
        "id": identity,
        "urn": f"do:vpc:{identity}",
        "name": name,
        "description": description,
        "region": slug,
        "ip_range": str(network),
    }
    vpc |= {"default": first, "created_at": now(), "_first": first}
    call.cloud.world.droplets.make_vpc(vpc)
    return store.put(KIND, identity, vpc)


def default(call: Call, region: str) -> Thing:
    """Return the region's default VPC, created if there is none yet."""
    found = call.cloud.store.all(KIND, region=region, default=True)
    return found[0] if found else make(call, f"default-{region}", region, None, "")


def members(store: Store, identity: str) -> list[Thing]:
    """Return the members of a VPC; droplets and databases stay for a while after their deletion."""
    droplets = [("droplet", thing) for thing in store.all("droplet") if thing["vpc_uuid"] == identity]
    clusters = [("dbaas", thing) for thing in store.all("database") if thing.get("private_network_uuid") == identity]
    return [
        {"urn": f"do:{kind}:{thing['id']}", "name": thing["name"], "created_at": thing["created_at"]}
        for kind, thing in droplets + clusters
    ]


def free(store: Store) -> Iterator[IPv4Network]:
    """Yield free ranges of the size that the cloud chooses."""
    taken = [IPv4Network(vpc["ip_range"]) for vpc in store.all(KIND)]
    yield from (
        network for network in CHOSEN_OF.subnets(new_prefix=20) if not any(network.overlaps(other) for other in taken)
    )


def _own(ip_range: str, region: str, store: Store) -> IPv4Network:
    """Return the requested range, once it is validated."""
    try:
        network = IPv4Network(ip_range)
    except ValueError as error:
        raise unprocessable(f"The range {ip_range} is invalid: {error}") from error
    if not any(network.subnet_of(block) for block in PRIVATE) or not 16 <= network.prefixlen <= 28:
        raise unprocessable(f"The range {network} is invalid: it must be private and between /16 and /28")
    if any(network.overlaps(block) for block in regions.reserved(region)):
        raise unprocessable("This range/size overlaps with a range that is reserved for internal use")
    for vpc in store.all(KIND):
        if network.overlaps(IPv4Network(vpc["ip_range"])):
            raise unprocessable("This range/size overlaps with another VPC network in your account")
    return network


def _check_texts(store: Store, given: Thing, identity: str = "") -> None:
    """Refuse names that are invalid or taken, and descriptions that are too long."""
    name = given.get("name")
    if name and not NAME.fullmatch(name):
        raise unprocessable("Name may only contain alphanumeric characters, dashes and periods")
    if name and any(vpc["id"] != identity for vpc in store.all(KIND, name=name)):
        raise unprocessable("This name is already in use by another VPC in your account")
    if len(given.get("description") or "") > 255:
        raise unprocessable("Description must be at most 255 characters")
