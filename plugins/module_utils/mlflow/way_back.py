# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way back after an upgrade: a kept copy takes the place of the database; runs with a release's interpreter."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing
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
        since = [each for each in copies if closed and each["made"] >= closed["closed"]]
        wanted = closed["revision"] if closed else wanted
        result = {"changed": True, "needed": True, "interrupted": bool(closed), "revision": wanted}
        result |= {"written": {}, "left": None}
        if now == wanted:
            if closed and not check:
                for each in since:
                    server.drop(each["name"])
                server.open()
            return result | {"changed": bool(closed), "needed": bool(closed)}
        copy = next((each for each in since or copies if each["revision"] == wanted), None)
        if not copy:
            raise Refused(
                f"mlflow_version: no kept copy of {owner.database} has the schema {wanted} of the release to go back "
                "to; restore a backup, or run playbooks/upgrade.yml if that release is the newer one"
            )
        if not closed:
            result["written"] = accepted_loss(owner, copy, discard)
        if others := server.logged_in(but=(owner.user, owner.url.username)):
            raise Refused(
                f"mlflow_database_name: {', '.join(others)} is logged in to {owner.database}, which is about to be "
                "renamed; end that first"
            )
        if not check:
            result["left"] = replaced(server, copy["name"], wanted)
    return result


def accepted_loss(owner, copy, discard):
    """Return by how many rows each table differs from the copy; refuse to lose them unless that is accepted."""
    written = written_since(owner, copy["tables"])
    if written and not discard:
        said = ", ".join(f"{table} {rows:+d}" for table, rows in written.items())
        raise Refused(
            f"mlflow_rollback_discard: since the upgrade of {copy['made']} rows were written ({said}), which a "
            "rollback leaves behind; set it to true to go back nevertheless"
        )
    return written


def replaced(server, copy, wanted):
    """Let the copy take the place of the database; return the name under which that is kept."""
    opened = not server.closed()
    server.close(revision=wanted)
    try:
        return server.put_back(copy)
    except Refused:
        if opened:
            server.open()
        raise


def written_since(owner, tables):
    """Return by how many rows each table differs from a fingerprint, for those that differ."""
    now = taken_from(owner)
    return {table: now[table]["rows"] - tables[table]["rows"] for table in differing(tables, now)}
