# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's database and its copies on their server, as the owner of the database sees them."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

LOCK = "mlops.mlflow upgrade"
MARK = "mlops.mlflow"  # the key that tells our comments on databases from others'
SESSIONS = """
    select distinct usename || case when application_name = '' then '' else ' (' || application_name || ')' end
        || coalesce(' from ' || host(client_addr), '')
    from pg_stat_activity
    where datname = :database and pid <> pg_backend_pid()
      and usename is not null and usename <> all (cast(:but as name[]))
"""
COMMENTS = """
    select datname, coalesce(shobj_description(oid, 'pg_database'), '') as comment, pg_database_size(oid) as bytes
    from pg_database where pg_has_role(current_user, datdba, 'usage') order by datname
"""
STAMP = "%Y%m%dt%H%M%S"


class Server:
    """The databases of a server: MLflow's, and copies of it that are kept as a way back.

    What is known about a copy is in the comment on it, as JSON: the server itself remembers, whatever host asks.
    """

    def __init__(self, sa, connection, database, user):
        self.sa, self.connection, self.database, self.user = sa, connection, database, user
        self.quote = connection.dialect.identifier_preparer.quote

    def ask(self, text, **values):
        """Return the rows of a query."""
        return self.connection.execute(self.sa.text(text), values).all()

    def run(self, *statements):
        """Run statements, all or none of them."""
        self.connection.exec_driver_sql("; ".join(statements), execution_options={"no_parameters": True})

    @contextlib.contextmanager
    def exclusively(self, seconds=60):
        """Let one host at a time change databases; wait for another that does."""
        deadline = time.monotonic() + seconds
        while not self.ask("select pg_try_advisory_lock(hashtext(:lock))", lock=LOCK)[0][0]:
            if time.monotonic() > deadline:
                raise Refused(
                    f"mlflow_database_name: another play is upgrading or restoring {self.database} and has not "
                    f"ended after {seconds} s; wait for it"
                )
            time.sleep(0.5)
        yield

    def comments(self):
        """Return what is known about each database of the owner, and its size: by name, for those with our comment."""
        known = {}
        for name, comment, size in self.ask(COMMENTS):
            with contextlib.suppress(ValueError):
                said = json.loads(comment)
                if isinstance(said, dict) and MARK in said:
                    known[name] = said | {"bytes": size}
        return known

    def copies(self):
        """Return the kept copies of MLflow's database, the newest first: what is known about each, and its name."""
        known = [{"name": name} | said for name, said in self.comments().items() if said.get("of") == self.database]
        return sorted(known, key=lambda each: each["made"], reverse=True)

    def comment(self, name, text):
        """Return the statement that comments on a database."""
        literal = "null" if text is None else "'" + text.replace("'", "''") + "'"
        return f"comment on database {self.quote(name)} is {literal}"

    def note(self, name, **said):
        """Return the statement that writes down what is known about a database."""
        return self.comment(name, json.dumps({MARK: 1} | said))

    def closed(self):
        """Return what was noted when MLflow's database was closed, or None if it is open."""
        said = self.comments().get(self.database)
        return said if said and said.get("closed") else None

    def close(self, **said):
        """Keep everybody but the owner out of MLflow's database, and note what for."""
        (owns, public, comment), *_none = self.ask(
            "select pg_has_role(current_user, datdba, 'usage'), has_database_privilege('public', oid, 'connect'), "
            "shobj_description(oid, 'pg_database') from pg_database where datname = :database",
            database=self.database,
        )
        if not owns:
            raise Refused(
                f"mlflow_database_owner_user: it does not own {self.database}; "
                f"have an administrator of the server run: alter database {self.quote(self.database)} owner to ..."
            )
        if not self.closed():
            self.run(
                self.note(self.database, closed=utc(), public=public, comment=comment, **said),
                f"revoke connect on database {self.quote(self.database)} from public, {self.quote(self.user)}",
            )

    def open(self):
        """Let those in again who could log in before."""
        if said := self.closed():
            self.run(*self.as_before(said))

    def as_before(self, said):
        """Return the statements that open MLflow's database as it was before it was closed."""
        whom = f"{self.quote(self.user)}{', public' if said['public'] else ''}"
        return [
            f"revoke connect on database {self.quote(self.database)} from public",
            f"grant connect on database {self.quote(self.database)} to {whom}",
            self.comment(self.database, said["comment"]),
        ]

    def logged_in(self, database=None, but=()):
        """Return who is logged in to a database, by default MLflow's, and is not one of the users `but`."""
        found = self.ask(SESSIONS, database=database or self.database, but=list(but))
        return [each[0] for each in found]

    def wait_until_alone(self, database=None, seconds=15):
        """Wait until nobody is logged in to a database; refuse and name those who stay."""
        database, deadline = database or self.database, time.monotonic() + seconds
        while there := self.logged_in(database):
            if time.monotonic() > deadline:
                raise Refused(
                    f"mlflow_database_name: {', '.join(there)} is still logged in to {database} after {seconds} s; "
                    "end that, so that nothing is written while the database is copied and migrated"
                )
            time.sleep(0.2)

    def copy(self, **said):
        """Copy MLflow's database, to which nobody is logged in, and return the name of the copy."""
        name = f"{self.database[:40]}_before_{datetime.now(UTC):{STAMP}}"
        (version,) = self.ask("show server_version_num")[0]
        how = " strategy file_copy" if int(version) >= 150000 else ""  # else each page is written to the WAL too
        self.run(f"create database {self.quote(name)} template {self.quote(self.database)}{how}")
        self.run(self.note(name, of=self.database, made=utc(), **said))
        return name

    def drop(self, name):
        """Drop a database to which nobody is logged in."""
        self.run(f"drop database {self.quote(name)}")

    def put_back(self, copy):
        """Let a copy take the place of MLflow's database, which is closed and kept under the name that is returned."""
        left = f"{self.database[:40]}_left_{datetime.now(UTC):{STAMP}}"
        self.wait_until_alone()
        self.wait_until_alone(copy)
        self.run(
            f"alter database {self.quote(self.database)} rename to {self.quote(left)}",
            self.note(left, of=self.database, made=utc(), left=True),
            f"alter database {self.quote(copy)} rename to {self.quote(self.database)}",
            *self.as_before(self.closed()),
        )
        return left


def utc():
    """Return the time as ISO 8601 has it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
