# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's backend store, seen with the eyes of SQLAlchemy; runs with the interpreter of a release."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.grants import excess, lacking, objects, take_over
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import Unusable, login, why
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import (
    PROBE,
    locked,
    migrate,
    revision,
    revisions,
)


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

    Return the revisions before and after, and whether rights were granted or revoked.
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
        if postgresql and connections:
            check_connections(sa, connection, connections)
        if postgresql and owner[0]:
            owner_engine = sa.create_engine(
                url.set(username=owner[0], password=owner[1]), poolclass=sa.NullPool, connect_args=timeout
            )
            return by_owner(sa, owner_engine, engine, connection, check)
        head, known = revisions()
        before = revision(sa, connection, head, known)
        if before != head:
            check_create_table(sa, connection, url)
        if before != head and not check:
            with locked(sa, engine, postgresql):
                before = revision(sa, connection, head, known)
                if before != head:
                    migrate(engine)
    return {"before": before, "after": head, "granted": False}


def by_owner(sa, engine, users_engine, users, check):
    """Bring the database to the head as its owner, and let MLflow's user read and write rows and do nothing else.

    Tables that the user owns (`users` is its connection) are taken over, unless the server does not allow that.
    """
    user, (head, known) = users_engine.url.username, revisions()
    with login(sa, engine, engine.url, "mlflow_database_owner") as connection:

        def rights():
            return lacking(sa, connection, user) + excess(sa, connection, user)

        users_own = any(each.is_users for each in objects(sa, connection, user))
        before = revision(sa, users if users_own else connection, head, known)
        if check or not (before != head or users_own or rights()):
            return {"before": before, "after": head, "granted": users_own or bool(rights())}
        with locked(sa, engine, postgresql=True):
            granted = take_over(sa, engine, user)
            able, acting = (users, users_engine) if users_own and not granted else (connection, engine)
            before = revision(sa, able, head, known)
            if before != head:
                check_create_table(sa, able, acting.url)
                migrate(acting)
            for statement in rights():
                connection.execute(sa.text(statement))
                granted = True
    return {"before": before, "after": head, "granted": granted}


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
    """Create and drop a table."""
    table = PROBE + os.urandom(4).hex()
    try:
        connection.execute(sa.text(f"create table {table} (proof integer)"))
        connection.execute(sa.text(f"drop table {table}"))
    except sa.exc.DBAPIError as error:
        raise Unusable(
            f"mlflow_database_owner_user: {url.username} may not create tables in {url.database} ({why(error)}); "
            "make it the owner of the database, or give the name and password of the owner"
        ) from error
