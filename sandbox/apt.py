# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The mirrors of this machine's apt, and the CAs that it trusts. No mirror is named anywhere in this collection."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
POCKETS = ("", "-updates", "-security")
TARGETS = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")


def sources(suite: str) -> list[str]:
    """Return this machine's Debian mirrors as sources.list lines for a suite; none if it does not run Debian."""
    system = platform.freedesktop_os_release()
    if system.get("ID") != "debian" or not shutil.which("apt-get"):
        return []
    targets = subprocess.run(TARGETS, capture_output=True, text=True, check=True).stdout
    return translate(targets, system.get("VERSION_CODENAME", ""), suite)


def translate(targets: str, own: str, suite: str) -> list[str]:
    """Turn index targets of this machine's suite into sources.list lines for another.

    A target is a line "uri release component".
    """
    wanted = {f"{own}{pocket}": f"{suite}{pocket}" for pocket in POCKETS}
    lines = [line.split() for line in targets.splitlines()]
    found = [
        f"deb {uri} {wanted[release]} main"
        for uri, release, component in lines
        if component == "main" and release in wanted and uri.startswith("http")
    ]
    return list(dict.fromkeys(found))


def build_files(suite: str) -> dict[str, str]:
    """Return the files that apt needs to build an image: the sources, settings and CAs of this machine."""
    bundle = BUNDLE.read_text() if BUNDLE.exists() else ""
    settings = ['APT::Install-Recommends "0";', 'Acquire::Languages "none";']
    settings += ['Acquire::https::CAInfo "/build/ca-certificates.crt";'] if bundle else []
    return {
        "sources.list": "".join(f"{line}\n" for line in sources(suite)),
        "apt.conf": "\n".join([*settings, ""]),
        "ca-certificates.crt": bundle,
    }
