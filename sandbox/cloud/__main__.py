# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The service as a process: `python -m sandbox.cloud STATE`.

STATE is a directory in which bin/sandbox has written all that the service needs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from ..model import Account, Environment, Interface, Machine
from .api.contract import Contract
from .api.serve import server
from .api.service import application
from .core import fake
from .core.cloud import LIFELIKE, Cloud, Settings
from .core.store import Store
from .core.world import World
from .real import clusters, dns, droplets, spaces


def main() -> None:
    """Serve the account in a state directory until a signal ends the process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state = Path(sys.argv[1])
    environment = read(state)
    store = Store(state / "cloud.db")
    taken = [interface.address for each in environment.machines for interface in each.interfaces] + [
        dns.address(environment.account.subnet)
    ]
    store.put("reserved", "inventory", {"_addresses": taken})
    delays = dict(LIFELIKE) if environment.account.delays == "lifelike" else {}
    document = os.environ.get("DIGITALOCEAN_OPENAPI")
    contract = Contract(Path(document)) if document else None
    world = real(environment, state)
    cloud = Cloud(store, world, Settings((state / "token").read_text(), delays), state=state, contract=contract)
    try:
        server(
            application(cloud), "127.0.0.1", environment.account.port, state / "cloud.crt", state / "cloud.key"
        ).run()
    finally:
        world.droplets.close()


def real(environment: Environment, state: Path) -> World:
    """Return a world of containers."""
    account = environment.account
    public = (account.network, account.subnet)
    names = dns.Names(environment.name, state, public, environment.store.address if environment.store else "")
    return World(
        droplets=droplets.Droplets(environment.name, state, public, names.address, limit_memory=account.limit_memory),
        clusters=clusters.Clusters(environment.name, state, public),
        spaces=spaces.start(environment.store, state) if environment.store else fake.Spaces(),
        names=names,
    )


def read(state: Path) -> Environment:
    """Return the environment that bin/sandbox has read from the inventory."""
    noted = json.loads((state / "cloud.json").read_text())
    machines = tuple(
        Machine(**each | {"interfaces": tuple(Interface(**interface) for interface in each["interfaces"])})
        for each in noted["machines"]
    )
    return Environment(noted["name"], machines, Account(**noted["account"]))


if __name__ == "__main__":
    main()
