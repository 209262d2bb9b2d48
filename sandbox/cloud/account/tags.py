# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags. Each resource keeps a list of its own tags; here are their names, in the spelling of their first use."""

from __future__ import annotations

import re
from typing import Any

from ..core.problems import Problem, not_found
from ..core.routes import Call, route
from ..core.store import Store, Thing

KIND = "tag"
NAME = re.compile(r"[A-Za-z0-9_:-]{1,255}")
KINDS = {"droplet": "droplets", "database": "databases"}  # the kind in a request and in the store: the key in an answer


def ensure(store: Store, names: list[str]) -> list[str]:
    """Return tags in the spelling of the account, creating those that are new."""
    for name in names:
        if not NAME.fullmatch(str(name)):
            raise Problem(
                400, "bad_request", f"Tag name {name} is invalid: letters, numbers, colons, dashes and underscores only"
            )
    have = {tag["name"].lower(): tag["name"] for tag in store.all(KIND)}
    for name in names:
        if name.lower() not in have:
            store.put(KIND, name.lower(), {"name": name})
            have[name.lower()] = name
    return list(dict.fromkeys(have[name.lower()] for name in names))


def tagged(store: Store, name: str, kind: str) -> list[Thing]:
    """Return the resources of a kind that have this tag."""
    return [thing for thing in store.all(kind) if name.lower() in (tag.lower() for tag in thing.get("tags") or [])]


@route("GET", "/v2/tags")
def tags(call: Call) -> dict[str, Any]:
    found = [tag for tag in call.cloud.store.all(KIND) if not call.cloud.not_yet_visible(tag, "list")]
    return call.page("tags", [with_resources(call.cloud.store, tag) for tag in found])


@route("POST", "/v2/tags", 201)
def add_tag(call: Call) -> dict[str, Any]:
    call.need("name")
    name = ensure(call.cloud.store, [call.body["name"]])[0]
    return {"tag": with_resources(call.cloud.store, {"name": name})}


@route("GET", "/v2/tags/{tag}")
def get_tag(call: Call) -> dict[str, Any]:
    return {"tag": with_resources(call.cloud.store, find(call))}


@route("DELETE", "/v2/tags/{tag}", 204)
def delete_tag(call: Call) -> None:
    name = find(call)["name"]
    for kind in KINDS:
        for thing in tagged(call.cloud.store, name, kind):
            retag(call, kind, str(thing["id"]), name, attach=False)
    forget_in_firewalls(call.cloud.store, name)
    call.cloud.store.remove(KIND, name.lower())
    call.cloud.world.droplets.refilter(call.cloud)


@route("POST", "/v2/tags/{tag}/resources", 204)
def tag_resources(call: Call) -> None:
    for resource in call.body.get("resources") or []:
        retag(call, resource["resource_type"], str(resource["resource_id"]), find(call)["name"], attach=True)


@route("DELETE", "/v2/tags/{tag}/resources", 204)
def untag_resources(call: Call) -> None:
    for resource in call.body.get("resources") or []:
        retag(call, resource["resource_type"], str(resource["resource_id"]), find(call)["name"], attach=False)


def retag(call: Call, kind: str, identity: str, name: str, *, attach: bool) -> None:
    """Attach a tag to a resource or detach it, then update the packet filters, which may depend on tags."""
    thing = call.cloud.store.get(kind, identity) if kind in KINDS else None
    if not thing:
        raise not_found(f"{kind} {identity} not found")
    others = [tag for tag in thing.get("tags") or [] if tag.lower() != name.lower()]
    call.cloud.store.change(kind, identity, tags=[*others, name] if attach else others)
    call.cloud.world.droplets.refilter(call.cloud)
    call.cloud.world.clusters.refilter(call.cloud)


def forget_in_firewalls(store: Store, name: str) -> None:
    """Remove a deleted tag from every firewall and its rules."""
    for firewall in store.all("firewall"):
        rules = [
            (rule, peers)
            for side, peers in (("inbound_rules", "sources"), ("outbound_rules", "destinations"))
            for rule in firewall[side]
        ]
        for holder in [firewall, *(rule[peers] for rule, peers in rules)]:
            if holder.get("tags"):
                holder["tags"] = [tag for tag in holder["tags"] if tag.lower() != name.lower()]
        store.put("firewall", firewall["id"], firewall)


def with_resources(store: Store, tag: Thing) -> Thing:
    """Return a tag with the counts that the API shows."""
    counts = {key: {"count": len(tagged(store, tag["name"], kind))} for kind, key in KINDS.items()}
    nothing = {key: {"count": 0} for key in ("images", "volumes", "volume_snapshots")}
    return {
        "name": tag["name"],
        "resources": {"count": sum(each["count"] for each in counts.values())} | counts | nothing,
    }


def find(call: Call) -> Thing:
    """Return the tag of the path."""
    if tag := call.cloud.store.get(KIND, call.path["tag"].lower()):
        return tag
    raise not_found()
