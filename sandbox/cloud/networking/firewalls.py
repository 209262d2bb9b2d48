# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud firewalls: their rules, and the droplets that they apply to. The packets are filtered in ../real/packets.py."""

from __future__ import annotations

import re
import uuid
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from ..core.problems import conflict, not_found, unprocessable
from ..core.routes import Call, now, route, shown
from ..core.store import Store, Thing

if TYPE_CHECKING:
    from ..core.cloud import Cloud

KIND = "firewall"
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9.-]*")
SIDES = {"inbound_rules": "sources", "outbound_rules": "destinations"}
PEERS = ("addresses", "droplet_ids", "load_balancer_uids", "kubernetes_ids", "tags")
ALL_PORTS = ("", "0", "all", "0-65535")  # returned as "0"
PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@route("GET", "/v2/firewalls")
def firewalls(call: Call) -> dict[str, Any]:
    return call.page("firewalls", call.cloud.store.all(KIND))


@route("POST", "/v2/firewalls", 202)
def add_firewall(call: Call) -> dict[str, Any]:
    identity = str(uuid.uuid4())
    return {"firewall": _keep(call, {"id": identity, "created_at": now()} | _requested(call, identity))}


@route("GET", "/v2/firewalls/{firewall}")
def get_firewall(call: Call) -> dict[str, Any]:
    return {"firewall": shown(find(call))}


@route("PUT", "/v2/firewalls/{firewall}")
def replace_firewall(call: Call) -> dict[str, Any]:
    """Replace everything: what the body lacks is empty afterwards."""
    firewall = find(call)
    return {"firewall": _keep(call, firewall | _requested(call, firewall["id"]))}


@route("DELETE", "/v2/firewalls/{firewall}", 204)
def delete_firewall(call: Call) -> None:
    call.cloud.store.remove(KIND, find(call)["id"])
    call.cloud.later("firewall", lambda cloud: cloud.world.droplets.refilter(cloud))


@route("POST", "/v2/firewalls/{firewall}/droplets", 204)
def add_droplets(call: Call) -> None:
    firewall = find(call)
    _keep(call, firewall | {"droplet_ids": list(dict.fromkeys(firewall["droplet_ids"] + _droplet_ids(call)))})


@route("DELETE", "/v2/firewalls/{firewall}/droplets", 204)
def remove_droplets(call: Call) -> None:
    firewall, gone = find(call), [int(each) for each in call.body.get("droplet_ids") or []]
    _keep(call, firewall | {"droplet_ids": [each for each in firewall["droplet_ids"] if each not in gone]})


@route("POST", "/v2/firewalls/{firewall}/tags", 204)
def add_tags(call: Call) -> None:
    firewall = find(call)
    _keep(
        call,
        firewall | {"tags": list(dict.fromkeys(firewall["tags"] + _tags(call.cloud.store, call.body.get("tags"))))},
    )


@route("DELETE", "/v2/firewalls/{firewall}/tags", 204)
def remove_tags(call: Call) -> None:
    firewall = find(call)
    _keep(call, firewall | {"tags": _without(firewall["tags"], call.body.get("tags") or [])})


@route("POST", "/v2/firewalls/{firewall}/rules", 204)
def add_rules(call: Call) -> None:
    firewall, new = find(call), _rules(call)
    _keep(
        call,
        firewall
        | {side: firewall[side] + [rule for rule in new[side] if rule not in firewall[side]] for side in SIDES},
    )


@route("DELETE", "/v2/firewalls/{firewall}/rules", 204)
def remove_rules(call: Call) -> None:
    firewall, gone = find(call), _rules(call)
    _keep(call, firewall | {side: [rule for rule in firewall[side] if rule not in gone[side]] for side in SIDES})


@route("GET", "/v2/droplets/{droplet}/firewalls")
def firewalls_of(call: Call) -> dict[str, Any]:
    return call.page("firewalls", of(call.cloud.store, call.find("droplet")))


def of(store: Store, droplet: Thing) -> list[Thing]:
    """Return the firewalls of a droplet, by its id or its tags."""
    tags = {tag.lower() for tag in droplet["tags"]}
    return [
        each
        for each in store.all(KIND)
        if droplet["id"] in each["droplet_ids"] or tags & {tag.lower() for tag in each["tags"]}
    ]


def droplets_of(store: Store, firewall: Thing) -> list[Thing]:
    """Return the droplets of a firewall."""
    return [
        droplet
        for droplet in store.existing("droplet")
        if firewall["id"] in (each["id"] for each in of(store, droplet))
    ]


