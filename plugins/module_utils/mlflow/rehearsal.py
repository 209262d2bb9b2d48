# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rehearses an upgrade of MLflow's database on a restored dump; runs with the new release's interpreter."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import why
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.restoration import restore_to
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.upgrade import Clock, taken_from, to_head


def rehearse(owner, path, tables, run):
    """Restore a dump to a scratch database, compare it with its fingerprint, and migrate it.

    Args:
        owner (Owner): The owner of the database.
        path (str): The dump.
        tables (dict): The fingerprint that was taken with it.
        run (Callable): Runs a command and returns its exit code and what it wrote to both outputs.

    Returns:
        dict: seconds (dict[str, float]) of restoration, migration and comparison.

    """
    clock, scratch = Clock(), f"{owner.database[:40]}_rehearsal"
    with owner.server() as server, server.exclusively():
        if scratch in server.comments():  # of a rehearsal that was killed
            server.drop(scratch)
        try:
            with clock.time("restoration"):
                restore_to(owner, server, scratch, (path, tables), run)
            with clock.time("migration"):
                to_head(owner, scratch)
            with clock.time("comparison"):
                migrated = taken_from(owner, scratch)
            if different := differing(tables, migrated):
                raise Refused(f"mlflow_version: the migration changes the rows of {', '.join(different)}")
        except owner.sa.exc.SQLAlchemyError as error:
            raise Refused(
                f"mlflow_version: the migration fails on a restored backup of {owner.database} ({why(error)}); "
                "nothing was interrupted, and the database is as it was"
            ) from error
        finally:
            server.wait_until_alone(scratch)
            server.drop(scratch)
    return {"seconds": dict(clock)}
