# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directories, users and sockets that belong to somebody else, or to each other."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import PurePosixPath

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
            "ssh",
            "ssl",
            "sudoers.d",
            "sysctl.d",
            "systemd",
            "tmpfiles.d",
            "udev",
            "ufw",
        ]
    ]
)


USERS = (
    "_apt|backup|bin|daemon|games|irc|list|mail|man|messagebus|mysql|nobody|postgres|proxy|redis|sshd|sync|sys|uucp"
    "|www-data"
)
SOCKETS = "credentials|dbus|docker|lock|mlflow|mysqld|postgresql|sshd|systemd|ufw|user"


def claims(given, users=None, sockets=None, found=()):
    """Refuse names of the system and of other services on any host, and what host_check has found on this one.

    Args:
        given (dict): The directories of a role by the names of their variables.
        users (dict): Its users by the names of their variables.
        sockets (dict): Its sockets by the names of their variables.
        found (list): The sentences of host_check about all of them. Those about what is refused anyway are left out.

    Returns:
        list[str]: A sentence for each mistake.

    """
    sentences = path_problems(given)
    sentences += [each for name, user in (users or {}).items() for each in user_problems(name, user)]
    sentences += [each for name, path in (sockets or {}).items() for each in socket_problems(name, path)]
    refused = {name for each in sentences for name in each.partition(":")[0].split(", ")}
    refused_paths = [PurePosixPath(path) for name, path in given.items() if name in refused]
    for each in found:
        name, _colon, rest = each.partition(": ")
        path = PurePosixPath(rest.partition(" of ")[0])
        if name not in refused and not any(path.is_relative_to(outer) for outer in refused_paths):
            sentences.append(each)
    return sentences


def user_problems(name, user):
    """Return what is wrong with the name of a user that a role creates."""
    if not re.fullmatch(r"(?!root$)[a-z_][a-z0-9_-]{0,30}", user):
        yield (
            f"{name}: {user} cannot be the name of the service's user; use lower-case letters, digits, _ and "
            "-, and not root"
        )
    if re.match(rf"({USERS})$|systemd-", user):
        yield f"{name}: {user} is a user of the system or of another service; choose a name of its own, such as mlflow"


def socket_problems(name, path):
    """Return what is wrong with the path of a socket that a role makes."""
    if not re.fullmatch(r"/run/[\w./-]{1,90}", path):
        yield f"{name}: {path} is not a path below /run; use a path such as /run/mlflow.sock"
    if re.search(rf"(/\.\.?(/|$)|//|/$)|^/run/({SOCKETS})(/|$)", path):
        yield (
            f"{name}: {path} is in a directory of another service or is not a plain path; use a path such as "
            "/run/mlflow.sock"
        )


def path_problems(paths: dict) -> list:
    """Return what is wrong with directories: those of the system and of Debian's packages, and those in one another."""
    found = []
    for name, path in paths.items():
        parts = PurePosixPath(path)
        if ".." in parts.parts:
            found.append(f"{name}: {path} contains ..; write the path without it")
        elif path.rstrip("/") in SYSTEM | {""} or OTHERS & {str(each) for each in [parts, *parts.parents]}:
            found.append(
                f"{name}: {path} belongs to the system or to another service; "
                f"choose a directory of its own, such as {parts.parent / 'mlflow'}"
            )
    for (name, path), (other, parent) in combinations(paths.items(), 2):
        one, two = PurePosixPath(path), PurePosixPath(parent)
        if one.is_relative_to(two) or two.is_relative_to(one):
            found.append(
                f"{name}, {other}: {path} and {parent} are the same or one is inside the other; give each a "
                "directory of its own"
            )
    return found
