# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rights in MLflow's database: its owner can change the schema, and MLflow's user can only read and write rows.

Runs with the interpreter of a release, on PostgreSQL.
"""

from __future__ import annotations

# Of the owner or of MLflow's user; nothing, unless the tables are MLflow's
OBJECTS = """
    select format('%I', relname) as name, relkind = 'S' as is_sequence,
           pg_has_role(:user, relowner, 'usage') as is_users,
           case relkind when 'S' then has_sequence_privilege(:user, oid, 'usage')
               else has_table_privilege(:user, oid, 'select') and has_table_privilege(:user, oid, 'insert')
                    and has_table_privilege(:user, oid, 'update') and has_table_privilege(:user, oid, 'delete')
               end as is_usable
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
      and (pg_has_role(current_user, relowner, 'usage') or pg_has_role(:user, relowner, 'usage'))
      and 2 = (select count(*) from pg_tables
               where schemaname = 'public' and tablename in ('alembic_version', 'experiments'))
    order by relkind = 'S'
"""


def objects(sa, connection, user):
    """Return MLflow's tables and sequences: name, is_sequence, is_users (whether the user owns it) and is_usable."""
    return connection.execute(sa.text(OBJECTS), {"user": user}).all()


def take_over(sa, engine, user):
    """Make the owner, who is logged in, the owner of the tables that MLflow's user owns.

    A server may not allow that: then nothing has changed. Return whether anything has.
    """
    try:
        with engine.begin() as connection:
            if not any(each.is_users for each in objects(sa, connection, user)):
                return False
            quoted = connection.dialect.identifier_preparer.quote(user)
            member = connection.scalar(sa.text("select pg_has_role(current_user, :user, 'member')"), {"user": user})
            if not member:
                connection.execute(sa.text(f"grant {quoted} to current_user"))
            # The sequence of a column follows its table, so each is asked for again
            while left := [each.name for each in objects(sa, connection, user) if each.is_users]:
                connection.execute(sa.text(f"alter table public.{left[0]} owner to current_user"))
            if not member:
                connection.execute(sa.text(f"revoke {quoted} from current_user"))
    except sa.exc.ProgrammingError:
        return False
    return True


def lacking(sa, connection, user):
    """Return the statements that let MLflow's user do what it has to, and nothing more."""
    quoted = connection.dialect.identifier_preparer.quote(user)
    statements = []
    if not connection.scalar(sa.text("select has_schema_privilege(:user, 'public', 'usage')"), {"user": user}):
        statements.append(f"grant usage on schema public to {quoted}")
    for each in objects(sa, connection, user):
        if not each.is_usable:
            kind, rights = (
                ("sequence", "usage, select") if each.is_sequence else ("table", "select, insert, update, delete")
            )
            statements.append(f"grant {rights} on {kind} public.{each.name} to {quoted}")
    return statements


def excess(sa, connection, user):
    """Return the statements that keep MLflow's user, who owns none of the tables, from changing the schema."""
    quoted = connection.dialect.identifier_preparer.quote(user)
    revocable = """
        select has_schema_privilege(:user, 'public', 'create') and pg_has_role(current_user, nspowner, 'usage')
        from pg_namespace where nspname = 'public'
    """
    if any(each.is_users for each in objects(sa, connection, user)):
        return []
    if not connection.scalar(sa.text(revocable), {"user": user}):
        return []
    return [f"revoke create on schema public from public, {quoted}"]
