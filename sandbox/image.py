# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images: the base debian:<suite>, pulled or made from this machine's apt sources, and what is built on top of it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import apt, engine
from .engine import EngineError, docker
from .say import SandboxError, say, step

HERE = Path(__file__).parent
PREFIX = "mlops-mlflow"
SUITES = ("trixie", "bookworm")
NEWEST = SUITES[0]
PULL_SECONDS = 60
LOCKS = HERE.parent / ".cache"


def machine(suite: str) -> str:
    """Return the image of a machine, built if it does not exist."""
    tag = f"{PREFIX}-machine:{suite}-{_hash('Dockerfile', 'container-init', 'packages')}"
    with _lock(tag):
        if not _exists(tag):
            base = _base(suite)
            with step(f"Build the image of a {suite} machine", usually="5 s, 20 s on a pulled base"):
                _build(
                    tag,
                    base,
                    {"Dockerfile", "container-init"},
                    apt.build_files(suite) | {"packages": (HERE / "packages").read_text()},
                )
    return tag


def s3(suite: str) -> str:
    """Return the image of an S3 server, built if it does not exist."""
    sources = ("Dockerfile", "ceph.conf", "s3-make", "s3-mon.service", "s3-osd.service", "s3.service")
    return _on_top("s3", suite, sources, "the S3 server", usually="40 s")


def postgresql(suite: str) -> str:
    """Return the image of a node of managed PostgreSQL, built if it does not exist."""
    sources = ("Dockerfile", "postgresql.conf", "pg_hba.conf", "pgbouncer.ini", "nftables.conf", "recover")
    return _on_top("postgresql", suite, sources, f"PostgreSQL on {suite}", usually="25 s")


def droplet(suite: str) -> str:
    """Return the image of a droplet, built if it does not exist."""
    return _on_top("droplet", suite, ("Dockerfile", "90-sandbox.cfg"), f"a {suite} droplet", usually="20 s")


def dns(suite: str) -> str:
    """Return the image of a DNS server, built if it does not exist."""
    return _on_top("dns", suite, ("Dockerfile", "unbound.conf"), "the DNS server", usually="10 s")


def remove_all() -> None:
    """Remove every image that the sandbox built."""
    for tag in docker(
        "image", "ls", "--filter", f"reference={PREFIX}-*", "--format", "{{.Repository}}:{{.Tag}}"
    ).splitlines():
        try:
            docker("image", "rm", tag)
            say(f"Remove image {tag}")
        except EngineError:
            say(f"Image {tag} is kept: another sandbox uses it")


def _on_top(kind: str, suite: str, names: tuple[str, ...], what: str, *, usually: str) -> str:
    """Return the image of a machine with the files of sandbox/<kind>, built if it does not exist."""
    base, sources = machine(suite), {f"{kind}/{name}" for name in names}
    tag = f"{PREFIX}-{kind}:{suite}-{_hash(*sorted(sources))}-{base.rpartition('-')[2]}"
    with _lock(tag):
        if not _exists(tag):
            with step(f"Build the image of {what}", usually=usually):
                _build(tag, base, sources, apt.build_files(suite))
    return tag


def _base(suite: str) -> str:
    """Return debian:<suite>, or an image like it."""
    official, own = f"debian:{suite}", f"{PREFIX}-base:{suite}"
    for tag in (official, own):
        if _exists(tag):
            return tag
    try:
        with step(f"Pull {official}", usually=f"10 s, at most {PULL_SECONDS} s"):
            docker("pull", "-q", official, timeout=PULL_SECONDS)
            return official
    except (EngineError, subprocess.TimeoutExpired):
        say(f"No registry serves {official}: it is made from this machine's own apt sources")
    mirrors = apt.sources(suite)
    if not mirrors:
        raise SandboxError(
            "No container registry answers, and this machine's apt has no Debian mirror: "
            f"pull {official} by hand, or use a Debian machine"
        )
    _have_mmdebstrap()
    with step(f"Make a {suite} system with mmdebstrap", usually="20 to 40 s"):
        _bootstrap(suite, mirrors, own)
    return own


def _have_mmdebstrap() -> None:
    """Install mmdebstrap unless it is there; the images of two suites, which are made side by side, ask for it."""
    with _lock("mmdebstrap"):
        if shutil.which("mmdebstrap"):
            return
        if not engine.may_install():
            raise SandboxError("mmdebstrap is missing: install it (apt-get install mmdebstrap), or run this as root")
        with step("Install mmdebstrap", usually="5 s"):
            engine.install("mmdebstrap")


def _bootstrap(suite: str, mirrors: list[str], tag: str) -> None:
    """Stream a new Debian into Docker. It is tagged last, so that an incomplete image is never used."""
    packages = ",".join((HERE / "packages").read_text().split())
    command = [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={packages}",
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=APT::Install-Recommends "0"',
    ]
    command += [
        "--dpkgopt=force-unsafe-io",
        "--customize-hook=rm $1/etc/apt/apt.conf.d/99mmdebstrap $1/etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    ]
    with tempfile.TemporaryFile("w+") as log:
        with subprocess.Popen([*command, suite, "-", *mirrors], stdout=subprocess.PIPE, stderr=log) as made:
            imported = subprocess.run(
                ["docker", "import", "-"], stdin=made.stdout, capture_output=True, text=True, check=False
            )
        if made.returncode or imported.returncode:
            log.seek(0)
            raise SandboxError(
                "\n".join(
                    [f"mmdebstrap could not make a {suite} system:", *log.read().splitlines()[-15:], imported.stderr]
                )
            )
    docker("tag", imported.stdout.strip(), tag)


def _build(tag: str, base: str, sources: set[str], build_files: dict[str, str]) -> None:
    """Build from a context with copies of our sources and, in build/, what only the build needs."""
    with tempfile.TemporaryDirectory() as context:
        for name in sources:
            shutil.copy2(HERE / name, context)
        (Path(context) / "build").mkdir()
        for name, text in build_files.items():
            (Path(context) / "build" / name).write_text(text)
        docker("build", "-q", "--build-arg", f"BASE={base}", "-t", tag, context)


def _exists(tag: str) -> bool:
    return bool(docker("image", "ls", "-q", tag))


def _hash(*names: str) -> str:
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in names)).hexdigest()[:12]


@contextlib.contextmanager
def _lock(tag: str) -> Iterator[None]:
    """Let only one process and thread at a time build an image, or install what builds it."""
    LOCKS.mkdir(exist_ok=True)
    with (LOCKS / f"{tag.replace(':', '-')}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
