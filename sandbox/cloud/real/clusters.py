# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Real clusters: each is a machine with PostgreSQL and PgBouncer.

It has a CA of its own, and a packet filter for the trusted sources. The record in the store is the desired state. The
files of a cluster are in `state`/clusters/<id>: the CA, the certificate, the backups.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
import time
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from ... import image, keys, machine
from ...engine import EngineError, docker
from ...model import Interface, Machine
from ...say import SandboxError
from ..core import fake
from ..core.problems import unprocessable
from ..databases.dns import hosts
from ..databases.options import stand_in
from ..databases.record import ADMIN, KIND, UNMADE
from ..databases.trusted_sources import trusted
from . import postgresql

if TYPE_CHECKING:
    from ..core.cloud import Cloud
    from ..core.store import Thing

SUITES = {"15": "bookworm", "17": "trixie"}  # the Debian release of each version
MADE = "/etc/cluster/made"
SETTINGS = "/etc/postgresql/{version}/main/conf.d/90-api.conf"
READY_SECONDS = 90
PUT = 'install -o postgres -g postgres -m "$2" /dev/stdin "$1.new" && mv "$1.new" "$1"'
KEPT = (
    "/var/lib/postgresql/kept"  # the base backup and the archived WAL, from which sandbox/postgresql/recover recovers
)
BASE_BACKUP = f"rm -rf {KEPT}/base && pg_basebackup --port=25060 --pgdata={KEPT}/base --checkpoint=fast"
FILTER = "cat > /etc/nftables.conf && nft -f /etc/nftables.conf"


