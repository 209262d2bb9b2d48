# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud firewalls as packet filter rules of a droplet.

The rules are in two chains of iptables' table mangle, which comes before the table filter, so they do not interfere
with ufw inside the droplet. This machine's own iptables sets them in the network namespace of the container: the
droplet needs no iptables.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network

from ...engine import EngineError
from ..account import tags
from ..core.store import Store, Thing
from ..networking import firewalls

CHAINS = {"INPUT": "CLOUD-IN", "OUTPUT": "CLOUD-OUT"}
# On the public interface, which has the default route: Docker numbers interfaces by the names of their networks
ANCHOR = 'ip address replace "$1" dev "$(ip -o route show default | sed -E "s/.* dev ([^ ]+).*/\\1/")"'
SIDES = (
    ("inbound_rules", "sources", "CLOUD-IN", "-s", "-i"),
    ("outbound_rules", "destinations", "CLOUD-OUT", "-d", "-o"),
)


def rules(store: Store, droplet: Thing) -> str:
    """Return the input of iptables-restore: what a droplet may receive and send.

    Without a firewall, everything is allowed.
    """
    applied, lines = firewalls.of(store, droplet), [f":{chain} - [0:0]" for chain in CHAINS.values()]
    for side, peers, chain, direction, interface in SIDES if applied else ():
        lines.append(f"-A {chain} {interface} lo -j RETURN")
        lines.append(f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN")
        for rule in [rule for firewall in applied for rule in firewall[side]]:
            lines += [
                f"-A {chain} {direction} {address} {_what(rule)} -j RETURN"
                for address in _addresses(store, rule[peers])
            ]
        lines.append(f"-A {chain} -j DROP")
    return "\n".join(["*mangle", *lines, "COMMIT", ""])


def apply(pid: int, text: str, gateway: str, anchor: str) -> None:
    """Set these rules in the network namespace of a process.

    It gets a default route through `gateway`, and the anchor address.
    """
    _inside(pid, "iptables-restore", "--noflush", "--wait", given=text)
    for builtin, chain in CHAINS.items():
        if _inside(pid, "iptables", "--wait", "-t", "mangle", "-C", builtin, "-j", chain, may_fail=True):
            _inside(pid, "iptables", "--wait", "-t", "mangle", "-I", builtin, "1", "-j", chain)
    _inside(pid, "ip", "route", "replace", "default", "via", gateway)
    if anchor:
        _inside(pid, "sh", "-c", ANCHOR, "anchor", anchor)


def _what(rule: Thing) -> str:
    """Return the protocol and the ports of a rule as iptables options."""
    ports = "" if rule["protocol"] == "icmp" or rule["ports"] == "0" else f" --dport {rule['ports'].replace('-', ':')}"
    return f"-p {rule['protocol']}{ports}"


def _addresses(store: Store, peers: Thing) -> Iterator[str]:
    """Yield the IPv4 addresses and ranges of sources or destinations; the sandbox has no IPv6."""
    for address in peers.get("addresses") or []:
        if ip_network(address, strict=False).version == 4:
            yield str(ip_network(address, strict=False))
    droplets = [store.get("droplet", identity) for identity in peers.get("droplet_ids") or []]
    droplets += [droplet for tag in peers.get("tags") or [] for droplet in tags.tagged(store, tag, "droplet")]
    for droplet in droplets:
        yield from (droplet or {}).get("_addresses", [])


def _inside(pid: int, *command: str, given: str | None = None, may_fail: bool = False) -> int:
    """Run a command of this machine in the network namespace of a process; return its exit code."""
    entry = ["nsenter", f"--net=/proc/{pid}/ns/net", *command]
    if os.geteuid() != 0:
        entry = ["sudo", "-n", *entry]
    done = subprocess.run(entry, input=given, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise EngineError(
            f"{' '.join(command)}: {done.stderr.strip()} "
            "(packet filters are set with nsenter and iptables, which need root)"
        )
    return done.returncode
