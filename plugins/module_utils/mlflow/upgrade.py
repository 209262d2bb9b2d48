# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Upgrades MLflow's database with a copy as the way back; runs with the new release's interpreter.

What must hold at any moment, even if the process is killed: the database under its name has either the rows and the
schema from before or those after the migration, which is one transaction; the server itself knows by comments which
copies there are and that the database is closed.
"""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.dump import SNAPSHOT
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing, fingerprint
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.grants import excess, lacking, take_over
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import Unreachable, why
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
        if before == head and not server.closed():
            return {"before": before, "after": head, "kept": None, "seconds": {}, "rows": {}}
        name = closed_copy(server, clock, before, head, release)
        try:
            tables = changed_equal(owner, name, before != head, clock)
        except Exception as error:
            told = f"the migration of {owner.database} from {before} to {head} failed ({why(error)})"
            try:
                undo(owner, server, name)
            except (owner.sa.exc.OperationalError, Unreachable) as gone:
                raise Refused(
                    f"mlflow_version: {told}, and the server does not answer any more; "
                    "once it does, run playbooks/rollback.yml, which puts the copy from before in its place"
                ) from gone
            raise Refused(f"mlflow_version: {told}; the database is as it was before") from error
        said = server.comments()[name]
        noted = {key: said[key] for key in ("of", "made", "revision", "release")}
        server.run(server.note(name, **noted, tables=tables))
        with owner.connect() as connection:
            for statement in lacking(owner.sa, connection, owner.user) + excess(owner.sa, connection, owner.user):
                connection.execute(owner.sa.text(statement))
        server.open()
    rows = {table: each["rows"] for table, each in tables.items()}
    return {"before": said["revision"], "after": head, "kept": name, "seconds": dict(clock), "rows": rows}


def closed_copy(server, clock, before, head, release):
    """Close the database and copy it; return the name of the copy, or of that of an upgrade that was interrupted."""
    closed = server.closed()
    copies = [each["name"] for each in server.copies() if closed and each["made"] >= closed["closed"]]
    server.close(revision=before, release=release)
    if before == head:  # it was interrupted after the migration
        server.wait_until_alone()
        return copies[0]
    try:
        server.wait_until_alone()
        for name in copies:  # it was interrupted before, so the copy that is made now is the one that counts
            server.drop(name)
        with clock.time("copying"):
            return server.copy(revision=before, release=release)
    except server.sa.exc.DBAPIError as error:
        server.open()
        raise Refused(
            f"mlflow_database_name: {server.database} cannot be copied ({why(error)}); correct this, for instance by "
            "freeing space on its server; the database is as it was before"
        ) from error
    except Refused:
        server.open()
        raise


def found(owner, head, known):
    """Return the revision of the database; refuse to upgrade a database that has no schema."""
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
    if different := differing(before, after):
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
