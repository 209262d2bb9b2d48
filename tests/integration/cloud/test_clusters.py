# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clusters of the API as real PostgreSQL.

Tried are TLS, rights, pools, trusted sources, settings, backups, upgrades, restarts.
"""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2
import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.waiter import Waiter
from ansible_collections.mlops.mlflow.plugins.modules import database_cluster, managed_database, vpc
from ansible_collections.mlops.mlflow.sandbox import engine, image, machine, network
from ansible_collections.mlops.mlflow.sandbox.cloud.real import dns
from ansible_collections.mlops.mlflow.sandbox.cloud.real.clusters import Clusters
from ansible_collections.mlops.mlflow.sandbox.cloud.real.droplets import Droplets
from ansible_collections.mlops.mlflow.tests.unit.cloud import conftest as service

certificate, front, cloud, run, run_alone = (
    service.certificate,
    service.front,
    service.cloud,
    service.run,
    service.run_alone,
)

NAME, PUBLIC, INSIDE = "hd-test", ("hd-test-public", "10.61.0.0/24"), "10.61.16.0/24"
LABEL = f"{machine.SANDBOX}="
HERE = {"type": "ip_addr", "value": "10.61.0.1"}  # as the cluster sees this machine
PLAN = {"region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1, "trusted_sources": [HERE]}
POOL = {"name": "mlflow-pool", "size": 3}


@pytest.fixture
def clusters(docker, cloud, run, monkeypatch):
    """Have real clusters behind the API, and none at the end."""
    monkeypatch.setattr(Waiter, "sleep", staticmethod(lambda seconds: time.sleep(min(seconds, 0.3))))
    for suite in image.SUITES:  # no cluster waits for its image, as after bin/sandbox start
        image.postgresql(suite)
    label = f"{LABEL}{cloud.state}"
    network.ensure(*PUBLIC, label)
    cloud.world.names = dns.Names(NAME, cloud.state, PUBLIC)
    cloud.world.names.resume(cloud)
    cloud.world.droplets = Droplets(NAME, cloud.state, PUBLIC)
    cloud.world.clusters = Clusters(NAME, cloud.state, PUBLIC)
    run(vpc, name="default", region="fra1", ip_range="10.61.32.0/24")
    run(vpc, name="net", region="fra1", ip_range=INSIDE)
    yield cloud.world.clusters
    cloud.wait_until_idle()
    for container in engine.docker("ps", "--all", "--filter", f"label={label}", "--format", "{{.Names}}").splitlines():
        engine.docker("rm", "--force", "--volumes", container)
    network.remove(label)


@pytest.fixture
def have(clusters, run):
    """Return a function that has a cluster with MLflow's user, database and pool, and returns the module's result."""

    def call(name="mlflow", version="17", **args):
        made = run(database_cluster, name=name, version=version, vpc="net", **(PLAN | {"wait_timeout": 90} | args))
        assert made.get("database_cluster", {}).get("status") == "online", made
        result = run(managed_database, cluster=name, user="mlflow", database="mlflow", pool=POOL, no_log=True)
        assert "password" in result, result
        return result

    return call


def resolve(name):
    """Return the address that the sandbox's DNS gives for a name to machines in the public network, or None."""
    client = ["run", "--rm", "--network", PUBLIC[0], "--dns", dns.address(PUBLIC[1]), image.machine("trixie")]
    found = engine.docker(*client, "sh", "-c", f"getent ahostsv4 {name} || true").split()
    return found[0] if found else None


@pytest.fixture
def connect(tmp_path):
    """Return a function that connects as a stranger would: TLS, verified against the CA and the host."""

    def call(result, place="database", **args):
        ca = tmp_path / "cluster-ca.crt"
        ca.write_text(result["database"]["ca_certificate"])
        there = result[place]
        host = args.get("host", there["host"])
        given = {
            "host": host,
            "hostaddr": resolve(host),
            "port": there["port"],
            "dbname": there["name"],
            "user": "mlflow",
            "password": result["password"],
        }
        return closing(
            psycopg2.connect(
                **(given | {"sslmode": "verify-full", "sslrootcert": str(ca), "connect_timeout": 5} | args)
            )
        )

    return call


def ask(connection, *statements):
    """Run statements and return the first value of the last."""
    with connection as opened, opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        value = cursor.fetchone()[0] if cursor.description else None
        opened.commit()
        return value