class Clusters(fake.Clusters):
    """The clusters of a sandbox: containers <name>-database-<id>.

    They are in the public network and in their VPC's, <name>-vpc-<first 8 of the id>.
    """

    def __init__(self, name: str, state: Path, public: tuple[str, str]) -> None:
        self.name, self.state, self.public = name, state, public
        self._filtered: dict[str, str] = {}
        self._one_ca = threading.Lock()

    def make(self, cloud: Cloud, cluster: Thing) -> None:
        each = self._machine(cloud, cluster)
        if machine.inspect(each.container) and not self._has(each.container, MADE):
            machine.remove(each.container)  # its creation was interrupted
        if not machine.inspect(each.container):
            machine.create(each, image.postgresql(each.suite), str(self.state))
        source = cluster.get("_source")
        self._bring_up(cluster, each, self._contents(source) if source else None)

    def change(self, cloud: Cloud, cluster: Thing, *, moved: bool) -> None:
        if moved:
            each, dump = self._machine(cloud, cluster), self._backup(cluster["id"], "move")
            if not dump.exists():
                self.back_up(cluster, "move")
            if machine.inspect(each.container):
                machine.remove(each.container)
            machine.create(each, image.postgresql(each.suite), str(self.state))
            self._filtered.pop(cluster["id"], None)
            self._bring_up(cluster, each, dump)
            dump.unlink()
        self.configure(cluster)

    def remove(self, cluster: Thing) -> None:
        self._filtered.pop(cluster["id"], None)
        if machine.inspect(self._container(cluster)):
            machine.remove(self._container(cluster))
        shutil.rmtree(self._home(cluster["id"]), ignore_errors=True)

    def resume(self, cloud: Cloud) -> None:
        """Start the clusters that should run, after a restart of this machine or of Docker."""
        for cluster in cloud.store.all(KIND):
            there = machine.inspect(self._container(cluster))
            if there and not there["State"]["Running"] and not cluster.get("_gone") and cluster["status"] not in UNMADE:
                machine.start(self._machine(cloud, cluster))
                self._wait(self._container(cluster))
        self.refilter(cloud)

    def ca(self, cluster: Thing) -> str:
        home = self._home(cluster["id"])
        with self._one_ca:
            keys.ensure(home)
        return (home / "ca.crt").read_text()

    def configure(self, cluster: Thing) -> None:
        container, file = self._container(cluster), SETTINGS.format(version=stand_in(cluster["version"]))
        before = docker("exec", container, "cat", file)
        self._put(container, file, postgresql.settings(cluster))
        if wrong := self._sql(container, postgresql.WRONG_SETTINGS):
            self._put(container, file, before)
            raise unprocessable(f"invalid config: {wrong}")
        self._sql(container, "select pg_reload_conf(); select pg_sleep(0.2)")
        if self._sql(container, "select count(*) from pg_settings where pending_restart") != "0":
            docker("exec", container, "systemctl", "restart", f"postgresql@{stand_in(cluster['version'])}-main")
            self._wait(container)
        self.change_pools(cluster)

    def add_user(self, cluster: Thing, user: Thing) -> None:
        self.change_user(cluster, user)

    def change_user(self, cluster: Thing, user: Thing) -> None:
        self._ensure_user(self._container(cluster), user)
        self.change_pools(cluster, but=user)

    def remove_user(self, cluster: Thing, user: Thing) -> None:
        container = self._container(cluster)
        for database in self._sql(container, postgresql.DATABASES).splitlines():
            self._sql(container, postgresql.DISOWN, database, user=user["name"], heir=ADMIN)
        self._sql(container, postgresql.DROP_USER, user=user["name"])

    def add_database(self, cluster: Thing, name: str) -> None:
        self._sql(self._container(cluster), postgresql.CREATE_DATABASE, database=name, owner=ADMIN)

    def remove_database(self, cluster: Thing, name: str) -> None:
        self._sql(self._container(cluster), postgresql.DROP_DATABASE, database=name)

    def change_pools(self, cluster: Thing, but: Thing | None = None) -> None:
        """Apply the current pools and users; `but` is a user who is newer than in the record."""
        container = self._container(cluster)
        users = {user["name"]: user["password"] for user in [*cluster["_users"], *([but] if but else [])]}
        self._put(container, "/etc/pgbouncer/userlist.txt", postgresql.users_of_pooler(users), mode="0600")
        self._put(container, "/etc/pgbouncer/pools.ini", postgresql.pools(cluster, users), mode="0600")
        docker("exec", container, "systemctl", "reload-or-restart", "pgbouncer")

    def back_up(self, cluster: Thing, moment: str) -> float:
        file = self._dump(cluster["id"], moment, "pg_dumpall", "--port=25060")
        return round(file.stat().st_size / 1e9, 9)

    def refilter(self, cloud: Cloud) -> None:
        with cloud.store.lock:
            for cluster in cloud.store.all(KIND):
                rules = postgresql.packet_filter(trusted(cloud.store, cluster))
                if cluster.get("_gone") or cluster["status"] in UNMADE or self._filtered.get(cluster["id"]) == rules:
                    continue
                there = machine.inspect(self._container(cluster))
                if not there or not there["State"]["Running"]:  # it is being upgraded; its filter is set after that
                    continue
                docker("exec", "-i", self._container(cluster), "sh", "-c", FILTER, given=rules)
                self._filtered[cluster["id"]] = rules

    def _bring_up(self, cluster: Thing, each: Machine, dump: Path | None) -> None:
        """Start a new node and set it up: certificate, settings, contents of a backup, users, databases, pools."""
        container = each.container
        machine.start(each)
        self._wait_for_systemd(each)
        if not self._has(container, MADE):
            self._certify(cluster, container)
            self._put(container, SETTINGS.format(version=stand_in(cluster["version"])), postgresql.settings(cluster))
            docker("exec", container, "systemctl", "restart", f"postgresql@{stand_in(cluster['version'])}-main")
            self._wait(container)
            if dump:
                self._restore(container, dump)
        for user in cluster["_users"]:
            self._ensure_user(container, user)
        for database in cluster["_dbs"]:
            self.add_database(cluster, database)
        self.change_pools(cluster)
        if not self._has(container, MADE):
            docker("exec", "--user", "postgres", container, "sh", "-c", BASE_BACKUP)
        docker("exec", container, "touch", MADE)

    def _contents(self, source: Thing) -> Path:
        """Return the backup that a new cluster is made from; one of a moment between backups is made now."""
        file = self._backup(source["id"], source["created_at"])
        if source.get("between_backups") and not file.exists():
            self._dump(source["id"], source["created_at"], "recover", source["created_at"])
        return file

    def _dump(self, identity: str, moment: str, *command: str) -> Path:
        """Keep what a command prints in a cluster as its backup of a moment."""
        file = self._backup(identity, moment)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        container = self._container({"id": identity})
        inside = ["docker", "exec", "--user", "postgres", container, "bash", "-o", "pipefail", "-c", '"$@" | gzip -1']
        with file.with_suffix(".new").open("wb") as output:
            done = subprocess.run([*inside, "dump", *command], stdout=output, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise EngineError(f"{command[0]} of cluster {identity}: {done.stderr.decode()}")
        file.with_suffix(".new").replace(file)
        return file

    def _certify(self, cluster: Thing, container: str) -> None:
        """Give a node a certificate for its names, signed by the cluster's CA."""
        self.ca(cluster)
        home = self._home(cluster["id"])
        keys.certify_names(home, "server", [f"DNS:{host}" for host in hosts(cluster)])
        for suffix in ("crt", "key"):
            self._put(container, f"/etc/cluster/server.{suffix}", (home / f"server.{suffix}").read_text(), mode="0600")

    def _restore(self, container: str, dump: Path) -> None:
        """Restore a backup; the only error is that the role postgres already exists."""
        command = [
            "docker",
            "exec",
            "-i",
            "--user",
            "postgres",
            container,
            "psql",
            "-XqAt",
            "--port=25060",
            "--dbname=postgres",
        ]
        with gzip.open(dump) as file:
            subprocess.run(command, input=file.read(), capture_output=True, check=True)

    def _ensure_user(self, container: str, user: Thing) -> None:
        self._sql(container, postgresql.create_user(user), user=user["name"], password=user["password"])

    def _machine(self, cloud: Cloud, cluster: Thing) -> Machine:
        """Return the machine of a cluster."""
        public, private = cluster["_addresses"]
        vpc = cloud.store.get("vpc", cluster["private_network_uuid"])
        inside = Interface(f"{self.name}-vpc-{vpc['id'][:8]}", str(IPv4Network(vpc["ip_range"])), private)
        interfaces = (Interface(*self.public, public), inside)
        return Machine(
            cluster["id"],
            SUITES[stand_in(cluster["version"])],
            "root",
            public,
            interfaces,
            f"{self.name}-database",
            hostname=cluster["name"],
        )

    def _container(self, cluster: Thing) -> str:
        return f"{self.name}-database-{cluster['id']}"

    def _home(self, identity: str) -> Path:
        return self.state / "clusters" / identity

    def _backup(self, identity: str, moment: str) -> Path:
        return self._home(identity) / "backups" / f"{moment.replace(':', '')}.sql.gz"

    @staticmethod
    def _sql(container: str, statements: str, inside: str = "postgres", **values: str) -> str:
        """Run SQL as the superuser, which no user of the cloud is, and return the output."""
        psql = ("psql", "-XqAt", "--set=ON_ERROR_STOP=1", "--port=25060", f"--dbname={inside}")
        return docker(
            "exec", "-i", "--user", "postgres", container, *psql, given=postgresql.variables(**values) + statements
        )

    @staticmethod
    def _put(container: str, path: str, text: str, mode: str = "0644") -> None:
        docker("exec", "-i", container, "sh", "-c", PUT, "put", path, mode, given=text)

    @staticmethod
    def _has(container: str, path: str) -> bool:
        try:
            docker("cp", f"{container}:{path}", "-")
        except EngineError:
            return False
        return True

    def _wait_for_systemd(self, each: Machine) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not machine.booted(each):
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"{each.container} did not boot in {READY_SECONDS} s: "
                    f"see `docker exec {each.container} journalctl -b`"
                )
            time.sleep(0.2)

    @staticmethod
    def _wait(container: str) -> None:
        """Wait until PostgreSQL answers."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                docker("exec", container, "pg_isready", "-q", "--port=25060")
                return
            except EngineError as error:
                if time.monotonic() > deadline:
                    raise SandboxError(
                        f"PostgreSQL in {container} does not answer after {READY_SECONDS} s: "
                        f"see `docker exec {container} journalctl`"
                    ) from error
            time.sleep(0.1)
