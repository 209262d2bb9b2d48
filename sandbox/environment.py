# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A whole sandbox: start it, stop it, look at it. Start does only what is missing."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from . import daemon, engine, image, keys, machine, network, s3
from .engine import docker
from .model import Environment, Machine
from .say import SandboxError, say, step

HOME = Path(__file__).parents[1] / ".sandbox"
AT_ONCE = 4


def have_engine() -> None:
    """Have Docker's engine, installed and started where that is allowed."""
    with _alone():
        engine.ensure(HOME / "dockerd.log")


def start(environment: Environment, hosts: list[str], *, newest: bool = False) -> None:
    """Have the machines of these hosts, or all, and the images of what an account can make; with `newest`, only those of the newest Debian."""
    machines, state = environment.only(hosts), _state(environment)
    with _alone():
        engine.ensure(HOME / "dockerd.log")
        keys.ensure(state)
        subnets = environment.networks if environment.account else {interface.network: interface.subnet for each in machines for interface in each.interfaces}
        done = [network.ensure(name, subnet, _label(state)) for name, subnet in subnets.items()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            started = pool.map(partial(_start, state=state, bucket=not environment.account), machines)
            images = [pool.submit(make) for make in (_images(newest) if environment.account else ())]
            done += started
            for each in images:
                each.result()
        if environment.account:
            done.append(daemon.ensure(state, environment))
    there = ", ".join([f"{each.host} ({each.address})" for each in machines] + ([daemon.url(environment)] if environment.account else []))
    say(f"Running: {there}" if any(done) else f"Nothing to do, running already: {there}")


def stop(environment: Environment, hosts: list[str], *, images: bool) -> None:
    """Remove the machines of these hosts, or the whole sandbox: machines, networks, keys; and the images if asked for."""
    state, gone = _state(environment), environment.only(hosts) if hosts else ()
    with _alone():
        if not hosts:
            daemon.stop(state)
        if shutil.which("docker"):
            engine.ensure(HOME / "dockerd.log")
            _remove(state, [each.container for each in gone])
            if not hosts:
                network.remove(_label(state))
            if images:
                image.remove_all()
        for each in gone:
            keys.forget(state, each)
        if not hosts:
            shutil.rmtree(state, ignore_errors=True)
            say(f"Nothing is left of sandbox {environment.name}")


def reboot(environment: Environment, hosts: list[str]) -> None:
    """Boot machines anew."""
    for each in environment.only(hosts):
        with step(f"{each.host}: reboot", usually="2 s"):
            machine.reboot(each)


def status(environment: Environment) -> dict[Machine, str]:
    """Return the machines and their states in the engine's words."""
    found = {each: machine.inspect(each.container) for each in environment.machines}
    return {each: there["State"]["Status"] if there else "not made" for each, there in found.items()}


def lines(environment: Environment) -> list[str]:
    """Return lines for a shell: how to reach the store and each machine."""
    state = _state(environment)
    if not (state / "ca.crt").exists() or (environment.account and not (state / "token").exists()):
        raise SandboxError(f"Sandbox {environment.name} does not exist: run bin/sandbox start")
    found = daemon.lines(state, environment) if environment.account else []
    if (state / "spaces.yml").exists():
        found += _spaces(yaml.safe_load((state / "spaces.yml").read_text()), state / "ca-bundle.crt")
    ssh = f"ssh -i {state}/id_ed25519 -o UserKnownHostsFile={state}/known_hosts -o StrictHostKeyChecking=yes"
    found += [f"{ssh} {each.user}@{each.address}  # {each.host}" for each in environment.machines]
    if access := s3.read(state):
        found += [f"{_aws(access)} AWS_CA_BUNDLE={access['ca_file']}  # bucket {access['bucket']}"]
    return found


def cloud(environment: Environment) -> str:
    """Return in words how the cloud's API is and what the account has."""
    state, where = _state(environment), daemon.url(environment)
    if not daemon.process(state):
        return f"{where} dead, `bin/sandbox start` starts it again" if (state / "cloud.db").exists() else f"{where} not made"
    if failures := daemon.failures(state, environment.account.port):
        return f"{where} runs, but failed at {'; '.join(failures)}: look into {state}/cloud.log, `bin/sandbox start` tries again"
    counts = daemon.contents(state, environment.account.port)
    return f"{where} running: " + (", ".join(f"{count} {kind[:-1] if count == 1 else kind}" for kind, count in counts.items() if count) or "nothing in it")


def fault(environment: Environment, wanted: dict[str, Any] | None, *, clear: bool) -> list[str]:
    """Have the API fail on purpose, or no more; return what is still to fail, and what there is to choose from, in words."""
    state, port = _api(environment)
    if clear:
        daemon.ask(state, port, "DELETE", "/sandbox/faults")
    if wanted:
        daemon.ask(state, port, "POST", "/sandbox/faults", wanted)
    known = daemon.ask(state, port, "GET", "/sandbox/faults")
    waiting = [" ".join(f"{key}={value}" for key, value in each.items() if value not in ("", 0)) for each in known["faults"]]
    return waiting or ["No fault waits. There are:", *(f"  {kind:<11} {text}" for kind, text in known["kinds"].items())]


def token(environment: Environment, scopes: list[str]) -> list[str]:
    """Return a line for a shell with a new token that has these scopes only; without any, the scopes that there are."""
    state, port = _api(environment)
    if not scopes:
        return list(daemon.ask(state, port, "GET", "/sandbox/tokens")["scopes"])
    made = daemon.ask(state, port, "POST", "/sandbox/tokens", {"scopes": scopes})["token"]
    return [f"export DIGITALOCEAN_TOKEN={made} DIGITALOCEAN_ACCESS_TOKEN={made}"]


def change_account(environment: Environment, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what the account says of itself after these changes, which only the cloud itself can make."""
    state, port = _api(environment)
    return dict(daemon.ask(state, port, "PATCH", "/sandbox/account", changes)["account"])


def _api(environment: Environment) -> tuple[Path, int]:
    """Return the state and the port of the cloud's API, which runs."""
    if not environment.account:
        raise SandboxError("This inventory has no sandbox_cloud, so it has no API")
    state = _state(environment)
    if not daemon.process(state):
        raise SandboxError("The cloud's API does not run: run bin/sandbox start")
    return state, environment.account.port


def _spaces(access: dict[str, str], bundle: Path) -> list[str]:
    """Return lines for a shell: the S3 server with the account's own keys, for our modules and for other clients."""
    own = f"SPACES_ACCESS_KEY_ID={access['access_key']} SPACES_SECRET_ACCESS_KEY={access['secret_key']}"
    return [
        f"export {own} SPACES_ENDPOINT_URL={access['endpoint']} SPACES_CA_FILE={access['ca_file']}",
        f"{_aws(access)} AWS_CA_BUNDLE={bundle}",
    ]


def _aws(access: dict[str, str]) -> str:
    pair = f"AWS_ACCESS_KEY_ID={access['access_key']} AWS_SECRET_ACCESS_KEY={access['secret_key']}"
    return f"export {pair} AWS_ENDPOINT_URL_S3={access['endpoint']} AWS_DEFAULT_REGION={access['region']}"


def _images(newest: bool) -> list[Callable[[], str]]:
    """Return what builds the images of an account, so that no droplet and no cluster has to wait for its own."""
    suites = [image.NEWEST] if newest else list(image.SUITES)
    return [partial(image.dns, image.NEWEST), *(partial(make, suite) for suite in suites for make in (image.droplet, image.postgresql))]


def _start(each: Machine, state: Path, *, bucket: bool) -> bool:
    """Have one machine with all that belongs to it. An account of the cloud makes its buckets and keys itself."""
    if each.service == "s3":
        changed = s3.have(state, each)
        changed = (bucket and s3.ensure(state, each)) or changed
    else:
        changed = machine.ensure(each, partial(image.machine, each.suite), str(state), (state / "id_ed25519.pub").read_text())
        keys.certify(state, each)
    keys.know(state, each, machine.host_key(each))
    return changed


def _remove(state: Path, only: list[str]) -> None:
    """Remove the containers of a sandbox, also those that the inventory no longer names."""
    for container in docker("ps", "--all", "--filter", f"label={_label(state)}", "--format", "{{.Names}}").splitlines():
        if not only or container in only:
            say(f"Remove machine {container}")
            machine.remove(container)


def _label(state: Path) -> str:
    return f"{machine.SANDBOX}={state}"


def _state(environment: Environment) -> Path:
    return HOME / environment.name


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one run at a time make and remove things."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Wait for another bin/sandbox to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
