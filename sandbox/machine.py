# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One machine: a container with systemd as PID 1, reached over ssh by a sudo user."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from .engine import EngineError, docker
from .inventory import Machine
from .say import Refused, say

CAS = Path("/usr/local/share/ca-certificates")
SANDBOX = "mlops.mlflow.sandbox"
HOST = "mlops.mlflow.host"
MADE_AS = "mlops.mlflow.made-as"
BOOT_SECONDS = 60

# systemd mounts and limits (SYS_ADMIN, cgroups), ufw filters (NET_ADMIN); never --privileged.
LIKE_A_DROPLET = (
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"),
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp"),
    *("--stop-signal", "SIGRTMIN+3"),
)

# Reads the public key; writes it last, so that a machine which has it is whole.
WELCOME = """
set -eu
user=$1
id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
echo "$user ALL=(ALL) NOPASSWD:ALL" > "/etc/sudoers.d/90-$user"
update-ca-certificates >/dev/null 2>&1
home=$(getent passwd "$user" | cut -d: -f6)
install -d -o "$user" -g "$user" -m 0700 "$home/.ssh"
cat > "$home/.ssh/new"
chown "$user:$user" "$home/.ssh/new"
chmod 0600 "$home/.ssh/new"
mv "$home/.ssh/new" "$home/.ssh/authorized_keys"
"""


def inspect(name: str) -> dict[str, Any] | None:
    """Return what the engine knows of a container, or None."""
    try:
        return json.loads(docker("container", "inspect", name))[0]
    except EngineError:
        return None


def ensure(machine: Machine, image: str, sandbox: str, public_key: str) -> bool:
    """Have the machine made, started and open to the key; return whether anything had to be done."""
    there = inspect(machine.container)
    if there:
        _refuse_another(machine, there["Config"]["Labels"] or {}, sandbox)
        if there["State"]["Running"] and _welcomed(machine, public_key):
            return False
    else:
        say(f"{machine.host}: make a {machine.suite} machine at {machine.address} (usually 3 s)")
        _create(machine, image, sandbox)
    begin = time.monotonic()
    if there:
        say(f"{machine.host}: start it again (usually 2 s)")
    _complete(machine)
    docker("start", machine.container)
    wait(machine)
    docker("exec", "-i", machine.container, "sh", "-c", WELCOME, "welcome", machine.user, given=public_key)
    say(f"{machine.host}: up in {time.monotonic() - begin:.1f} s")
    return True


def wait(machine: Machine) -> None:
    """Wait until systemd has started everything and sshd answers."""
    deadline = time.monotonic() + BOOT_SECONDS
    while not (_booted(machine) and _answers(machine.address)):
        if time.monotonic() > deadline:
            raise Refused(f"{machine.host} did not boot in {BOOT_SECONDS} s: look with `docker exec {machine.container} journalctl -b`")
        time.sleep(0.1)


def host_key(machine: Machine) -> str:
    """Return the machine's public host key, asked over the engine and not over the network."""
    return docker("exec", machine.container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")


def reboot(machine: Machine) -> None:
    """Boot the machine anew."""
    docker("restart", machine.container)
    wait(machine)


def remove(name: str) -> None:
    """Shut the machine down, so that its connections end, and remove it."""
    docker("stop", "--time", "5", name)
    docker("rm", "--force", "--volumes", name)


def made_as(machine: Machine) -> str:
    """Return what a machine is made with and keeps for its life."""
    legs = ", ".join(f"{leg.address} in {leg.network}" for leg in machine.legs)
    return " ".join(filter(None, [machine.suite, legs, machine.service, machine.memory]))


def _create(machine: Machine, image: str, sandbox: str) -> None:
    first = machine.legs[0]
    labels = {SANDBOX: sandbox, HOST: machine.host, MADE_AS: made_as(machine)}
    options = [option for label, value in labels.items() for option in ("--label", f"{label}={value}")]
    options += ["--network", first.network, "--ip", first.address, "--network-alias", machine.host]
    options += ["--memory", machine.memory, "--memory-swap", machine.memory] if machine.memory else []
    docker("create", "--name", machine.container, "--hostname", machine.host, *options, *LIKE_A_DROPLET, image)


def _complete(machine: Machine) -> None:
    """Give a machine that does not run what a half-made one lacks: its other legs, and the CAs of today."""
    joined = inspect(machine.container)["NetworkSettings"]["Networks"]
    for leg in machine.legs:
        if leg.network not in joined:
            docker("network", "connect", "--ip", leg.address, "--alias", machine.host, leg.network, machine.container)
    for ca in sorted(CAS.glob("*.crt")):
        docker("cp", str(ca), f"{machine.container}:{CAS}/")


def _refuse_another(machine: Machine, labels: dict[str, str], sandbox: str) -> None:
    if labels.get(SANDBOX) != sandbox:
        raise Refused(f"Container {machine.container} is not of this sandbox but of {labels.get(SANDBOX, 'something else')}: remove it there, or rename sandbox_network")
    if labels.get(MADE_AS) != made_as(machine):
        raise Refused(f"{machine.host} was made as {labels.get(MADE_AS)}, the inventory says {made_as(machine)}: run `bin/sandbox stop {machine.host}`, then start")


def _welcomed(machine: Machine, public_key: str) -> bool:
    try:
        docker("exec", "-i", machine.container, "sh", "-c", 'cmp -s - "$(getent passwd "$1" | cut -d: -f6)/.ssh/authorized_keys"', "sh", machine.user, given=public_key)
    except EngineError:
        return False
    return True


def _booted(machine: Machine) -> bool:
    try:
        return docker("exec", machine.container, "systemctl", "is-system-running") == "running"
    except EngineError as error:
        return "degraded" in str(error)


def _answers(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
