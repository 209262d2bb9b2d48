# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A whole sandbox: start it, stop it, inspect it. Start does only what is missing."""

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
    """Ensure that the Docker engine answers: install and start it where that is allowed."""
    with _exclusively():
        engine.ensure(HOME / "dockerd.log")


def start(environment: Environment, hosts: list[str], *, newest: bool = False) -> None:
    """Start the machines of these hosts, or all, and build the images for droplets and clusters.

    With `newest`, build only those for the newest Debian.
    """
    machines, state = environment.only(hosts), _state(environment)
    with _exclusively():
        engine.ensure(HOME / "dockerd.log")
        keys.ensure(state)
        subnets = (
            environment.networks
            if environment.account
            else {interface.network: interface.subnet for each in machines for interface in each.interfaces}
        )
        done = [network.ensure(name, subnet, _label(state)) for name, subnet in subnets.items()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            started = pool.map(partial(_start, state=state, bucket=not environment.account), machines)
            images = [pool.submit(make) for make in (_images(newest) if environment.account else ())]
            done += started
            for each in images:
                each.result()
        if environment.account:
            done.append(daemon.ensure(state, environment))
    there = ", ".join(
        [f"{each.host} ({each.address})" for each in machines]
        + ([daemon.url(environment)] if environment.account else [])
    )
    say(f"Running: {there}" if any(done) else f"Nothing to do, already running: {there}")


def stop(environment: Environment, hosts: list[str], *, images: bool) -> None:
    """Remove the machines of these hosts, or the whole sandbox: machines, networks and keys.

    With `images`, remove the images too.
    """
    state, gone = _state(environment), environment.only(hosts) if hosts else ()
    with _exclusively():
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
    """Reboot machines."""
    for each in environment.only(hosts):
        with step(f"{each.host}: reboot", usually="2 s"):
            machine.reboot(each)


def status(environment: Environment) -> dict[Machine, str]:
    """Return the state of each machine as Docker reports it."""
    found = {each: machine.inspect(each.container) for each in environment.machines}
    return {each: there["State"]["Status"] if there else "not made" for each, there in found.items()}


def lines(environment: Environment) -> list[str]:
    """Return shell commands: how to reach the API, the S3 server and each machine."""
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
    """Describe the state of the cloud's API and what the account contains."""
    state, where = _state(environment), daemon.url(environment)
    if not daemon.process(state):
        return (
            f"{where} stopped; `bin/sandbox start` starts it again"
            if (state / "cloud.db").exists()
            else f"{where} not made"
        )
    if failures := daemon.failures(state, environment.account.port):
        return (
            f"{where} runs, but failed at {'; '.join(failures)}: see {state}/cloud.log; `bin/sandbox start` tries again"
        )
    counts = daemon.contents(state, environment.account.port)
    return f"{where} running: " + (
        ", ".join(f"{count} {kind[:-1] if count == 1 else kind}" for kind, count in counts.items() if count)
        or "nothing in it"
    )


def fault(environment: Environment, wanted: dict[str, Any] | None, *, clear: bool) -> list[str]:
    """Add a fault to the API, or clear all; return the pending faults, or the possible kinds if none is pending."""
    state, port = _api(environment)
    if clear:
        daemon.ask(state, port, "DELETE", "/sandbox/faults")
    if wanted:
        daemon.ask(state, port, "POST", "/sandbox/faults", wanted)
    known = daemon.ask(state, port, "GET", "/sandbox/faults")
    waiting = [
        " ".join(f"{key}={value}" for key, value in each.items() if value not in ("", 0)) for each in known["faults"]
    ]
    return waiting or [
        "No fault waits. The kinds are:",
        *(f"  {kind:<11} {text}" for kind, text in known["kinds"].items()),
    ]


def token(environment: Environment, scopes: list[str]) -> list[str]:
    """Return a shell command with a new token that has only these scopes; without any, the names of all scopes."""
    state, port = _api(environment)
    if not scopes:
        return list(daemon.ask(state, port, "GET", "/sandbox/tokens")["scopes"])
    made = daemon.ask(state, port, "POST", "/sandbox/tokens", {"scopes": scopes})["token"]
    return [f"export DIGITALOCEAN_TOKEN={made} DIGITALOCEAN_ACCESS_TOKEN={made}"]


def change_account(environment: Environment, changes: dict[str, Any]) -> dict[str, Any]:
    """Change the account as only the cloud itself can, and return it as the API shows it."""
    state, port = _api(environment)
    return dict(daemon.ask(state, port, "PATCH", "/sandbox/account", changes)["account"])


def _api(environment: Environment) -> tuple[Path, int]:
    """Return the state directory and the port of the API, which must be running."""
    if not environment.account:
        raise SandboxError("This inventory has no sandbox_cloud, so it has no API")
    state = _state(environment)
    if not daemon.process(state):
        raise SandboxError("The cloud's API does not run: run bin/sandbox start")
    return state, environment.account.port


def _spaces(access: dict[str, str], bundle: Path) -> list[str]:
    """Return shell commands with the account's own keys for Spaces, for our modules and for other clients."""
    own = f"SPACES_ACCESS_KEY_ID={access['access_key']} SPACES_SECRET_ACCESS_KEY={access['secret_key']}"
    return [
        f"export {own} SPACES_ENDPOINT_URL={access['endpoint']} SPACES_CA_FILE={access['ca_file']}",
        f"{_aws(access)} AWS_CA_BUNDLE={bundle}",
    ]


def _aws(access: dict[str, str]) -> str:
    pair = f"AWS_ACCESS_KEY_ID={access['access_key']} AWS_SECRET_ACCESS_KEY={access['secret_key']}"
    return f"export {pair} AWS_ENDPOINT_URL_S3={access['endpoint']} AWS_DEFAULT_REGION={access['region']}"


def _images(newest: bool) -> list[Callable[[], str]]:
    """Return functions that build the images for droplets and clusters, so that none has to wait for its image."""
    suites = [image.NEWEST] if newest else list(image.SUITES)
    return [
        partial(image.dns, image.NEWEST),
        *(partial(make, suite) for suite in suites for make in (image.droplet, image.postgresql)),
    ]


def _start(each: Machine, state: Path, *, bucket: bool) -> bool:
    """Ensure that one machine runs, with its certificate and host key.

    A cloud account creates its buckets and keys itself.
    """
    if each.service == "s3":
        changed = s3.ensure_server(state, each)
        changed = (bucket and s3.ensure_buckets(state, each)) or changed
    else:
        changed = machine.ensure(
            each, partial(image.machine, each.suite), str(state), (state / "id_ed25519.pub").read_text()
        )
        keys.certify(state, each)
    keys.record_host_key(state, each, machine.host_key(each))
    return changed


def _remove(state: Path, only: list[str]) -> None:
    """Remove the containers of a sandbox, including those that the inventory no longer names."""
    for container in docker("ps", "--all", "--filter", f"label={_label(state)}", "--format", "{{.Names}}").splitlines():
        if not only or container in only:
            say(f"Remove machine {container}")
            machine.remove(container)


def _label(state: Path) -> str:
    return f"{machine.SANDBOX}={state}"


def _state(environment: Environment) -> Path:
    return HOME / environment.name


@contextlib.contextmanager
def _exclusively() -> Iterator[None]:
    """Let only one run at a time create and remove things."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Wait for another bin/sandbox to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
