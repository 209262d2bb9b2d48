# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Packets: cloud firewalls as rules in the network of a droplet.

They stand in two chains of iptables' table mangle, which is asked before the table filter, so a ufw inside the droplet works beside them. They are
set from outside, in the network namespace of the container, by this machine's own iptables: the droplet needs none.
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
# On the public interface, which has the default route: Docker names the interfaces by the names of their networks
ANCHOR = 'ip address replace "$1" dev "$(ip -o route show default | sed -E "s/.* dev ([^ ]+).*/\\1/")"'
SIDES = (("inbound_rules", "sources", "CLOUD-IN", "-s", "-i"), ("outbound_rules", "destinations", "CLOUD-OUT", "-d", "-o"))


def rules(store: Store, droplet: Thing) -> str:
    """Return what iptables-restore reads: what a droplet may receive and send. Without any firewall it may all."""
    applied, lines = firewalls.of(store, droplet), [f":{chain} - [0:0]" for chain in CHAINS.values()]
    for side, peers, chain, direction, interface in SIDES if applied else ():
        lines.append(f"-A {chain} {interface} lo -j RETURN")
        lines.append(f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN")
        for rule in [rule for firewall in applied for rule in firewall[side]]:
            lines += [f"-A {chain} {direction} {address} {_what(rule)} -j RETURN" for address in _addresses(store, rule[peers])]
        lines.append(f"-A {chain} -j DROP")
    return "\n".join(["*mangle", *lines, "COMMIT", ""])


def apply(pid: int, text: str, gateway: str, anchor: str) -> None:
    """Have these rules in the network of a process, whose way out is the public network, as a droplet's is, with the anchor address on it."""
    _inside(pid, "iptables-restore", "--noflush", "--wait", given=text)
    for builtin, chain in CHAINS.items():
        if _inside(pid, "iptables", "--wait", "-t", "mangle", "-C", builtin, "-j", chain, may_fail=True):
            _inside(pid, "iptables", "--wait", "-t", "mangle", "-I", builtin, "1", "-j", chain)
    _inside(pid, "ip", "route", "replace", "default", "via", gateway)
    if anchor:
        _inside(pid, "sh", "-c", ANCHOR, "anchor", anchor)


def _what(rule: Thing) -> str:
    """Return the protocol and the ports of a rule, in the words of iptables."""
    ports = "" if rule["protocol"] == "icmp" or rule["ports"] == "0" else f" --dport {rule['ports'].replace('-', ':')}"
    return f"-p {rule['protocol']}{ports}"


def _addresses(store: Store, peers: Thing) -> Iterator[str]:
    """Yield the IPv4 addresses and ranges of sources or destinations; droplets have no other in the sandbox."""
    for address in peers.get("addresses") or []:
        if ip_network(address, strict=False).version == 4:
            yield str(ip_network(address, strict=False))
    droplets = [store.get("droplet", identity) for identity in peers.get("droplet_ids") or []]
    droplets += [droplet for tag in peers.get("tags") or [] for droplet in tags.tagged(store, tag, "droplet")]
    for droplet in droplets:
        yield from (droplet or {}).get("_addresses", [])


def _inside(pid: int, *command: str, given: str | None = None, may_fail: bool = False) -> int:
    """Run a command of this machine in the network of a process; return its exit code."""
    entry = ["nsenter", f"--net=/proc/{pid}/ns/net", *command]
    if os.geteuid() != 0:
        entry = ["sudo", "-n", *entry]
    done = subprocess.run(entry, input=given, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise EngineError(f"{' '.join(command)}: {done.stderr.strip()} (packets are filtered with nsenter and iptables, which need root)")
    return done.returncode
