# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The machines of bench/inventory: made by bin/sandbox, deployed by site.yml, reached by ssh."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
INVENTORY = ROOT / "bench/inventory"
STATE = ROOT / ".sandbox/bench"
SCRATCH = ROOT / ".cache/bench"


class Broken(Exception):
    """Something that is to be measured does not work; the text ends in what it said."""


@dataclass(frozen=True)
class Host:
    """A machine, as root."""

    name: str
    address: str

    def run(self, script: str | Path, *arguments: str) -> str:
        """Run a shell script, given as text or as a file, and return what it prints."""
        text = script.read_text() if isinstance(script, Path) else script
        quoted = " ".join(f"'{argument}'" for argument in arguments)
        return _run(
            f"{self.name}: {arguments or text}", [*self._ssh(), f"sudo sh -eus {quoted}"], given=text.encode()
        ).decode()

    def pack(self, archive: Path, *paths: str) -> None:
        """Keep those of these directories that the machine has."""
        archive.write_bytes(
            _run(
                f"{self.name}: pack",
                [*self._ssh(), f"sudo tar --create --ignore-failed-read --directory=/ {' '.join(paths)}"],
            )
        )

    def unpack(self, archive: Path) -> None:
        """Put them onto the machine, which may be another by now."""
        _run(f"{self.name}: unpack", [*self._ssh(), "sudo tar --extract --directory=/"], given=archive.read_bytes())

    def _ssh(self) -> list[str]:
        options = [f"UserKnownHostsFile={STATE}/known_hosts", "StrictHostKeyChecking=yes", "LogLevel=ERROR"]
        return [
            "ssh",
            "-F",
            "/dev/null",
            "-i",
            str(STATE / "id_ed25519"),
            *(f"-o{option}" for option in options),
            f"deploy@{self.address}",
        ]


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    cpu_seconds: float


OURS = Host("ours-1", "10.47.0.11")
FURTHER = (Host("ours-2", "10.47.0.12"), Host("ours-3", "10.47.0.13"))
BY_HAND = Host("by-hand", "10.47.0.21")


_deployed: set[Host] = set()


def renew(*hosts: Host) -> None:
    """Have these machines, and nothing on them."""
    _deployed.difference_update(hosts)
    _sandbox("stop", *hosts)
    _sandbox("start", *hosts)


def have(*hosts: Host) -> None:
    """Have these machines, with all that site.yml brings."""
    if missing := [host for host in hosts if host not in _deployed]:
        _sandbox("start", *missing)
        deploy(*missing)


def remove_all() -> None:
    """Leave nothing of the sandbox."""
    _sandbox("stop")


def deploy(*hosts: Host, arguments: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> Cost:
    """Run site.yml on these hosts and return what it cost this machine, the controller."""
    limit = ",".join(host.name for host in hosts)
    _deployed.update(hosts)
    command = [ROOT / ".venv/bin/ansible-playbook", "site.yml", "--inventory", INVENTORY, "--limit", limit, *arguments]
    return spent(lambda: _run(f"site.yml on {limit}", command, environment=environment))


def timed(host: Host, script: Path, *arguments: str) -> tuple[float, str]:
    """Run a script on a host and return how long it took and what it said."""
    begin = time.monotonic()
    said = host.run(script, *arguments)
    return time.monotonic() - begin, said


def spent(run: Callable[[], object]) -> Cost:
    """Return what the processes take that a function runs."""
    before, begin = _cpu_seconds(), time.monotonic()
    run()
    return Cost(time.monotonic() - begin, _cpu_seconds() - before)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _sandbox(verb: str, *hosts: Host) -> None:
    _run(f"bin/sandbox {verb}", [ROOT / "bin/sandbox", verb, "--inventory", INVENTORY, *(host.name for host in hosts)])


def _run(what: str, command: list[str | Path], given: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    environment = os.environ | (environment or {})
    done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()[-30:]
        raise Broken("\n".join([f"{what} ended with {done.returncode}:", *said]))
    return done.stdout
