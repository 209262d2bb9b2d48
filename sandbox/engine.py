# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Docker engine: the one way to call it, and its installation on a machine that has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from .say import SandboxError, step

PATIENCE = 30


class EngineError(Exception):
    """The Docker command failed; the text is what it printed."""


def docker(*args: str, given: str | None = None, timeout: float | None = None) -> str:
    """Run the docker command and return its output."""
    try:
        done = subprocess.run(
            ["docker", *args], input=given, capture_output=True, text=True, timeout=timeout, check=False
        )
    except FileNotFoundError as error:
        raise EngineError("there is no docker command") from error
    if done.returncode:
        raise EngineError("\n".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-20:]))
    return done.stdout.strip()


def ensure(log: Path) -> None:
    """Ensure that an engine answers: install and start it where that is allowed."""
    silence = _why_silent()
    if silence is None:
        return
    if "permission denied" in silence:
        raise SandboxError(
            "The Docker engine runs, but this user may not use it: "
            "run `sudo usermod -aG docker $USER` and log in again, or use sudo"
        )
    if os.environ.get("DOCKER_HOST"):
        raise SandboxError(
            f"No Docker engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}: start it, or unset DOCKER_HOST"
        )
    if os.geteuid() != 0:
        raise SandboxError(
            "No Docker engine answers, and only root can install or start one: run this with sudo, "
            "or install and start Docker"
        )
    if not (shutil.which("dockerd") and shutil.which("docker")):
        _install()
    _start(log)


def install(*packages: str) -> None:
    """Install packages of this machine's distribution; another run of apt is waited for, up to two minutes."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ("update", "install -y --no-install-recommends"):
        given = packages if command.startswith("install") else ()
        done = subprocess.run(
            ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *command.split(), *given],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SandboxError(f"apt-get could not install {' '.join(packages)}:\n{done.stderr.strip()}")


def may_install() -> bool:
    """Return whether this process is root on Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _why_silent() -> str | None:
    """Return why the engine does not answer, or None."""
    try:
        docker("info", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"no answer in {PATIENCE} s"
    except EngineError as error:
        return str(error)
    return None


def _install() -> None:
    if not may_install():
        raise SandboxError(
            "There is no Docker engine, and it can be installed automatically on Debian and Ubuntu only: "
            "install and start Docker"
        )
    with step("Install the Docker engine from the distribution", usually="20 to 40 s"):
        install("docker.io", "iptables")
        if not shutil.which("docker"):
            install("docker-cli")


def _start(log: Path) -> None:
    with step("Start the Docker engine", usually="2 to 5 s"):
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "start", "docker"], capture_output=True, check=False)
        else:
            _remove_stale_pid_file()
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                subprocess.run(
                    ["setsid", "--fork", "dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True
                )
        _wait(log)


def _remove_stale_pid_file() -> None:
    """Remove the PID file of an engine that was killed, which would keep the next one from starting."""
    note = Path("/var/run/docker.pid")
    status = Path(f"/proc/{note.read_text().strip()}/status") if note.exists() else note
    text = status.read_text() if status.exists() else ""
    if "Name:\tdockerd" not in text or "State:\tZ" in text:
        note.unlink(missing_ok=True)


def _wait(log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while _why_silent() is not None:
        if time.monotonic() > deadline:
            tail = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else ["see: journalctl -u docker"]
            silence = f"The Docker engine was started but does not answer after {PATIENCE} s."
            raise SandboxError("\n".join([f"{silence} The last lines of its log:", *tail]))
        time.sleep(0.5)
