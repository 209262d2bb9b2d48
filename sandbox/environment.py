# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A whole environment: start, stop, status, reboot and what to paste. Run twice, start does nothing the second time."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import engine, image, keys, machine, network, s3
from .engine import docker
from .inventory import Environment, Machine
from .say import Refused, say, step

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".sandbox"
AT_ONCE = 4


def start(environment: Environment, hosts: list[str]) -> None:
    """Have the machines of these hosts, or of all."""
    machines, state = environment.only(hosts), _state(environment)
    with _alone():
        engine.ensure(HOME / "dockerd.log")
        keys.ensure(state)
        networks = {leg.network: leg.subnet for each in machines for leg in each.legs}
        done = [network.ensure(name, subnet, _label(state)) for name, subnet in networks.items()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done += list(pool.map(lambda each: _start(each, state), machines))
    there = ", ".join(f"{each.host} ({each.address})" for each in machines)
    say(f"Running: {there}" if any(done) else f"Nothing to do, running already: {there}")


def stop(environment: Environment, hosts: list[str], *, images: bool = False) -> None:
    """Remove the machines of these hosts; or all of the sandbox: machines, networks, keys, and the images if asked for."""
    state = _state(environment)
    gone = environment.only(hosts) if hosts else ()
    with _alone():
        engine.ensure(HOME / "dockerd.log")
        for name in _containers(state):
            if not hosts or name in [each.container for each in gone]:
                with step(f"Remove {name}", usually="1 s"):
                    machine.remove(name)
        for each in gone:
            keys.forget(state, each)
        if not hosts:
            network.remove(_label(state))
            shutil.rmtree(state, ignore_errors=True)
        if images:
            image.remove_all()


def reboot(environment: Environment, hosts: list[str]) -> None:
    """Boot machines anew."""
    for each in environment.only(hosts):
        with step(f"{each.host}: reboot", usually="2 s"):
            machine.reboot(each)


def status(environment: Environment) -> bool:
    """Show the machines and return whether all run."""
    running = True
    for each in environment.machines:
        there = machine.inspect(each.container)
        known = there["State"]["Status"] if there else "not made"
        running = running and known == "running"
        say(f"{each.host:20} {each.address:15} {each.suite:8} {each.service or '-':3} {known}")
    return running


def lines(environment: Environment) -> list[str]:
    """Return lines for a shell: how to reach the store and each machine."""
    state = _state(environment)
    if not (state / "id_ed25519").exists():
        raise Refused("The sandbox is not there: run bin/sandbox start")
    found = []
    if (state / "s3.yml").exists():
        access = s3.read(state)
        found += [f"export AWS_ENDPOINT_URL_S3={access['endpoint']} AWS_DEFAULT_REGION={access['region']}"]
        found += [f"export AWS_ACCESS_KEY_ID={access['access_key']} AWS_SECRET_ACCESS_KEY={access['secret_key']}", f"# bucket: {access['bucket']}"]
    for each in environment.machines:
        found.append(f"ssh -i {state}/id_ed25519 -o UserKnownHostsFile={state}/known_hosts -o StrictHostKeyChecking=yes {each.user}@{each.address}  # {each.host}")
    return found


def _start(each: Machine, state: Path) -> bool:
    """Have one machine with all that belongs to it."""
    made_from = image.s3(each.suite) if each.service == "s3" else image.machine(each.suite)
    changed = machine.ensure(each, made_from, str(state), (state / "id_ed25519.pub").read_text())
    keys.know(state, each, machine.host_key(each))
    keys.certify(state, each)
    if each.service == "s3":
        changed = s3.ensure(state, each) or changed
    return changed


def _containers(state: Path) -> list[str]:
    return docker("ps", "--all", "--filter", f"label={_label(state)}", "--format", "{{.Names}}").splitlines()


def _label(state: Path) -> str:
    return f"{machine.SANDBOX}={state}"


def _state(environment: Environment) -> Path:
    return HOME / environment.name


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one run at a time make or remove things."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Wait for another bin/sandbox to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
