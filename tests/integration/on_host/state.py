# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints the state that a play brings this host to, a line a thing, without what no two machines share.

Prints also what runs with something else.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import stat
import subprocess
from pathlib import Path

TREES = ["/etc", "/home", "/opt", "/root", "/srv", "/tmp", "/usr/local", "/var"]
SKIPPED = re.compile(
    r"/var/(cache|log)/"  # growing, or made again from what is compared here
    # packages and tables are asked for below
    r"|/var/lib/(apt/(lists|periodic)|dpkg|ucf|systemd|postgresql/\d+/main|nginx)/"
    r"|(/var)?/tmp/systemd-private-|/home/[^/]+/\.ansible/tmp/"  # of services that run, and of runs that were killed
    r"|/opt/mlflow/uv/cache/|.*/__pycache__/.*\.pyc$"
)
OF_ITS_OWN = re.compile(  # contents that no two machines share
    r"/etc/(machine-id|hostname|hosts|resolv\.conf|mtab|ld\.so\.cache|ssh/ssh_host_.*"
    r"|ssl/private/ssl-cert-snakeoil\.key|ssl/certs/ssl-cert-snakeoil\.pem)$"
    r"|/etc/(postgresql/server\.(crt|key)|nginx/proxy\.pem|mlflow/database-ca\.crt)$"
    r"|/var/lib/(dbus/machine-id|private|logrotate/status|mlflow-verified-from-.*)$"
    r"|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$"
    r"|/opt/mlflow/releases/[^/]+/manifest\.json$"  # times
)
PASSING = re.compile(
    # sessions and this program
    r"sshd: deploy|\(sd-pam\)|/lib/systemd/systemd --user|ps -eo|/usr/bin/python3 -c import json"
    r"|.*/(dpkg-db-backup|savelog)\b"  # Debian's own timer
    r"|nginx: worker process is shutting down|postgres: .*(mlflow|worker|postgres postgres)"  # connections
)
DATABASE = {
    "revision": ("mlflow", "select version_num from alembic_version"),
    "rows left": (
        "mlflow",
        (
            "select (select count(*) from experiments), (select count(*) from runs), "
            "(select count(*) from registered_models)"
        ),
    ),
    "tables": (
        "mlflow",
        "select schemaname, tablename, tableowner from pg_tables where schemaname !~ '^(pg_|information_)'",
    ),
    "schemas": ("mlflow", "select nspname, nspowner::regrole, nspacl from pg_namespace where nspname !~ '^pg_'"),
    "grants": (
        "mlflow",
        "select relname, relacl from pg_class where relnamespace = 'public'::regnamespace and relacl is not null",
    ),
    "roles": (
        "postgres",
        (
            "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolpassword "
            "from pg_authid where rolname !~ '^pg_'"
        ),
    ),
    "databases": (
        "postgres",
        "select datname, datdba::regrole, pg_encoding_to_char(encoding), datcollate, datctype, datacl from pg_database",
    ),
    "settings": ("postgres", "select name, setting, sourcefile from pg_settings where source = 'configuration file'"),
    "logins": ("postgres", "select type, database, user_name, address, netmask, auth_method from pg_hba_file_rules"),
}

PACKETS = r"\[\d+:\d+\]"  # counted so far

# Who has to be younger than the files that it reads at its start
READS = {
    ("-u", "mlflow"): [
        "/etc/systemd/system/mlflow.service",
        "/opt/mlflow/current/mlflow.env",
        "/etc/mlflow/credentials/aws",
        "/etc/mlflow/credentials/environment",
        "/etc/mlflow/credentials/pgpass",
        "/etc/mlflow/database-ca.crt",
        "/opt/mlflow/current",
    ],
    ("-f", "nginx: worker"): ["/etc/nginx/nginx.conf", "/etc/nginx/proxy.pem"],
}
UNREAD = (
    "select '{0} is younger than what it has read' "
    "where pg_conf_load_time() + '1 s' < (pg_stat_file('{0}')).modification"
)


