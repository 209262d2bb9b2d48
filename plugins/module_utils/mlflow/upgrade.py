# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Upgrades MLflow's database with a copy as the way back, and rehearses that; runs with the new release's interpreter.

What must hold at any moment, even if the process is killed: the database under its name has either the rows and the
schema from before or those after the migration, which is one transaction; the server itself knows by comments which
copies there are and that the database is closed.
"""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import SNAPSHOT, succeed
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import fingerprint
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.grants import excess, lacking, take_over
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.migrations import pending
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import (
    locked,
    migrate,
    package,
    revision,
    revisions,
)

INDEXES = "select indexname from pg_indexes where schemaname = 'public'"


class Clock(dict):
    """Seconds by what took them."""

    @contextlib.contextmanager
    def time(self, what):
        start = time.monotonic()
        yield
        self[what] = round(time.monotonic() - start, 2)


def upgrade(owner, release):
    """Migrate MLflow's database, which nobody writes to any more, and keep a copy from before.

    An upgrade that was interrupted is finished. If the migration fails, or the rows differ after it, the copy takes
    the database's place before the reason is told.

    Args:
        owner (Owner): The owner of the database.
        release (str): What is to be noted about the release that ran before.

    Returns:
        dict: before and after (str | None, revisions), kept (str | None, the name of the copy), seconds (dict[str,
        float], of the copying, the migration and the comparison) and rows (dict[str, int], by table).

    """
    clock, (head, known) = Clock(), revisions()
    with owner.server() as server, server.exclusively():
        before = found(owner, head, known)
        closed = server.closed()
        if before == head and not closed:
            return {"before": before, "after": head, "kept": None, "seconds": {}, "rows": {}}
        server.close(revision=before, release=release)
        server.wait_until_alone()
        copies = [each for each in server.copies() if closed and each["made"] >= closed["closed"]]
        if before == head:  # it was interrupted after the migration
            name = copies[0]["name"]
        else:
            for each in copies:  # it was interrupted before, so this one's copy is the one that counts
                server.drop(each["name"])
            with clock.time("copying"):
                name = server.copy(revision=before, release=release)
        try:
            tables = changed_equal(owner, name, before != head, clock)
        except Exception as error:
            undo(owner, server, name)
            reason = " ".join(str(getattr(error, "orig", error)).split()).rstrip(".")
            raise Refused(
                f"mlflow_version: the migration of {owner.database} from {before} to {head} failed ({reason}); "
                "the database is as it was before"
            ) from error
        said = server.comments()[name]
        noted = {key: said[key] for key in ("of", "made", "revision", "release")}
        server.run(server.note(name, **noted, tables=tables))
        with owner.connect() as connection:
            for statement in lacking(owner.sa, connection, owner.user) + excess(owner.sa, connection, owner.user):
                connection.execute(owner.sa.text(statement))
        server.open()
    rows = {table: each["rows"] for table, each in tables.items()}
    return {"before": said["revision"], "after": head, "kept": name, "seconds": dict(clock), "rows": rows}


def found(owner, head, known):
    """Return the revision of the database; one without tables is no case for an upgrade."""
    with owner.connect() as connection:
        before = revision(owner.sa, connection, head, known, older=True)
    if before is None:
        raise Refused(f"mlflow_database_name: {owner.database} has no schema yet; run site.yml, which creates it")
    return before


def changed_equal(owner, copy, must_migrate, clock):
    """Migrate, while the copy's fingerprint is taken, then compare; return the fingerprint."""
    with ThreadPoolExecutor(1) as beside:
        taken = beside.submit(taken_from, owner, copy)
        if must_migrate:
            with clock.time("migration"):
                to_head(owner)
        with clock.time("comparison"):
            after, before = taken_from(owner), taken.result()
    different = [table for table in before if after.get(table) != before[table]]
    if different:
        raise Refused(f"the rows of {', '.join(different)} differ after it")
    return before


def taken_from(owner, database=None):
    """Return the fingerprint of a database from one moment."""
    with owner.engine(database).connect().execution_options(**SNAPSHOT) as connection:
        return fingerprint(owner.sa, connection)


def to_head(owner, database=None):
    """Bring a database to the head as its owner; an index of the same name as a new one gives way to it."""
    engine = owner.engine(database)
    with locked(owner.sa, engine, postgresql=True):
        take_over(owner.sa, engine, owner.user)
        with engine.begin() as connection:
            for name in colliding(owner.sa, connection):
                connection.exec_driver_sql(f"drop index public.{connection.dialect.identifier_preparer.quote(name)}")
        migrate(engine)


