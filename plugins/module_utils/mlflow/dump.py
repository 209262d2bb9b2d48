# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dumps MLflow's database and records what the dump holds; runs with the interpreter of a release."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import fingerprint
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import login

SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def dump(uri, path, run):
    """Dump the database, look at the same snapshot of it, and read the dump back.

    Args:
        uri (str): The URI of the backend store, without a password.
        path (str): The file of the dump.
        run (Callable): Runs a command and returns its exit code and what it wrote to both outputs.

    Returns:
        dict: mlflow (str, the version of the release), revision (str | None), tables (as fingerprint has them), bytes
        (int) of the file and database_bytes (int) of the database.

    """
    import sqlalchemy as sa

    url = sa.make_url(uri)
    if url.get_backend_name() != "postgresql":
        raise Refused(
            f"mlflow_dialect: {url.get_backend_name()} cannot be dumped here, only postgresql; use its own tools"
        )
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 15})
    with login(sa, engine, url) as connection:
        check_client(run, int(connection.scalar(sa.text("show server_version_num"))))
    with engine.connect().execution_options(**SNAPSHOT) as connection:
        snapshot = connection.scalar(sa.text("select pg_export_snapshot()"))
        command = ["pg_dump", "--format=custom", "--compress=1", "--no-owner", f"--snapshot={snapshot}"]
        succeed(run, [*command, f"--file={path}", url.set(drivername="postgresql").render_as_string()])
        tables = fingerprint(sa, connection)
        revision = None
        if connection.scalar(sa.text("select to_regclass('public.alembic_version')")):
            revision = connection.scalar(sa.text("select version_num from public.alembic_version"))
        size = connection.scalar(sa.text("select pg_database_size(current_database())"))
    prove(run, path, tables)
    about = {"mlflow": version("mlflow"), "revision": revision, "tables": tables}
    return about | {"bytes": Path(path).stat().st_size, "database_bytes": size}


def check_client(run, server):
    """Refuse a server that is newer than the client, which pg_dump would not dump."""
    said = succeed(run, ["pg_dump", "--version"])
    client = int(re.search(r"\d+", said)[0])
    if client < server // 10000:
        raise Refused(
            f"mlflow_database_host: the server is PostgreSQL {server // 10000}, and pg_dump of this host is {client}, "
            "which cannot dump a newer server; use a host with a newer Debian"
        )


def prove(run, path, tables):
    """Read the dump back to its end, and find each table in it."""
    listed = succeed(run, ["pg_restore", "--list", path])
    missing = [table for table in tables if f" TABLE DATA public {table} " not in listed]
    if missing:
        raise Refused(f"{path}: the dump lacks {', '.join(missing)}; try again")
    succeed(run, ["pg_restore", "--file=/dev/null", path])


def succeed(run, command):
    """Run a command and return what it prints; refuse with what it says if it fails."""
    status, printed, complaint = run(command)
    if status:
        raise Refused(f"{command[0]} fails: {' '.join(complaint.split())[:400] or f'exit code {status}'}")
    return printed
