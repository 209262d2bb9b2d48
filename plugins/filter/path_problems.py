# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directories that belong to somebody else, or to each other."""

from __future__ import annotations

from itertools import combinations
from pathlib import PurePosixPath

DOCUMENTATION = r"""
name: path_problems
short_description: Return what is wrong with the directories that a role uses
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Refuses directories of the system and of other packages of Debian, paths with C(..), and directories that are equal
    or inside one another.
options:
  _input:
    description: The directories by the names of their variables.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ {'mlflow_state_directory': '/var/lib/postgresql'} | mlops.mlflow.path_problems }}"
"""

RETURN = r"""
_value:
  description: A sentence for each mistake.
  type: list
  elements: str
"""

SYSTEM = frozenset(
    [
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/media",
        "/mnt",
        "/opt",
        "/proc",
        "/sbin",
        "/srv",
        "/sys",
        "/usr",
        "/usr/local",
        "/var",
        "/var/cache",
        "/var/lib",
        "/var/log",
        "/var/opt",
    ]
)
OTHERS = frozenset(
    [
        f"/{name}"
        for name in [
            "bin",
            "boot",
            "dev",
            "lib",
            "lib64",
            "proc",
            "sbin",
            "sys",
            "usr/bin",
            "usr/include",
            "usr/lib",
            "usr/sbin",
            "usr/share",
            "var/cache",
            "var/log",
            "var/spool",
        ]
    ]
    + [
        f"/var/lib/{name}"
        for name in [
            "apt",
            "chrony",
            "cloud",
            "containerd",
            "dbus",
            "docker",
            "dpkg",
            "etcd",
            "grafana",
            "jenkins",
            "kubelet",
            "letsencrypt",
            "mlflow-dump",
            "mongodb",
            "mysql",
            "nginx",
            "pam",
            "postgresql",
            "private",
            "prometheus",
            "python",
            "rabbitmq",
            "redis",
            "snapd",
            "sudo",
            "systemd",
            "ucf",
            "ufw",
            "waagent",
        ]
    ]
    + [
        f"/etc/{name}"
        for name in [
            "apparmor.d",
            "apt",
            "ca-certificates",
            "cloud",
            "cron.d",
            "default",
            "docker",
            "dpkg",
            "init.d",
            "ld.so.conf.d",
            "letsencrypt",
            "mysql",
            "netplan",
            "network",
            "nginx",
            "pam.d",
            "postgresql",
            "profile.d",
            "security",
        ]
    ]
    + [f"/etc/{name}" for name in ["ssh", "ssl", "sudoers.d", "sysctl.d", "systemd", "tmpfiles.d", "udev", "ufw"]]
)


def path_problems(paths: dict) -> list:
    """Return a sentence for each mistake."""
    found = []
    for name, path in paths.items():
        parts = PurePosixPath(path)
        if ".." in parts.parts:
            found.append(f"{name}: {path} contains ..; write the path without it")
        elif path.rstrip("/") in SYSTEM | {""} or OTHERS & {str(each) for each in [parts, *parts.parents]}:
            found.append(
                f"{name}: {path} belongs to the system or to another service; choose a directory of its own, such as {parts.parent / 'mlflow'}"
            )
    for (name, path), (other, parent) in combinations(paths.items(), 2):
        one, two = PurePosixPath(path), PurePosixPath(parent)
        if one.is_relative_to(two) or two.is_relative_to(one):
            found.append(
                f"{name}, {other}: {path} and {parent} are the same or one is inside the other; give each a directory of its own"
            )
    return found


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"path_problems": path_problems}