def output(*command):
    """Return the lines that a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def psql(database, query):
    """Return the rows of a query, a line each."""
    return output("runuser", "-u", "postgres", "--", "psql", "-qAtX", "-d", database, "-c", query)


def described(path):
    """Return kind, mode and owner of a file, and what it holds."""
    if path.is_symlink():
        return f"link to {path.readlink()}"
    holds = (
        hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() and not OF_ITS_OWN.match(str(path)) else ""
    )
    return f"{stat.filemode(path.stat().st_mode)} {path.owner()}:{path.group()} {holds}"


def files():
    """Yield each file below the trees and what it is."""
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            folders[:] = [name for name in folders if not SKIPPED.match(f"{folder}/{name}/")]
            for path in (f"{folder}/{name}" for name in folders + names):
                if not SKIPPED.match(path):
                    yield f"file {path} {described(Path(path))}"


def units():
    """Yield whether each unit starts at boot, and whether it runs; sessions come and go."""
    for line in output("systemctl", "list-unit-files", "--no-legend", "--plain"):
        unit, state, *_ = line.split()
        yield f"at boot, {unit} is {state}"
    for line in output("systemctl", "list-units", "--no-legend", "--plain", "--type=service,socket,timer,target,path"):
        unit, load, active, sub, *_ = line.split()
        if not re.match(
            r"(user|session|apt-daily|dpkg-db-backup|systemd-tmpfiles-clean|logrotate|man-db|e2scrub|fstrim"
            r"|phpsessionclean)",
            unit,
        ):
            yield f"{unit} is {load} {active} {sub}"


def processes():
    """Yield what runs, whatever its numbers; sessions, connections and this program come and go."""
    for line in output("ps", "-eo", "user:20,args"):
        user, argv = line.split(maxsplit=1)
        if user != "USER" and not PASSING.match(argv):
            yield f"{user} runs {re.sub('[0-9]+', '#', argv)}"


def everything_else():
    """Yield packages, listeners, the firewall and what the database holds."""
    yield from output("dpkg-query", "--show", "--showformat=package ${Package} ${Version} ${db:Status-Abbrev}\n")
    yield from (f"package {name} was asked for" for name in output("apt-mark", "showmanual"))
    yield from (
        f"listener {' '.join(re.sub('(pid|fd)=[0-9]+', '', line).split())}"
        for line in output("ss", "-Hltnp")
        if "127.0.0.11:" not in line
    )
    yield from (f"ufw: {line}" for line in output("ufw", "status", "verbose"))
    for program in ("iptables-save", "ip6tables-save"):
        yield from (
            f"{program}: {re.sub(PACKETS, '', line)}"
            for line in output(program)
            if not re.search("^#|DOCKER|127.0.0.11", line)
        )
    for what, (database, query) in DATABASE.items():
        yield from (f"{what}: {line}" for line in psql(database, query))


def started(pid):
    """Return when a process was started."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    boot = next(
        int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime")
    )
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def stale():
    """Yield what runs with something else than what is written.

    It is found by times and by asking, not by the notes that the roles keep.
    """
    if "yes" in output("systemctl", "show", "*", "--property=NeedDaemonReload", "--value"):
        yield "systemd has not read all units again"
    for who, paths in READS.items():
        for path, pid in itertools.product(paths, output("pgrep", *who)):
            if started(pid) + 1 < Path(path).lstat().st_mtime:
                yield f"process {pid} ({' '.join(who)}) is older than {path}"
    for path in [*Path("/etc/postgresql").glob("*/main/**/*.conf"), *Path("/etc/postgresql").glob("server.*")]:
        yield from (f"PostgreSQL: {line}" for line in psql("postgres", UNREAD.format(path)))
    yield from (
        f"PostgreSQL waits for a restart to change {name}"
        for name in psql("postgres", "select name from pg_settings where pending_restart")
    )


parts = (files, units, processes, everything_else)
print(json.dumps({"state": sorted({line for part in parts for line in part()}), "stale": list(stale())}))