def colliding(sa, connection):
    """Return the indexes that are there under names that a pending migration creates."""
    now = connection.scalar(sa.text("select version_num from alembic_version"))
    names = {name for step in pending(package(), now) for name in step["indexes"]}
    return sorted(names & set(connection.scalars(sa.text(INDEXES))))


def current(owner):
    """Return the revision of the database."""
    with owner.connect() as connection:
        return connection.scalar(owner.sa.text("select version_num from alembic_version"))


def undo(owner, server, copy):
    """Put the copy in the place of the database, and drop that unless it was migrated."""
    now = current(owner)
    same = now == server.comments()[copy]["revision"]
    left = server.put_back(copy)
    if same:
        server.drop(left)


def go_back(owner, wanted, discard, check):
    """Undo an upgrade that was interrupted, or let a kept copy of a revision take the place of the database.

    Args:
        owner (Owner): The owner of the database.
        wanted (str): The revision of the schema to go back to.
        discard (bool): Whether what was written since the copy may be left behind.
        check (bool): Whether only to tell.

    Returns:
        dict: changed, needed and interrupted (bool), revision (str, afterwards), written (dict[str, int], rows since)
        and left (str | None, the name of the database that was used until now).

    """
    with owner.server() as server, server.exclusively():
        now, closed = current(owner), server.closed()
        copies = [each for each in server.copies() if "revision" in each]
        result = {"changed": True, "needed": True, "interrupted": bool(closed), "revision": now}
        result |= {"written": {}, "left": None}
        if closed:
            copies = [each for each in copies if each["made"] >= closed["closed"]]
            wanted = closed["revision"]
        elif now == wanted:
            return result | {"changed": False, "needed": False}
        if now == wanted:
            if not check:
                for each in copies:
                    server.drop(each["name"])
                server.open()
            return result
        copy = next((each for each in copies if each["revision"] == wanted), None)
        if not copy:
            raise Refused(
                f"mlflow_version: no kept copy of {owner.database} has the schema {wanted} of the release to go back "
                "to; restore a backup from before the upgrade"
            )
        if not closed:
            result["written"] = written_since(owner, copy["tables"])
            if result["written"] and not discard:
                said = ", ".join(f"{table} {rows:+d}" for table, rows in result["written"].items())
                raise Refused(
                    f"mlflow_rollback_discard: since the upgrade of {copy['made']} rows were written ({said}), which a "
                    "rollback leaves behind; set it to true to go back nevertheless"
                )
        if not check:
            server.close(revision=now)
            result["left"] = server.put_back(copy["name"])
    return result | {"revision": wanted}


def written_since(owner, tables):
    """Return by how many rows each table differs from a fingerprint, for those that differ."""
    now = taken_from(owner)
    return {table: now[table]["rows"] - tables[table]["rows"] for table in tables if now[table] != tables[table]}


def rehearse(owner, path, tables, run):
    """Restore a dump to a scratch database, compare it with its fingerprint, and migrate it.

    Args:
        owner (Owner): The owner of the database.
        path (str): The dump.
        tables (dict): The fingerprint that was taken with it.
        run (Callable): Runs a command and returns its exit code and what it wrote to both outputs.

    Returns:
        dict: seconds (dict[str, float]) of restoration, migration and comparison.

    """
    clock, scratch = Clock(), f"{owner.database[:40]}_rehearsal"
    with owner.server() as server, server.exclusively():
        if scratch in server.comments():  # of a rehearsal that was killed
            server.drop(scratch)
        server.run(f"create database {server.quote(scratch)} template template0")
        server.run(server.note(scratch, rehearsal=True))
        os.environ["PGPASSWORD"] = owner.url.password or ""
        place = owner.place(scratch)
        try:
            with clock.time("restoration"):
                succeed(run, ["pg_restore", "--no-owner", "--no-acl", "--jobs=2", f"--dbname={place}", path])
            different = [each for each, taken in taken_from(owner, scratch).items() if taken != tables.get(each)]
            if different:
                raise Refused(f"{path}: the rows of {', '.join(different)} differ once it is restored; try again")
            with clock.time("migration"):
                to_head(owner, scratch)
            with clock.time("comparison"):
                migrated = taken_from(owner, scratch)
            different = [each for each in tables if migrated.get(each) != tables[each]]
            if different:
                raise Refused(f"mlflow_version: the migration changes the rows of {', '.join(different)}")
        except owner.sa.exc.SQLAlchemyError as error:
            reason = " ".join(str(getattr(error, "orig", error)).split()).rstrip(".")
            raise Refused(
                f"mlflow_version: the migration fails on a restored backup of {owner.database} ({reason}); "
                "nothing was interrupted, and the database is as it was"
            ) from error
        finally:
            os.environ.pop("PGPASSWORD")
            server.wait_until_alone(scratch)
            server.drop(scratch)
    return {"seconds": dict(clock)}
