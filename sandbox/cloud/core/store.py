# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The cloud's store: things by kind and id, as JSON in SQLite.

A service that was killed continues where it stopped.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

Thing = dict[str, Any]

SCHEMA = """
create table if not exists things (
    kind text, id text, number integer primary key autoincrement, body text, unique (kind, id)
);
create table if not exists numbers (name text primary key, last integer);
"""


class Store:
    """Every thing is a dict as the API shows it; keys that begin with _ are our own and never leave the service.

    `lock` is held while a request is answered, so that each endpoint sees a consistent state; background jobs take it
    when they write.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("pragma synchronous = normal")
        self._database.executescript(SCHEMA)

    def put(self, kind: str, identity: object, thing: Thing) -> Thing:
        """Save a thing; an existing one keeps its place in lists.

        `_made` is set to the current time unless the thing has it.
        """
        with self.lock:
            thing.setdefault("_made", time.time())
            keep = (
                "insert into things (kind, id, body) values (?, ?, ?) "
                "on conflict (kind, id) do update set body = excluded.body"
            )
            self._database.execute(keep, (kind, str(identity), json.dumps(thing)))
        return thing

    def get(self, kind: str, identity: object) -> Thing | None:
        with self.lock:
            row = self._database.execute(
                "select body from things where kind = ? and id = ?", (kind, str(identity))
            ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, **having: object) -> list[Thing]:
        """Return the things of a kind, oldest first; with `having`, only those that have these values."""
        with self.lock:
            rows = self._database.execute("select body from things where kind = ? order by number", (kind,)).fetchall()
        things = [json.loads(row[0]) for row in rows]
        return [thing for thing in things if all(thing.get(key) == value for key, value in having.items())]

    def existing(self, kind: str) -> list[Thing]:
        """Return the things of a kind that the API shows; a deleted droplet or cluster stays in its VPC for a while."""
        return [thing for thing in self.all(kind) if not thing.get("_gone")]

    def change(self, kind: str, identity: object, **values: object) -> Thing | None:
        """Set values of a thing and return it; return None if it no longer exists."""
        with self.lock:
            thing = self.get(kind, identity)
            return self.put(kind, identity, thing | values) if thing else None

    def remove(self, kind: str, identity: object) -> None:
        with self.lock:
            self._database.execute("delete from things where kind = ? and id = ?", (kind, str(identity)))

    def number(self, name: str) -> int:
        """Return the next number of a series, such as the ids of droplets."""
        with self.lock:
            count = "insert into numbers values (?, 1) on conflict (name) do update set last = last + 1 returning last"
            return self._database.execute(count, (name,)).fetchone()[0]
