# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Row counts and checksums of MLflow's tables, which stay the same after a restore or an upgrade of MLflow.

They were equal after upgrades from 2.9.2, 2.22.5, 3.1.4, 3.10.1 and 3.17.2 to 3.18.0. Only columns that exist in all of
these releases are included. Runs with the interpreter of a release.
"""

from __future__ import annotations

TABLES = {
    "experiments": "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time",
    "experiment_tags": "experiment_id, key, value",
    "runs": (
        "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, "
        "deleted_time, source_version, lifecycle_stage, artifact_uri, experiment_id"
    ),
    "metrics": "run_uuid, key, value, timestamp, step, is_nan",
    "latest_metrics": "run_uuid, key, value, timestamp, step, is_nan",
    "params": "run_uuid, key, value",
    "tags": "run_uuid, key, value",
    "registered_models": "name, creation_time, last_updated_time, description",
    "registered_model_tags": "name, key, value",
    "registered_model_aliases": "name, alias, version",
    "model_versions": (
        "name, version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, "
        "run_link, status, status_message"
    ),
    "model_version_tags": "name, version, key, value",
    "datasets": (
        "dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source, dataset_schema, "
        "dataset_profile"
    ),
}
# The first 60 bits of the MD5 of each row, added up, so that the order of the rows does not matter
CHECKSUM = """
    select count(*), coalesce(sum(('x' || left(md5(({columns})::text), 15))::bit(60)::bigint), 0)::text
    from public.{table}
"""


def fingerprint(sa, connection):
    """Return the row count and checksum of each table of MLflow, all from one moment if the connection has a snapshot.

    Each table is read once: 8 s for 5 million metrics.

    Args:
        sa (module): SQLAlchemy.
        connection (Connection): A connection to PostgreSQL.

    Returns:
        dict[str, dict]: rows (int) and checksum (str) by the name of the table, for those that there are.

    """
    connection.execute(sa.text("set local extra_float_digits = 1"))
    there = set(connection.scalars(sa.text("select tablename from pg_tables where schemaname = 'public'")))
    found = {}
    for table, columns in TABLES.items():
        if table in there:
            rows, checksum = connection.execute(sa.text(CHECKSUM.format(columns=columns, table=table))).one()
            found[table] = {"rows": rows, "checksum": checksum}
    return found


def differing(before, after):
    """Return the tables of one fingerprint that are missing from another, or have other rows there."""
    return [table for table in before if after.get(table) != before[table]]
