#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mlflow_database_info
short_description: Find out what an upgrade of MLflow's database would do
version_added: 0.1.0
description:
  - Compares the schema of the database with that of the release of the module's interpreter, and returns the pending
    migrations, the size of the tables, who is logged in and which copies are kept. Nothing is changed.
author:
  - the authors (@mlops)
extends_documentation_fragment:
  - mlops.mlflow.owner
"""

EXAMPLES = r"""
- name: Find out what is pending
  mlops.mlflow.mlflow_database_info:
    uri: postgresql+psycopg2://mlflow@db.example:5432/mlflow
    owner_user: mlflow_owner
    owner_password: "{{ vault_owner_password }}"
  vars:
    ansible_python_interpreter: /opt/mlflow/releases/3.17.2-1a2b3c4d/bin/python
  register: __database
"""

RETURN = r"""
revision:
  description: Revision of the schema; null if the database has none.
  type: str
  returned: success
  sample: 1b5f0d9ad7c1
head:
  description: Revision of the schema that the release brings a database to.
  type: str
  returned: success
  sample: dc11669786a5
known:
  description: Whether the release knows the revision, so that it is not older than the database.
  type: bool
  returned: success
interrupted:
  description: Whether the database is closed by an upgrade that was interrupted.
  type: bool
  returned: success
bytes:
  description: Size of the database.
  type: int
  returned: success
  sample: 2468000000
rows:
  description: The estimated number of rows of each table, as PostgreSQL's statistics have it.
  type: dict
  returned: success
  sample: {runs: 100000, metrics: 5000000}
migrations:
  description: The pending migrations in their order.
  type: list
  elements: dict
  returned: success
  contains:
    revision:
      description: The revision that the migration leads to.
      type: str
    title:
      description: What its file is called.
      type: str
    invertible:
      description: Whether the migration has a way back of its own.
      type: bool
    tables:
      description: The existing tables that it changes.
      type: list
      elements: str
    indexes:
      description: The tables of the indexes that it creates on existing tables, by the names of the indexes.
      type: dict
seconds:
  description: About how long the migrations take, from the number of rows.
  type: float
  returned: success
  sample: 11.2
colliding:
  description: Indexes that exist under names that a pending migration creates, and which would be dropped before it.
  type: list
  elements: str
  returned: success
  sample: [index_metrics_run_uuid_key_step]
others:
  description: Who else than MLflow's user is logged in to the database.
  type: list
  elements: str
  returned: success
  sample: [postgres (psql)]
copies:
  description: The kept copies of the database, the newest first, with C(name), C(made), C(revision) and C(bytes).
  type: list
  elements: dict
  returned: success
"""

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.migrations import pending, seconds
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.owner_module import run_as_owner
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.schema import package, revisions
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.upgrade import colliding

ROWS = """
    select pg_class.relname, greatest(reltuples, coalesce(n_live_tup, 0))::bigint from pg_class
    left join pg_stat_user_tables on relid = pg_class.oid
    where relnamespace = 'public'::regnamespace and relkind = 'r'
"""
OTHERS = """
    select distinct usename || case when application_name = '' then '' else ' (' || application_name || ')' end
    from pg_stat_activity
    where datname = current_database() and usename not in (:user, current_user)
"""


def look(owner, _module):
    """Return what there is and what is pending."""
    head, known = revisions()
    with owner.connect() as connection:

        def ask(text, **values):
            return connection.execute(owner.sa.text(text), values).all()

        there = ask("select to_regclass('public.alembic_version') is not null")[0][0]
        revision = ask("select version_num from public.alembic_version")[0][0] if there else None
        rows = {table: int(count) for table, count in ask(ROWS)}
        size = ask("select pg_database_size(current_database())")[0][0]
        others = [each[0] for each in ask(OTHERS, user=owner.user)]
        names = colliding(owner.sa, connection) if there else []
    steps = pending(package(), revision)
    with owner.server() as server:
        interrupted, copies = bool(server.closed()), server.copies()
    return {
        "changed": False,
        "revision": revision,
        "head": head,
        "known": revision is None or revision in known,
        "interrupted": interrupted,
        "bytes": int(size),
        "rows": rows,
        "migrations": steps,
        "seconds": round(seconds(steps, rows), 1) if steps else 0.0,
        "colliding": names,
        "others": others,
        "copies": [{key: each.get(key) for key in ("name", "made", "revision", "bytes")} for each in copies],
    }


def main():
    """Run the module."""
    run_as_owner(look)


if __name__ == "__main__":
    main()
