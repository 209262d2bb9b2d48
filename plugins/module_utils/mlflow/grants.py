# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rights of MLflow's user in PostgreSQL, as the owner gives them; runs with the interpreter of a release."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import login

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
