# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's backend store, seen with the eyes of SQLAlchemy; runs with the interpreter of a release."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import (
    PROBE,
    locked,
    migrate,
    revision,
    revisions,
)


class Unusable(Refused):
    """The database cannot be used as it is now, which other tasks of the same run may mend."""


class Unreachable(Unusable):
    """The database does not answer yet."""


def file_store():
    """Refuse an interpreter whose YAML is the slow one; a file store has no schema."""
    import yaml

    if not yaml.__with_libyaml__:
        raise Refused(
            "mlflow_dialect file: PyYAML was built without LibYAML, reading runs would take ten times as long; "
            "install a wheel of PyYAML"
        )
    return {"before": None, "after": None, "granted": False}


def database(uri, passfile, owner, connections, check):
    """Bring the database to the head of the release.

    Return the revisions before and after, and whether rights were granted.
    """
    import sqlalchemy as sa

    url = sa.make_url(uri)
    if "read_default_file" in url.query:
        url = url.update_query_dict({"read_default_file": passfile})
    postgresql = url.get_backend_name() == "postgresql"
    if postgresql and passfile and Path(passfile).exists() and Path(passfile).stat().st_mode & 0o077:
        raise Unusable(f"{passfile}: libpq does not use a password file that others can read; set its mode to 0600")
    timeout = {} if url.get_backend_name() in ("sqlite", "mssql") else {"connect_timeout": 10}
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=timeout)
    with login(sa, engine, url) as connection:
        granted = (
            postgresql
            and owner[0]
            and grant(sa, url.set(username=owner[0], password=owner[1]), url.username, timeout, check)
        )
        if postgresql and connections:
            check_connections(sa, connection, connections)
        if check and granted:
            return {"before": None, "after": None, "granted": True}
        check_create_table(sa, connection, url)
        head, known = revisions()
        before = revision(sa, connection, head, known)
        if before != head and not check:
            with locked(sa, engine, postgresql):
                before = revision(sa, connection, head, known)
                if before != head:
                    migrate(engine)
    return {"before": before, "after": head, "granted": bool(granted)}


@contextlib.contextmanager
def login(sa, engine, url):
    """Log in, or say why that fails; every statement is its own transaction."""
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as error:
        text = " ".join(str(error.orig).split())
        place = f"{url.host}:{url.port}" if url.host else url.database
        if full := re.search(r"too many connections for (role|database)", text):
            raise Unusable(
                f"mlflow_database_user: {place} accepts no more connections of this {full[1]} ({text}); "
                f"have an administrator of the server run: alter {full[1]} "
                f"{url.username if full[1] == 'role' else url.database} connection limit -1"
            ) from error
        if re.search(r"password authentication failed|Access denied|no password supplied", text):
            raise Unusable(
                f"mlflow_database_password: {place} refuses the login of user {url.username}; "
                "give the password that the user has there"
            ) from error
        if re.search(r'database ".*" does not exist|Unknown database', text):
            raise Unusable(
                f"mlflow_database_name: there is no database {url.database} at {place}; create it or correct the name"
            ) from error
        if "no pg_hba.conf entry" in text:
            raise Unusable(
                f"mlflow_database_sslmode, mlflow_database_host: {place} accepts neither this host "
                f"nor this kind of connection ({text}); ask for TLS, or add the host to the server's trusted sources"
            ) from error
        if "certificate" in text or "SSL" in text:
            raise Unusable(tls_failure(text, place)) from error
        raise Unreachable(
            f"mlflow_database_host: no database answers at {place} ({text}); "
            "start it, or correct the host, the port or its trusted sources"
        ) from error
    with connection.execution_options(isolation_level="AUTOCOMMIT") as open_connection:
        yield open_connection


def tls_failure(text, place):
    """Return the sentence for what libpq says of TLS."""
    if "does not match host name" in text:
        return (
            f"mlflow_database_sslmode: the certificate of {place} is for another name ({text}); "
            "set mlflow_database_host to a name in the certificate, or set mlflow_database_sslmode to verify-ca, "
            "which checks the CA but not the name"
        )
    return (
        f"mlflow_database_ca, mlflow_database_sslmode: TLS to {place} fails ({text}); "
        "give the CA of the server's certificate"
    )


