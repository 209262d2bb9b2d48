# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way back after an upgrade: a kept copy takes the place of the database; runs with a release's interpreter."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.upgrade import current, taken_from


def go_back(owner, wanted, discard, check):
    """Undo an upgrade that was interrupted, or let a kept copy of a revision take the place of the database.

    Args:
        owner (Owner): The owner of the database.
        wanted (str): The revision of the schema to go back to.
        discard (bool): Whether what was written since the copy may be left behind.
        check (bool): Whether only to tell.

    Returns:
        dict: changed, needed and interrupted (bool), revision (str, afterwards), written (dict[str, int], rows since)
        and left (str | None, the name of the database that was used until now).

    """
    with owner.server() as server, server.exclusively():
        now, closed = current(owner), server.closed()
        copies = [each for each in server.copies() if "revision" in each]
        result = {"changed": True, "needed": True, "interrupted": bool(closed), "revision": now}
        result |= {"written": {}, "left": None}
        if closed:
            copies = [each for each in copies if each["made"] >= closed["closed"]]
            wanted = closed["revision"]
        elif now == wanted:
            return result | {"changed": False, "needed": False}
        if now == wanted:
            if not check:
                for each in copies:
                    server.drop(each["name"])
                server.open()
            return result
        copy = next((each for each in copies if each["revision"] == wanted), None)
        if not copy:
            raise Refused(
                f"mlflow_version: no kept copy of {owner.database} has the schema {wanted} of the release to go back "
                "to; restore a backup from before the upgrade"
            )
        if not closed:
            result["written"] = written_since(owner, copy["tables"])
            if result["written"] and not discard:
                said = ", ".join(f"{table} {rows:+d}" for table, rows in result["written"].items())
                raise Refused(
                    f"mlflow_rollback_discard: since the upgrade of {copy['made']} rows were written ({said}), which a "
                    "rollback leaves behind; set it to true to go back nevertheless"
                )
        if not check:
            server.close(revision=now)
            result["left"] = server.put_back(copy["name"])
    return result | {"revision": wanted}


def written_since(owner, tables):
    """Return by how many rows each table differs from a fingerprint, for those that differ."""
    now = taken_from(owner)
    return {table: now[table]["rows"] - tables[table]["rows"] for table in tables if now[table] != tables[table]}
