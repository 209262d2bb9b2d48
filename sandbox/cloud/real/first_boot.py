# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The data that cloud-init reads at a droplet's first boot.

They are keys, hostname, user data, and the cloud's own script (vendor data).
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from ..core.store import Thing

SEED = "var/lib/cloud/seed/nocloud"
# What the cloud itself does during a first boot: it restarts sshd, and keeps apt busy while it installs an agent
VENDOR = """\
#!/usr/bin/python3
import fcntl, os, subprocess, time
subprocess.run(["systemctl", "restart", "ssh.service"], check=True)
lists = "/var/lib/apt/lists"
files = [open(name, "w") for name in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", f"{{lists}}/lock")]
os.utime(lists, (0, 0))  # a new lock file makes empty lists look fresh to `apt: cache_valid_time`
for file in files if {seconds} else ():
    fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep({seconds})
"""


def seed(droplet: Thing, apt_seconds: float) -> bytes:
    """Return the seed for cloud-init's datasource NoCloud, as a tar archive to unpack in the root directory."""
    about = {"instance-id": str(droplet["id"]), "local-hostname": droplet["name"], "public-keys": droplet["_keys"]}
    files = {
        "meta-data": yaml.safe_dump(about),
        "user-data": droplet["_user_data"],
        "vendor-data": VENDOR.format(seconds=apt_seconds),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{SEED}/{name}")
            entry.size, entry.mode = len(text.encode()), 0o600
            tar.addfile(entry, io.BytesIO(text.encode()))
    return archive.getvalue()
