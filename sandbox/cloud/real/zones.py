# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""DNS zone files (RFC 1035, 5) for the hosts of clusters and of Spaces, and for the domains of the account."""

from __future__ import annotations

import re

from ... import hostnames
from ...regions import with_spaces
from ..core.store import Store, Thing
from ..databases.dns import KIND as CLUSTER
from ..databases.dns import hosts
from ..networking import domains

TTL = 30  # seconds
MISSING = 10  # seconds for which resolvers remember that a name does not exist
HEAD = """\
$ORIGIN {zone}.
$TTL {ttl}
@ SOA ns1.{servers}. hostmaster.{zone}. 1 3600 600 604800 {missing}
"""
SERVERS = "digitalocean.test"
# The fields before the data of a record
NUMBERS = {
    "A": (),
    "AAAA": (),
    "CNAME": (),
    "NS": (),
    "TXT": (),
    "MX": ("priority",),
    "SRV": ("priority", "weight", "port"),
    "CAA": ("flags", "tag"),
}
# Values that do not match are left out, as one invalid line makes the whole zone invalid
QUOTED = re.compile(r'[^"\\\n\r]{1,255}')
PLAIN = re.compile(r"[\w.:@*-]{1,255}", re.ASCII)


def of(store: Store, spaces: str) -> dict[str, str]:
    """Return the text of every zone by its name; `spaces` is the address of Spaces, empty if there is no S3 server."""
    found = {hostnames.DATABASES: [], hostnames.SPACES: []}
    for cluster in store.all(CLUSTER):
        if cluster.get("_named") and not cluster.get("_gone"):
            found[hostnames.DATABASES] += [
                f"{host}. A {address}" for host, address in zip(hosts(cluster), cluster["_addresses"], strict=True)
            ]
    for region in with_spaces() if spaces else ():
        found[hostnames.SPACES] += [f"{prefix}{hostnames.spaces(region)}. A {spaces}" for prefix in ("", "*.")]
    for domain in store.all(domains.KIND):
        found[domain["name"]] = [
            line for record in domains.records(store, domain["name"]) if (line := _line(record, domain["name"]))
        ]
    return {zone: _text(zone, lines) for zone, lines in found.items()}


def _text(zone: str, lines: list[str]) -> str:
    named = [] if any(line.startswith("@ ") and " NS " in line for line in lines) else [f"@ NS ns1.{SERVERS}."]
    return HEAD.format(zone=zone, ttl=TTL, servers=SERVERS, missing=MISSING) + "".join(
        f"{line}\n" for line in [*named, *lines]
    )


def _line(record: Thing, zone: str) -> str:
    """Return the line of a record, or nothing if DNS cannot represent it."""
    kind = record["type"]
    fits = QUOTED if kind in ("TXT", "CAA") else PLAIN
    if kind not in NUMBERS or not fits.fullmatch(record["data"]) or not PLAIN.fullmatch(record["name"]):
        return ""
    return " ".join(
        [
            record["name"],
            str(record["ttl"]),
            kind,
            *(str(record[key]) for key in NUMBERS[kind]),
            domains.written(record, zone),
        ]
    )
