# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rights of MLflow's user in PostgreSQL, as the owner gives them; runs with the interpreter of a release."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import login
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import locked

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


def grant(sa, url, user, timeout, check):
    """Let MLflow's user create tables in schema public, and use MLflow's tables that are there.

    PostgreSQL 15 and later let only the schema's owner create tables. Hosts that come at the same time wait for each
    other. Return whether this one had anything to do.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=timeout)
    with login(sa, engine, url) as connection:
        quoted = connection.dialect.identifier_preparer.quote(user)
        needed = any(lacks(sa, connection, user))
        if check or not needed:
            return needed
        with locked(sa, engine, postgresql=True):
            to_create, tables = lacks(sa, connection, user)
            if to_create:
                connection.execute(sa.text(f"grant usage, create on schema public to {quoted}"))
            if tables:
                hand_over(sa, engine, user, quoted)
            return to_create or tables


def lacks(sa, connection, user):
    """Return whether the user may not create tables, and whether there are tables that it may not use."""
    may = "select has_schema_privilege(:user, 'public', 'create') and has_schema_privilege(:user, 'public', 'usage')"
    to_create = not connection.scalar(sa.text(may), {"user": user})
    return to_create, bool(connection.scalars(sa.text(LOST), {"user": user}).all())


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
