# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Addresses: a thing notes its own in `_addresses`, so that no two in a network get the same."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import islice

from .problems import unprocessable
from .store import Store

HOLDERS = ("droplet", "database", "reserved")  # the last are machines that stand in a network beside the cloud's own


def free(store: Store, network: IPv4Network) -> str:
    """Return the first address of a network that nothing has; its gateway is never given."""
    taken = {address for kind in HOLDERS for thing in store.all(kind) for address in thing.get("_addresses", [])}
    for address in islice(network.hosts(), 1, None):
        if str(address) not in taken:
            return str(address)
    raise unprocessable(f"The network {network} has no free address")
