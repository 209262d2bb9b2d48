# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trusted sources of a cluster, which may connect to it. Without any, everybody may."""

from __future__ import annotations

import uuid
from ipaddress import IPv4Network
from typing import Any

from ..account import tags
from ..core.problems import unprocessable
from ..core.routes import Call, now, route
from ..core.store import Store, Thing
from .record import AT, KIND, find

TYPES = ("ip_addr", "droplet", "k8s", "tag", "app")
AT_MOST = 100


@route("GET", AT + "/firewall")
def rules(call: Call) -> dict[str, Any]:
    return {"rules": find(call)["_rules"]}


@route("PUT", AT + "/firewall", 204)
def replace_rules(call: Call) -> None:
    cluster = find(call)
    given = checked(call, cluster["id"], call.body.get("rules") or [], cluster["_rules"])
    call.cloud.store.change(KIND, cluster["id"], _rules=given)
    call.cloud.world.clusters.refilter(call.cloud)


def checked(call: Call, cluster: str, given: list[Thing], known: list[Thing] | tuple[()] = ()) -> list[Thing]:
    """Return the rules of a request as the API shows them; known ones keep their ids."""
    ids = {(rule["type"], rule["value"]): (rule["uuid"], rule["created_at"]) for rule in known}
    found = []
    for rule in given:
        kind, value = rule.get("type"), str(rule.get("value") or "")
        _check(call, kind, value)
        identity, since = ids.get((kind, value)) or (str(uuid.uuid4()), now())
        more = {"description": rule["description"]} if rule.get("description") else {}
        found.append(
            {"uuid": identity, "cluster_uuid": cluster, "type": kind, "value": value, "created_at": since} | more
        )
    if len({(rule["type"], rule["value"]) for rule in found}) < len(found):
        raise unprocessable("a trusted source is there twice")
    if sum(2 if rule["type"] == "droplet" else 1 for rule in found) > AT_MOST:
        raise unprocessable(f"at most {AT_MOST} trusted sources are possible; a droplet counts twice")
    return found


def trusted(store: Store, cluster: Thing) -> list[str] | None:
    """Return the addresses and networks that may connect to a cluster, or None for all."""
    if not cluster["_rules"]:
        return None
    found: list[str] = []
    for rule in cluster["_rules"]:
        if rule["type"] == "ip_addr":
            found.append(rule["value"])
        elif rule["type"] == "droplet":
            found += [
                address
                for droplet in store.existing("droplet")
                if str(droplet["id"]) == rule["value"]
                for address in droplet["_addresses"]
            ]
        elif rule["type"] == "tag":
            found += [
                address for droplet in tags.tagged(store, rule["value"], "droplet") for address in droplet["_addresses"]
            ]
    return list(dict.fromkeys(found))


def _check(call: Call, kind: object, value: str) -> None:
    """Refuse what cannot be a trusted source."""
    if kind not in TYPES:
        raise unprocessable(f"invalid rule type: must be one of {', '.join(TYPES)}")
    if not value:
        raise unprocessable("invalid rule: value is required")
    if kind == "droplet" and not any(str(droplet["id"]) == value for droplet in call.cloud.store.existing("droplet")):
        raise unprocessable(f"droplet {value} does not exist")
    if kind == "ip_addr":
        try:
            IPv4Network(value, strict=False)
        except ValueError as error:
            raise unprocessable(f"invalid ip_addr {value}: an IPv4 address or network") from error
