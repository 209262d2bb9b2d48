# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One machine: a container with systemd as PID 1, reached over ssh by a sudo user."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .engine import EngineError, docker
from .model import Machine
from .say import SandboxError, step

CAS = Path("/usr/local/share/ca-certificates")
SANDBOX = "mlops.mlflow.sandbox"
MADE_AS = "mlops.mlflow.made-as"
REMOVE_SECONDS = 60
BOOT_SECONDS = 120  # the storage of an S3 server is made while it boots, on a busy machine in up to 40 s

# systemd mounts and limits (SYS_ADMIN, cgroups), ufw filters (NET_ADMIN), a reboot can be told from a power-off
# (SYS_BOOT); never --privileged.
LIKE_A_DROPLET = (
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cap-add", "SYS_BOOT"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"),
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp"),
    *("--stop-signal", "SIGRTMIN+3"),
)

HAS_KEYS = 'cmp -s - "$(getent passwd "$1" | cut -d: -f6)/.ssh/authorized_keys"'

# The key comes last: a machine that has it is complete.
ADD_KEYS = """
set -eu
id "$1" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$1"
[ "$1" = root ] || echo "$1 ALL=(ALL) NOPASSWD:ALL" > "/etc/sudoers.d/90-$1"
update-ca-certificates >/dev/null 2>&1
directory=$(getent passwd "$1" | cut -d: -f6)/.ssh
install -d -o "$1" -g "$1" -m 0700 "$directory"
install -o "$1" -g "$1" -m 0600 /dev/stdin "$directory/new"
mv "$directory/new" "$directory/authorized_keys"
"""


def inspect(name: str) -> dict[str, Any] | None:
    """Return what Docker knows about a container, or None if there is none."""
    try:
        return json.loads(docker("container", "inspect", name))[0]
    except EngineError as error:
        if "No such container" in str(error):
            return None
        raise


def ensure(
    machine: Machine, image: Callable[[], str], sandbox: str, public_key: str, files: Mapping[str, Path] | None = None
) -> bool:
    """Ensure that the machine exists with these files, runs, and accepts the key.

    Return whether anything had to be done.
    """
    there = inspect(machine.container)
    if not there:
        made_from = image()
        with step(f"{machine.host}: create a {machine.suite} machine at {machine.address}", usually="3 s"):
            create(machine, made_from, sandbox)
            _boot(machine, public_key, files or {})
        return True
    _check_owner(machine, there["Config"]["Labels"] or {}, sandbox)
    if there["State"]["Running"] and _has_keys(machine, public_key):
        return False
    with step(f"{machine.host}: start it, as it is {there['State']['Status']}", usually="2 s"):
        _boot(machine, public_key, files or {})
    return True


def host_key(machine: Machine) -> str:
    """Return the machine's public host key, read through Docker and not over the network."""
    return docker("exec", machine.container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")


def reboot(machine: Machine) -> None:
    """Reboot the machine."""
    docker("restart", machine.container)
    _wait(machine)


def remove(container: str) -> None:
    """Shut a machine down, so that its connections are closed, and remove it, if nothing else just does."""
    for command in (("stop", "-t", "5"), ("rm", "--force", "--volumes")):
        try:
            docker(*command, container)
        except EngineError as error:
            if not any(
                said in str(error) for said in ("No such container", "already in progress", "marked for removal")
            ):
                raise
    deadline = time.monotonic() + REMOVE_SECONDS
    while inspect(container):
        if time.monotonic() > deadline:
            raise SandboxError(f"Docker did not remove container {container} in {REMOVE_SECONDS} s")
        time.sleep(0.1)


def create(machine: Machine, image: str, sandbox: str) -> None:
    """Create the container of a machine without starting it."""
    first = machine.interfaces[0]
    options = ["--label", f"{SANDBOX}={sandbox}", "--label", f"{MADE_AS}={machine.made_as}"]
    options += ["--network", first.network, "--ip", first.address, "--network-alias", machine.host]
    options += ["--memory", machine.memory, "--memory-swap", machine.memory] if machine.memory else []
    options += ["--dns", machine.resolver] if machine.resolver else []
    docker(
        "create",
        "--name",
        machine.container,
        "--hostname",
        machine.hostname or machine.host,
        *options,
        *LIKE_A_DROPLET,
        image,
    )


def start(machine: Machine) -> None:
    """Start a machine, with the interfaces that it lacks and the current CAs."""
    joined = inspect(machine.container)["NetworkSettings"]["Networks"]
    for interface in machine.interfaces:
        if interface.network not in joined:
            docker(
                "network",
                "connect",
                "--ip",
                interface.address,
                "--alias",
                machine.host,
                interface.network,
                machine.container,
            )
    for ca in sorted(CAS.glob("*.crt")):
        docker("cp", "--follow-link", str(ca), f"{machine.container}:{CAS}/")
    docker("start", machine.container)


def add_keys(machine: Machine, public_key: str) -> None:
    """Let the user of a machine log in with these public keys, one a line."""
    docker("exec", "-i", machine.container, "sh", "-c", ADD_KEYS, "add-keys", machine.user, given=public_key)


def booted(machine: Machine) -> bool:
    """Return whether systemd has started everything."""
    return _state_of(machine) in ("running", "degraded")


def systemd_runs(machine: Machine) -> bool:
    """Return whether systemd runs, even if it is still starting units."""
    return _state_of(machine) in ("starting", "running", "degraded")


def _state_of(machine: Machine) -> str:
    """Return the state of a machine as its systemd reports it, or the error."""
    try:
        return docker("exec", machine.container, "systemctl", "is-system-running")
    except EngineError as error:  # systemctl fails for any state but running
        return str(error)


def _boot(machine: Machine, public_key: str, files: Mapping[str, Path]) -> None:
    for path, source in files.items():
        docker("cp", str(source), f"{machine.container}:{path}")
    start(machine)
    _wait(machine)
    add_keys(machine, public_key)


def _check_owner(machine: Machine, labels: dict[str, str], sandbox: str) -> None:
    if (owner := labels.get(SANDBOX)) != sandbox:
        whose = f"of the sandbox {owner}" if owner else "of no sandbox"
        raise SandboxError(
            f"There is already a container {machine.container} {whose}: remove it, or give sandbox_network another name"
        )
    if (made_as := labels.get(MADE_AS)) != machine.made_as:
        raise SandboxError(
            f"{machine.host} was created as {made_as}, but is now {machine.made_as}: "
            f"run `bin/sandbox stop {machine.host}` first, which deletes its data"
        )


def _has_keys(machine: Machine, public_key: str) -> bool:
    try:
        docker("exec", "-i", machine.container, "sh", "-c", HAS_KEYS, "has-keys", machine.user, given=public_key)
    except EngineError:
        return False
    return True


def _wait(machine: Machine) -> None:
    """Wait until systemd has started everything and sshd answers."""
    deadline = time.monotonic() + BOOT_SECONDS
    while not (up := booted(machine)) or not _answers(machine.address):
        if time.monotonic() > deadline:
            if up:
                raise SandboxError(
                    f"{machine.host} runs, but {machine.address} cannot be reached from here: "
                    "the sandbox needs Docker on this Linux machine itself"
                )
            raise SandboxError(
                f"{machine.host} did not boot in {BOOT_SECONDS} s: see `docker exec {machine.container} journalctl -b`"
            )
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
