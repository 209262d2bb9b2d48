# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The keys of a sandbox: its user's SSH key, its machines' host keys, a CA, and a certificate for each machine."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from .model import Machine
from .say import SandboxError

CA = """
[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = Sandbox CA {name}
[extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

SERVER = """
[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = {host}
[extensions]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""

_known_hosts = threading.Lock()


def ensure(state: Path) -> None:
    """Ensure that the directory, the SSH key and the CA exist."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (state / "id_ed25519.pub").exists():
        (state / "id_ed25519").unlink(missing_ok=True)
        _run(
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            f"sandbox-{state.name}",
            "-f",
            str(state / "id_ed25519"),
        )
    if not (state / "ca.crt").exists():
        _certificate(state, "ca", CA.format(name=state.name), days=3650)


def certify(state: Path, machine: Machine, *more: str) -> None:
    """Ensure that there is a server certificate for the machine's name and addresses, and for further host names."""
    hosts = [f"DNS:{host}" for host in (machine.host, "localhost", *more)]
    certify_names(
        state, machine.host, [*hosts, *(f"IP:{interface.address}" for interface in machine.interfaces), "IP:127.0.0.1"]
    )


def certify_names(state: Path, host: str, names: list[str]) -> None:
    """Ensure that there is a server certificate <host>.crt with <host>.key.

    It is for names such as DNS:localhost and IP:127.0.0.1.
    """
    if not (state / f"{host}.crt").exists():
        signer = ("-CA", str(state / "ca.crt"), "-CAkey", str(state / "ca.key"))
        _certificate(state, host, SERVER.format(host=host, names=", ".join(names)), *signer, days=825)


def record_host_key(state: Path, machine: Machine, host_key: str) -> None:
    """Record the machine's host key, so that ssh can check it strictly."""
    names = ",".join([machine.host, *(interface.address for interface in machine.interfaces)])
    with _known_hosts:
        lines = {line.split()[0]: line for line in _lines(state)}
        lines[names] = " ".join([names, *host_key.split()[:2]])
        write(state / "known_hosts", "".join(f"{line}\n" for line in lines.values()))


def forget(state: Path, machine: Machine) -> None:
    """Remove the files of a machine that was removed."""
    for suffix in ("crt", "key"):
        (state / f"{machine.host}.{suffix}").unlink(missing_ok=True)
    if (state / "known_hosts").exists():
        write(
            state / "known_hosts",
            "".join(f"{line}\n" for line in _lines(state) if not line.startswith(f"{machine.host},")),
        )


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file atomically."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode)
    new.write_text(text)
    new.replace(path)


def _lines(state: Path) -> list[str]:
    known_hosts = state / "known_hosts"
    return known_hosts.read_text().splitlines() if known_hosts.exists() else []


def _certificate(state: Path, name: str, settings: str, *signer: str, days: int) -> None:
    """Create a key and its certificate, self-signed unless a signer is given.

    The certificate is renamed into place last.
    """
    new = state / f"{name}.crt.new"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", str(state / f"{name}.key"), "-out", str(new), "-config", "/dev/stdin")
    _run("openssl", "req", "-x509", *curve, *files, "-days", str(days), *signer, given=settings)
    new.replace(state / f"{name}.crt")


def _run(*command: str, given: str | None = None) -> None:
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SandboxError(
            f"The command {command[0]} is missing: install it (on Debian: apt-get install openssh-client openssl)"
        ) from error
    if done.returncode:
        raise SandboxError(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")
