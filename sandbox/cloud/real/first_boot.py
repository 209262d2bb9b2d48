# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What cloud-init finds at a droplet's first boot: keys, hostname, user data, and the cloud's own script (vendor data)."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from ..core.store import Thing

SEED = "var/lib/cloud/seed/nocloud"
# The cloud's own part of a first boot: sshd is restarted, and apt is busy, as an agent is installed
VENDOR = """\
#!/usr/bin/python3
import fcntl, os, subprocess, time
subprocess.run(["systemctl", "restart", "ssh.service"], check=True)
lists = "/var/lib/apt/lists"
files = [open(name, "w") for name in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", f"{{lists}}/lock")]
os.utime(lists, (0, 0))  # a new lock makes empty lists look fresh, and `apt: cache_valid_time` would believe in them
for file in files if {seconds} else ():
    fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep({seconds})
"""


def seed(droplet: Thing, apt_seconds: float) -> bytes:
    """Return the seed of cloud-init's datasource NoCloud, as a tar archive to be unpacked in the root directory."""
    about = {"instance-id": str(droplet["id"]), "local-hostname": droplet["name"], "public-keys": droplet["_keys"]}
    files = {"meta-data": yaml.safe_dump(about), "user-data": droplet["_user_data"], "vendor-data": VENDOR.format(seconds=apt_seconds)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{SEED}/{name}")
            entry.size, entry.mode = len(text.encode()), 0o600
            tar.addfile(entry, io.BytesIO(text.encode()))
    return archive.getvalue()
