# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""IPv4 addresses: each resource keeps its own in `_addresses`, so that no two in a network get the same one."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import islice

from .problems import unprocessable
from .store import Store

HOLDERS = ("droplet", "database", "reserved")  # "reserved" are machines of the inventory in the same networks


def free(store: Store, network: IPv4Network) -> str:
    """Return the first free address of a network, never its gateway."""
    taken = {address for kind in HOLDERS for thing in store.all(kind) for address in thing.get("_addresses", [])}
    for address in islice(network.hosts(), 1, None):
        if str(address) not in taken:
            return str(address)
    raise unprocessable(f"The network {network} has no free address")