def grant(sa, url, user, timeout, check):
    """Let MLflow's user create tables in schema public, and use MLflow's tables that are there.

    PostgreSQL 15 and later let only the schema's owner create tables. Return whether anything was needed.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=timeout)
    with login(sa, engine, url) as connection:
        quoted = connection.dialect.identifier_preparer.quote(user)
        may_create = connection.scalar(
            sa.text(
                "select has_schema_privilege(:user, 'public', 'create') "
                "and has_schema_privilege(:user, 'public', 'usage')"
            ),
            {"user": user},
        )
        if not may_create and not check:
            connection.execute(sa.text(f"grant usage, create on schema public to {quoted}"))
        lost = connection.scalars(sa.text(LOST), {"user": user}).all()
        if lost and not check:
            hand_over(sa, engine, user, quoted)
        return not may_create or bool(lost)


# MLflow's tables that another role owns and the user may not use, as after the user was deleted and made anew
LOST = """
    select format('%I', relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
      and pg_has_role(current_user, relowner, 'usage') and not pg_has_role(:user, relowner, 'usage')
      and not case relkind when 'S' then has_sequence_privilege(:user, oid, 'usage')
          else has_table_privilege(:user, oid, 'select') and has_table_privilege(:user, oid, 'insert')
               and has_table_privilege(:user, oid, 'update') and has_table_privilege(:user, oid, 'delete') end
      and 2 = (select count(*) from pg_tables
               where schemaname = 'public' and tablename in ('alembic_version', 'experiments'))
    order by relkind = 'S'
"""


def hand_over(sa, engine, user, quoted):
    """Make the user the owner of MLflow's tables; where the server does not allow that, let it use them."""
    try:
        with engine.begin() as connection:
            member = connection.scalar(sa.text("select pg_has_role(current_user, :user, 'member')"), {"user": user})
            if not member:
                connection.execute(sa.text(f"grant {quoted} to current_user"))
            # The sequence of a column follows its table, so each is asked for again
            while lost := connection.scalar(sa.text(f"{LOST} limit 1"), {"user": user}):
                connection.execute(sa.text(f"alter table public.{lost} owner to {quoted}"))
            if not member:
                connection.execute(sa.text(f"revoke {quoted} from current_user"))
    except sa.exc.ProgrammingError:
        with engine.begin() as connection:
            connection.execute(sa.text(f"grant all on all tables in schema public to {quoted}"))
            connection.execute(sa.text(f"grant all on all sequences in schema public to {quoted}"))


def check_connections(sa, connection, needed):
    """Refuse a server that has fewer connections to give than MLflow may open."""
    most, reserved, others, limits = connection.execute(
        sa.text("""
            select current_setting('max_connections')::int,
                   current_setting('superuser_reserved_connections')::int
                       + coalesce(current_setting('reserved_connections', true)::int, 0),
                   (select count(*) from pg_stat_activity
                    where backend_type = 'client backend' and usename <> current_user),
                   array(select rolconnlimit from pg_roles where rolname = current_user and rolconnlimit >= 0
                         union
                         select datconnlimit from pg_database
                         where datname = current_database() and datconnlimit >= 0)
        """)
    ).one()
    free, limit = most - reserved - others, min(limits, default=needed)
    needs = f"MLflow may open {needed} connections (hosts x (workers x 2 engines x (pool + overflow) + 2))"
    if limit < needed:
        raise Unusable(
            f"mlflow_database_user: {needs}, but the role or the database has a CONNECTION LIMIT of {limit}; "
            "have an administrator of the server run: "
            f"alter role {connection.engine.url.username} connection limit -1; "
            f"alter database {connection.engine.url.database} connection limit -1"
        )
    if free < needed:
        raise Unusable(
            f"mlflow_workers, mlflow_sqlalchemystore_pool_size: {needs}, but the server has {free} to give "
            f"(max_connections {most}, {reserved} reserved, {others} used by others); "
            "lower them, or take a larger database"
        )


def check_create_table(sa, connection, url):
    """Create and drop a table as MLflow's user."""
    table = PROBE + os.urandom(4).hex()
    try:
        connection.execute(sa.text(f"create table {table} (proof integer)"))
        connection.execute(sa.text(f"drop table {table}"))
    except sa.exc.DBAPIError as error:
        text = " ".join(str(error.orig).split())
        raise Unusable(
            f"mlflow_database_user: {url.username} may not create tables in {url.database} ({text}); "
            "make it the owner of the database, or give mlflow_database_owner_user and mlflow_database_owner_password"
        ) from error