def eventually(look, seconds=60):
    """Return what a look gives, as soon as the database lets it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return look()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.3)


def as_admin(result):
    return {"user": result["admin_user"], "password": result["admin_password"]}


def test_cluster_is_reached_over_verified_tls_and_gives_rights_as_the_cloud_does(have, connect):
    result = have()
    assert ask(connect(result), "select version from pg_stat_ssl where pid = pg_backend_pid()") == "TLSv1.3"
    assert ask(connect(result, "pool"), "select current_user") == "mlflow"
    with pytest.raises(psycopg2.OperationalError, match=r"no encryption|SSL"):
        ask(connect(result, sslmode="disable"), "select 1")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="schema public"):
        ask(connect(result), "create table runs (id int)")
    assert (
        ask(connect(result, **as_admin(result)), "select rolsuper from pg_roles where rolname = current_user") is False
    )
    ask(connect(result, **as_admin(result)), "grant create, usage on schema public to mlflow")
    ask(connect(result, "pool"), "create table runs (id int)")
    assert ask(connect(result), "show max_connections") == "25"
    with pytest.raises(psycopg2.OperationalError):
        ask(connect(result, user="postgres", password="x"), "select 1")


def test_administrator_closes_copies_and_renames_a_database_as_an_upgrade_does(have, connect):
    result = have()
    admin = as_admin(result)
    ask(
        connect(result, **admin),
        "create table runs (id int); insert into runs values (1); grant select on runs to mlflow",
    )
    with connect(result, dbname="defaultdb", **admin) as server, server.cursor() as cursor:
        server.autocommit = True
        cursor.execute("revoke connect on database mlflow from public, mlflow; comment on database mlflow is 'closed'")
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            ask(connect(result), "select 1")
        cursor.execute("create database kept template mlflow strategy file_copy")
        cursor.execute("alter database mlflow rename to gone; alter database kept rename to mlflow")
    assert ask(connect(result), "select count(*) from runs") == 1


def test_both_names_lead_to_the_cluster_and_stand_in_its_certificate(cloud, run, have, connect):
    cloud.faults.add(kind="slow", path="name", seconds=10)
    sources = [HERE, {"type": "ip_addr", "value": "10.61.16.1"}]
    plan = PLAN | {"trusted_sources": sources}
    database = run(database_cluster, name="mlflow", version="17", vpc="net", wait_timeout=90, **plan)[
        "database_cluster"
    ]
    assert resolve(database["private_host"]) is None
    deadline = time.monotonic() + 60
    while not resolve(
        database["private_host"]
    ):  # once the record is there, the server still remembers for a while that it was not
        assert time.monotonic() < deadline
    result = have(trusted_sources=sources)
    public, private = cloud.store.all("database")[0]["_addresses"]
    assert (resolve(database["host"]), resolve(database["private_host"])) == (public, private)
    for host in (database["host"], database["private_host"]):
        assert ask(connect(result, host=host), "select 1") == 1
    with pytest.raises(psycopg2.OperationalError, match="does not match host name"):
        ask(connect(result, host=private), "select 1")
    assert ask(connect(result, host=private, sslmode="verify-ca"), "select 1") == 1


def test_only_trusted_sources_get_through(cloud, run, have, connect):
    result = have()
    there = result["database"]
    other = ["run", "--rm", "--network", PUBLIC[0], "--ip", "10.61.0.77", image.postgresql("trixie")]
    ready = [*other, "pg_isready", "--timeout=3", f"--host={resolve(there['host'])}", "--port=25060"]
    with pytest.raises(engine.EngineError, match="no response"):
        engine.docker(*ready)
    run(database_cluster, name="mlflow", trusted_sources=[{"type": "ip_addr", "value": "10.61.0.77"}])
    assert "accepting" in engine.docker(*ready)
    for place in ("database", "pool"):
        with pytest.raises(psycopg2.OperationalError, match="timeout"):
            ask(connect(result, place, connect_timeout=2), "select 1")
    cloud.store.put(
        "droplet",
        1,
        {"id": 1, "name": "me", "status": "active", "tags": ["web"], "_addresses": ["10.61.0.1", "10.61.16.1"]},
    )
    run(database_cluster, name="mlflow", trusted_sources=[{"type": "tag", "value": "web"}])
    assert ask(connect(result, host=there["private_host"]), "select 1") == 1
    cloud.store.change("droplet", 1, tags=[])
    cloud.world.clusters.refilter(cloud)
    with pytest.raises(psycopg2.OperationalError, match="timeout"):
        ask(connect(result, connect_timeout=2), "select 1")


def test_settings_passwords_and_deletions_are_real(run, have, connect):
    result = have()
    settings = {"work_mem": 7, "max_locks_per_transaction": 128, "pgbouncer": {"server_lifetime": 90}}
    changed = run(database_cluster, name="mlflow", settings=settings, size="db-s-1vcpu-2gb")
    assert changed.get("changed"), changed
    admin = as_admin(result)
    shown = [
        ask(connect(result, **admin), f"show {name}")
        for name in ("work_mem", "max_locks_per_transaction", "max_connections")
    ]
    assert shown == ["7MB", "128", "50"]
    assert (
        "invalid config: timezone Mars"
        in run(database_cluster, name="mlflow", settings={"timezone": "Mars/Phobos"})["msg"]
    )
    rotated = run(
        managed_database, cluster="mlflow", user="mlflow", database="mlflow", pool=POOL, rotate=True, no_log=True
    )
    for place in ("database", "pool"):
        with pytest.raises(psycopg2.OperationalError, match=r"password|SASL"):
            ask(connect(result, place), "select 1")
        assert ask(connect(rotated, place), "select 1") == 1
    with connect(rotated) as idle:
        gone = run(
            managed_database,
            cluster="mlflow",
            user="mlflow",
            database="mlflow",
            pool=POOL,
            state="absent",
            delete_data=True,
        )
        assert gone["changed"], gone
        assert idle
    assert (
        ask(connect(result, dbname="defaultdb", **admin), "select count(*) from pg_database where datname = 'mlflow'")
        == 0
    )


def test_data_survives_restarts_backups_and_upgrades(cloud, run, have, connect):
    result = have(version="15")
    ask(connect(result, **as_admin(result)), "grant create on schema public to mlflow")
    ask(connect(result), "create table runs (id int)", "insert into runs values (15)")
    engine.docker("restart", f"{NAME}-database-{cloud.store.all('database')[0]['id']}")
    Clusters(NAME, cloud.state, PUBLIC).resume(cloud)
    assert eventually(lambda: ask(connect(result, "pool"), "select id from runs")) == 15
    stranger = ["run", "--rm", "--network", PUBLIC[0], image.postgresql("trixie"), "pg_isready", "--timeout=2"]
    with pytest.raises(engine.EngineError, match="no response"):
        engine.docker(*stranger, f"--host={resolve(result['database']['host'])}", "--port=25060")
    fork = have("fork", version="17", backup_restore={"cluster": "mlflow"})
    assert ask(connect(fork), "select id from runs") == 15
    assert fork["admin_password"] != result["admin_password"]
    run(database_cluster, name="mlflow", version="17", upgrade=True)
    assert ask(connect(result), "show server_version").startswith("17")
    assert ask(connect(result, "pool"), "select id from runs") == 15


def test_cluster_is_restored_to_a_moment_between_backups(cloud, run, have, connect):
    result = have()
    ask(connect(result, **as_admin(result)), "grant create on schema public to mlflow")
    ask(connect(result), "create table runs (id int)", "insert into runs values (1)")
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    ask(connect(result), "insert into runs values (2)")
    began = time.monotonic()
    back = have("back", backup_restore={"cluster": "mlflow", "at": moment})
    print(f"restored in {time.monotonic() - began:.0f} s")
    rows = "select string_agg(id::text, ',' order by id) from runs"
    assert ask(connect(back), rows) == ask(connect(back, "pool"), rows) == "1"
    assert ask(connect(result), rows) == "1,2"
    ask(connect(back), "insert into runs values (3)")
    container = f"{NAME}-database-{cloud.store.all('database')[0]['id']}"
    assert "recovered" not in engine.docker("exec", container, "ls", "/var/lib/postgresql")
    early = {"cluster": "mlflow", "at": "2026-01-01T00:00:00Z"}
    assert "older than 7 days" in run(database_cluster, name="early", version="17", **PLAN, backup_restore=early)["msg"]
