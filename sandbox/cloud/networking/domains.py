# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Domains and their records. `records` returns what a name server needs."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route, shown
from ..core.store import Store, Thing

KIND, RECORD = "domain", "domain_record"
AT = "/v2/domains/{domain}"
NAME = re.compile(r"(?=.{4,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT")
OF_ADDRESSES = {"A": IPv4Address, "AAAA": IPv6Address}
OF_NAMES = ("CNAME", "MX", "NS", "SRV")
FIELDS = ("type", "name", "data", "priority", "port", "ttl", "weight", "flags", "tag")
TTL = 1800
SERVERS = ("ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com")


@route("GET", "/v2/domains")
def domains(call: Call) -> dict[str, Any]:
    found = [domain for domain in call.cloud.store.all(KIND) if not call.cloud.not_yet_visible(domain, "list")]
    return call.page("domains", [_answer(call.cloud.store, domain) for domain in found])


@route("POST", "/v2/domains", 201)
def add_domain(call: Call) -> dict[str, Any]:
    call.need("name")
    name, store = str(call.body["name"]).lower(), call.cloud.store
    if not NAME.fullmatch(name):
        raise unprocessable("Name is not a valid domain name")
    if store.get(KIND, name):
        raise unprocessable("Name already exists")
    address = _checked({"type": "A", "data": call.body["ip_address"]})["data"] if call.body.get("ip_address") else ""
    store.put(KIND, name, {"name": name, "ttl": TTL})
    _add(store, name, {"type": "SOA", "data": str(TTL), "ttl": TTL})
    for server in SERVERS:
        _add(store, name, {"type": "NS", "data": server})
    if address:
        _add(store, name, {"type": "A", "data": address})
    _publish(call)
    # the answer to a creation does not have these two values yet
    return {"domain": {"name": name, "ttl": None, "zone_file": None}}


@route("GET", AT)
def get_domain(call: Call) -> dict[str, Any]:
    return {"domain": _answer(call.cloud.store, find(call))}


@route("DELETE", AT, 204)
def delete_domain(call: Call) -> None:
    name, store = find(call)["name"], call.cloud.store
    for record in records(store, name):
        store.remove(RECORD, record["id"])
    store.remove(KIND, name)
    _publish(call)


@route("GET", AT + "/records")
def list_records(call: Call) -> dict[str, Any]:
    name, kind = call.query.get("name"), call.query.get("type")
    domain = find(call)["name"]
    whole = {
        domain if record["name"] == "@" else f"{record['name']}.{domain}": record["name"]
        for record in records(call.cloud.store, domain)
    }
    found = [record for record in records(call.cloud.store, domain) if kind in (None, "", record["type"])]
    return call.page(
        "domain_records", [record for record in found if not name or record["name"] == whole.get(name.lower())]
    )


@route("POST", AT + "/records", 201)
def add_record(call: Call) -> dict[str, Any]:
    call.need("type")
    domain = find(call)["name"]
    record = _add(call.cloud.store, domain, _checked(call.given(*FIELDS), domain))
    _publish(call)
    return {"domain_record": shown(record)}


@route("GET", AT + "/records/{record}")
def get_record(call: Call) -> dict[str, Any]:
    return {"domain_record": shown(find_record(call))}


@route("PUT", AT + "/records/{record}")
@route("PATCH", AT + "/records/{record}")
def change_record(call: Call) -> dict[str, Any]:
    record = find_record(call)
    changed = record | _checked(
        {"type": record["type"], "data": _absolute(record)} | call.given(*FIELDS), record["_domain"]
    )
    call.cloud.store.put(RECORD, record["id"], changed)
    _publish(call)
    return {"domain_record": shown(changed)}


@route("DELETE", AT + "/records/{record}", 204)
def delete_record(call: Call) -> None:
    call.cloud.store.remove(RECORD, find_record(call)["id"])
    _publish(call)


def records(store: Store, domain: str) -> list[Thing]:
    """Return the records of a domain.

    Their `name` is relative to it, @ the domain itself; names in `data` end without a dot.
    """
    return store.all(RECORD, _domain=domain)


def find(call: Call) -> Thing:
    """Return the domain of the path."""
    if domain := call.cloud.store.get(KIND, call.path["domain"].lower()):
        return domain
    raise not_found()


def find_record(call: Call) -> Thing:
    """Return the record of the path."""
    record = call.cloud.store.get(RECORD, call.path["record"])
    if record and record["_domain"] == find(call)["name"]:
        return record
    raise not_found()


def _publish(call: Call) -> None:
    """Publish the current records in DNS."""
    call.cloud.later("record", lambda cloud: cloud.world.names.publish(cloud))


def _add(store: Store, domain: str, given: Thing) -> Thing:
    identity = 400000000 + store.number(RECORD)
    record = (
        {"id": identity, "name": "@", "data": "", "ttl": TTL}
        | dict.fromkeys(("priority", "port", "weight", "flags", "tag"))
        | given
    )
    return store.put(RECORD, identity, record | {"_domain": domain})


def _absolute(record: Thing) -> str:
    """Return the data of a record in the form that requests use."""
    return f"{record['data']}." if record["type"] in OF_NAMES and record["data"] != "@" else record["data"]


def _relative(name: str, domain: str) -> str:
    """Return a name relative to the domain, which itself is @."""
    return "@" if name in ("", domain) else name.removesuffix(f".{domain}")


def _checked(given: Thing, domain: str = "") -> Thing:
    """Return the fields of a record in the form that is stored, once they are validated."""
    kind, data = given["type"], str(given.get("data") or "")
    if kind not in TYPES:
        raise unprocessable(f"Type is not valid: it must be one of {', '.join(TYPES)}")
    if not data:
        raise unprocessable("Data can't be blank.")
    if kind in OF_ADDRESSES:
        try:
            OF_ADDRESSES[kind](data)
        except AddressValueError as error:
            raise unprocessable(
                f"IP address did not match IPv{'4' if kind == 'A' else '6'} format (e.g. 127.0.0.1 or 2001:db8::1)."
            ) from error
    if kind in OF_NAMES and data != "@" and not data.endswith("."):
        raise unprocessable("Data needs to end with a dot (.)")
    if kind in OF_NAMES or (kind == "CAA" and given.get("tag") != "iodef"):
        data = data.rstrip(".")
    named = {"name": _relative(str(given["name"]).rstrip(".").lower(), domain)} if "name" in given else {}
    return given | named | {"data": "@" if kind in OF_NAMES and data == domain else data}


def _answer(store: Store, domain: Thing) -> Thing:
    """Return a domain as the API shows it, with its zone file."""
    name = domain["name"]
    lines = [f"$ORIGIN {name}.", f"$TTL {domain['ttl']}"]
    for record in records(store, name):
        owner = f"{name}." if record["name"] == "@" else f"{record['name']}.{name}."
        numbers = [
            str(record[key]) for key in ("flags", "tag", "priority", "weight", "port") if record[key] is not None
        ]
        data = (
            f"ns1.digitalocean.com. hostmaster.{name}. 1 10800 3600 604800 {TTL}"
            if record["type"] == "SOA"
            else written(record, name)
        )
        lines.append(" ".join([owner, str(record["ttl"]), "IN", record["type"], *numbers, data]))
    return shown(domain) | {"zone_file": "\n".join([*lines, ""])}


def written(record: Thing, domain: str) -> str:
    """Return the data of a record in the form that zone files use."""
    if record["type"] in OF_NAMES:
        return f"{domain}." if record["data"] == "@" else f"{record['data']}."
    return f'"{record["data"]}"' if record["type"] in ("TXT", "CAA") else record["data"]
