# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of MLflow's database and the migrations of a release; runs with the interpreter of that release."""

from __future__ import annotations

import contextlib
import io
import os
import re
from importlib.util import find_spec
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused

LOCK = "mlops.mlflow schema"
PROBE = "mlops_mlflow_probe_"
UPGRADE = (
    "run playbooks/upgrade.yml, which takes a backup and keeps a way back, "
    "or set mlflow_version to the release that made it"
)


def package():
    """Return the directory of the package mlflow of the running interpreter."""
    return Path(find_spec("mlflow").origin).parent


def revisions(place=None):
    """Return the head of the release's migrations and all that it knows.

    MLflow is not imported, which would take 3 s instead of 0.02.

    Args:
        place (Path | None): The directory of the package mlflow; by default that of the running interpreter.

    Returns:
        tuple[str, set[str]]: The revisions of Alembic.

    """
    migrations = (place or package()) / "store/db_migrations/versions"
    texts = [path.read_text() for path in migrations.glob("*.py")]
    known = assigned("revision", texts)
    (head,) = known - assigned("down_revision", texts)
    return head, known


def assigned(name, texts):
    """Return what Python files assign to a name."""
    matches = [re.search(rf'^{name} = ["\'](\w+)', text, re.MULTILINE) for text in texts]
    return {match[1] for match in matches if match}


def revision(sa, connection, head, known, older=False):
    """Return the revision of the schema, None for an empty database; refuse one that this release must not touch.

    One that is older and holds runs is refused too, unless `older`.
    """
    from importlib.metadata import version

    tables = {table for table in sa.inspect(connection).get_table_names() if not table.startswith(PROBE)}
    found = None
    if "alembic_version" in tables:
        found = connection.scalar(sa.text("select version_num from alembic_version"))
    runs = "runs" in tables and connection.scalar(sa.text("select min(run_uuid) from runs")) is not None
    release = f"mlflow {version('mlflow')}"
    if found is None and tables - {"alembic_version"} and ("experiments" not in tables or runs):
        raise Refused(
            f"mlflow_database_name: {connection.engine.url.database} holds tables that are not MLflow's; "
            "give MLflow a database of its own"
        )
    if found is not None and found not in known:
        raise Refused(
            f"mlflow_version: the database's schema is at {found}, which {release} does not know, "
            "so a newer MLflow made it; set mlflow_version to that one or a newer, or restore a backup from before"
        )
    if found not in (None, head) and runs and not older:
        raise Refused(
            f"mlflow_version: the database's schema is at {found}, older than {head} of {release}, "
            f"and it holds runs; {UPGRADE}"
        )
    return found


@contextlib.contextmanager
def locked(sa, engine, postgresql):
    """Hold a lock that other hosts see, as long as the connection lives."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if postgresql:
            connection.execute(sa.text("select pg_advisory_lock(hashtext(:lock))"), {"lock": LOCK})
        elif engine.dialect.name == "mysql":
            connection.execute(sa.text("select get_lock(:lock, 600)"), {"lock": LOCK})
        yield


def migrate(engine):
    """Bring the schema to the head as MLflow's server does.

    MLflow's output stays out of the module's, and its telemetry is off, because a migration is not use.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow.store.db.utils import _get_schema_version, _initialize_tables, _upgrade_db

    with contextlib.redirect_stdout(io.StringIO()):
        (_upgrade_db if _get_schema_version(engine) else _initialize_tables)(engine)
