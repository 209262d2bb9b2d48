# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restores a dump beside MLflow's database and lets it take its place; runs with the interpreter of a release."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.databases import STAMP, utc
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import succeed
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import why
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import revisions
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.upgrade import Clock, current, taken_from, to_head
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.way_back import replaced

RUNS = "select count(*), to_timestamp(max(coalesce(end_time, start_time, 0)) / 1000) at time zone 'utc' from runs"


def restore_to(owner, server, name, dump, run):
    """Restore a dump, given with its fingerprint, to a new database of the server, and compare the rows."""
    path, tables = dump
    server.run(f"create database {server.quote(name)} template template0")
    server.run(server.note(name, scratch=True))
    os.environ["PGPASSWORD"] = owner.url.password or ""
    try:
        command = ["pg_restore", "--no-owner", "--no-acl", "--jobs=2", f"--dbname={owner.place(name)}", path]
        succeed(run, command)
    finally:
        os.environ.pop("PGPASSWORD")
    if different := differing(tables, taken_from(owner, name)):
        raise Refused(f"{path}: the rows of {', '.join(different)} differ once it is restored; try again")


def accept(owner, about, discard):
    """Refuse a backup that the release does not know, and to replace runs unless that is accepted."""
    from importlib.metadata import version

    _head, known = revisions()
    if about and about["revision"] not in known:
        raise Refused(
            f"mlflow_version: the backup was made by MLflow {about['mlflow']}, whose schema {about['revision']} "
            f"{version('mlflow')} does not know; set mlflow_version to {about['mlflow']} and run site.yml first"
        )
    with owner.connect() as connection:
        there = connection.scalar(owner.sa.text("select to_regclass('public.runs')"))
        runs, newest = connection.execute(owner.sa.text(RUNS)).one() if there else (0, None)
    if runs and not discard:
        raise Refused(
            f"backup_restore_discard: {owner.database} holds {runs} runs, the newest from {newest:%Y-%m-%d %H:%M} UTC, "
            "which a restoration leaves behind; set it to true to restore nevertheless: the database is then kept "
            "under another name"
        )


def beside(owner, path, about, run):
    """Restore a dump beside the database, which is in use meanwhile, and migrate what was restored.

    Args:
        owner (Owner): The owner of the database.
        path (str): The dump.
        about (dict): What was noted about it: mlflow, revision and tables.
        run (Callable): Runs a command and returns its exit code and what it wrote to both outputs.

    Returns:
        dict: name (str, of the restored database), rows (dict[str, int], by table) and seconds (dict[str, float]).

    """
    clock = Clock()
    with owner.server() as server, server.exclusively():
        for name, said in server.comments().items():
            if said.get("scratch") and name.startswith(f"{owner.database[:40]}_restored_"):  # it was interrupted
                server.drop(name)
        name = f"{owner.database[:40]}_restored_{datetime.now(UTC):{STAMP}}"
        try:
            with clock.time("restoration"):
                restore_to(owner, server, name, (path, about["tables"]), run)
            with clock.time("migration"):
                if about["revision"] != revisions()[0]:
                    to_head(owner, name)
        except (Refused, owner.sa.exc.SQLAlchemyError) as error:
            server.wait_until_alone(name)
            server.drop(name)
            told = str(error) if isinstance(error, Refused) else why(error)
            raise Refused(f"backup_restore_snapshot: {told}; nothing was interrupted") from error
    rows = {table: each["rows"] for table, each in about["tables"].items()}
    return {"name": name, "rows": rows, "seconds": dict(clock)}


def switch(owner, name):
    """Let a restored database take the place of MLflow's, to which nobody writes any more.

    Returns:
        str: The name under which the database that was used until now is kept.

    """
    with owner.server() as server, server.exclusively():
        server.run(server.note(name, of=owner.database, made=utc()))
        return replaced(server, name, current(owner))