def apply(cloud: Cloud, identity: str) -> None:
    """Apply the current firewalls to the droplets."""
    cloud.world.droplets.refilter(cloud)
    cloud.store.change(KIND, identity, status="succeeded", pending_changes=[])


def resume(cloud: Cloud) -> None:
    """Continue what the service had begun before it was killed."""
    for firewall in cloud.store.all(KIND, status="waiting"):
        cloud.later("firewall", apply, firewall["id"])


def find(call: Call) -> Thing:
    """Return the firewall of the path."""
    if firewall := call.cloud.store.get(KIND, call.path["firewall"]):
        return firewall
    raise not_found()


def _keep(call: Call, firewall: Thing) -> Thing:
    """Save a firewall, and apply it to its droplets a little later."""
    if not firewall["inbound_rules"] and not firewall["outbound_rules"]:
        raise unprocessable("at least one inbound or outbound rule is required")
    call.cloud.store.put(KIND, firewall["id"], firewall)
    waits = [
        {"droplet_id": droplet["id"], "removing": False, "status": "waiting"}
        for droplet in droplets_of(call.cloud.store, firewall)
    ]
    kept = call.cloud.store.change(KIND, firewall["id"], status="waiting", pending_changes=waits)
    call.cloud.later("firewall", apply, firewall["id"])
    return shown(kept)


def _requested(call: Call, identity: str) -> Thing:
    """Return the firewall that a body asks for as the API shows it, once it is validated; `identity` is its id."""
    call.need("name")
    if not NAME.fullmatch(call.body["name"]):
        raise unprocessable(
            "name must begin with a letter or number and contain only letters, numbers, dots and dashes"
        )
    if any(other["id"] != identity for other in call.cloud.store.all(KIND, name=call.body["name"])):
        raise conflict("duplicate name")
    return {
        "name": call.body["name"],
        "droplet_ids": _droplet_ids(call),
        "tags": _tags(call.cloud.store, call.body.get("tags")),
    } | _rules(call)


def _droplet_ids(call: Call) -> list[int]:
    known = {droplet["id"] for droplet in call.cloud.store.existing("droplet")}
    wanted = [int(each) for each in call.body.get("droplet_ids") or []]
    if unknown := [each for each in wanted if each not in known]:
        raise unprocessable(f"droplet_ids: {unknown[0]} does not exist")
    return wanted


def _tags(store: Store, names: list[str] | None) -> list[str]:
    """Return tags in the spelling of the account; firewalls do not create missing ones."""
    known = {name: store.get("tag", name.lower()) for name in names or []}
    if unknown := [name for name, tag in known.items() if not tag]:
        raise unprocessable(f"tags: {unknown[0]} does not exist")
    return list(dict.fromkeys(tag["name"] for tag in known.values() if tag))


def _rules(call: Call) -> dict[str, list[Thing]]:
    return {
        side: [_rule(call.cloud.store, rule, peers) for rule in call.body.get(side) or []]
        for side, peers in SIDES.items()
    }


def _rule(store: Store, rule: Thing, peers: str) -> Thing:
    """Return a rule as the API shows it."""
    protocol = rule.get("protocol")
    if protocol not in ("tcp", "udp", "icmp"):
        raise unprocessable(f"protocol {protocol} is invalid: tcp, udp or icmp")
    given = {peer: value for peer, value in (rule.get(peers) or {}).items() if peer in PEERS and value}
    if not given:
        raise unprocessable(f"{peers} is required")
    for address in given.get("addresses", []):
        _check_address(address)
    if "tags" in given:
        given["tags"] = _tags(store, given["tags"])
    return {"protocol": protocol, "ports": _ports(rule.get("ports")), peers: given}


def _ports(ports: str | None) -> str:
    if str(ports or "") in ALL_PORTS:
        return "0"
    match = PORTS.fullmatch(str(ports))
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise unprocessable(f"ports {ports} is invalid")
    return str(first) if first == last else f"{first}-{last}"


def _check_address(address: str) -> None:
    try:
        ip_network(address, strict=False)
    except ValueError as error:
        raise unprocessable(f"address {address} is invalid") from error


def _without(tags: list[str], gone: list[str]) -> list[str]:
    lower = [tag.lower() for tag in gone]
    return [tag for tag in tags if tag.lower() not in lower]
