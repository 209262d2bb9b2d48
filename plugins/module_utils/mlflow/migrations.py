# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the migrations of a release do, read from their files; nothing of MLflow is imported."""

from __future__ import annotations

import ast
import re

# One second for 600,000 rows: 8.5 s for the index on 5 million metrics (MLflow 3.18.0, PostgreSQL 15, two cores)
INDEX_SECONDS_PER_ROW = 1.7e-6
# 50 s for 100,000 traces with 400,000 spans
TRACES = {"75868b020152": ("trace_info", 5e-4)}
ON_TABLE = {"add_column": 0, "alter_column": 0, "drop_column": 0, "create_index": 1, "create_primary_key": 1}
ON_TABLE |= {"create_unique_constraint": 1, "create_foreign_key": 1, "drop_constraint": 1}


def pending(package, found):
    """Return the migrations between a revision and the head of a release, in order.

    Args:
        package (Path): The directory of the package mlflow.
        found (str): The revision of the database.

    Returns:
        list[dict]: revision, title, invertible (whether its downgrade does anything), indexes (dict of the names that
        it creates to their tables) and tables (that it changes) of each.

    """
    folder = package / "store/db_migrations/versions"
    named = dict(
        re.findall(
            r"^class (\w+)\(.*?__tablename__ = \"(\w+)\"",
            "\n".join(path.read_text() for path in sorted((package / "store").glob("**/models.py"))),
            re.MULTILINE | re.DOTALL,
        )
    )
    each = [read(path.read_text(), path.stem, named) for path in folder.glob("*.py") if path.stem != "__init__"]
    after = {migration.pop("down"): migration for migration in each if migration}
    steps = []
    while found in after:
        steps.append(after[found])
        found = steps[-1]["revision"]
    return steps


def read(text, stem, named):
    """Return what a migration file does, or None if the file is not a migration."""
    tree = ast.parse(text)
    given = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    if "revision" not in given:
        return None
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    effects = Effects(given, named)
    for name, function in functions.items():
        if "downgrade" not in name:
            effects.collect(function)
    return {
        "revision": given["revision"],
        "down": given.get("down_revision"),
        "title": stem.partition("_")[2].replace("_", " "),
        "invertible": any(does_something(node) for name, node in functions.items() if "downgrade" in name),
        "indexes": {name: table for name, table in effects.indexes.items() if table not in effects.made},
        "tables": sorted(effects.tables - effects.made),
    }


class Effects:
    """What a migration does to which tables.

    Args:
        given (dict): The constants of its file.
        named (dict): The names of the tables, by the names of their classes.

    """

    def __init__(self, given, named):
        self.given, self.named = given, named
        self.indexes, self.tables, self.made = {}, set(), set()

    def collect(self, node, table=None):
        """Collect what the calls below a node do; inside `with ... batch(TABLE)` they are about that table."""
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and "batch" in called(call) and call.args:
                    table = self.value(call.args[0]) or table
                    self.tables |= {table} - {None}
        if isinstance(node, ast.Call):
            self.note(called(node), node, table)
        for child in ast.iter_child_nodes(node):
            self.collect(child, table)

    def note(self, name, call, table):
        """Note one call."""
        arguments = [self.value(each) for each in call.args]
        batched = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") != "op"
        if name == "create_table" and arguments:
            self.made.add(arguments[0])
        elif name in ON_TABLE and arguments and (table if batched else len(arguments) > ON_TABLE[name]):
            about = table if batched else arguments[ON_TABLE[name]]
            self.tables |= {about} - {None}
            if name == "create_index":
                self.indexes[arguments[0]] = about

    def value(self, node):
        """Return the text that an argument stands for, None if that is not known."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Attribute) and node.attr == "__tablename__":
            return self.named.get(getattr(node.value, "id", ""))
        return self.given.get(getattr(node, "id", ""))


def called(call):
    """Return the last name of what is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def does_something(function):
    """Return whether a function has more than a docstring and `pass`."""
    return any(
        not isinstance(node, (ast.Pass, ast.Expr)) or isinstance(getattr(node, "value", None), ast.Call)
        for node in function.body
    )


def seconds(steps, rows):
    """Return about how long migrations take on tables with so many rows."""
    indexes = sum(rows.get(table, 0) for step in steps for table in step["indexes"].values())
    traces = sum(rows.get(table, 0) * each for step in steps for table, each in [TRACES.get(step["revision"], ("", 0))])
    return 1 + 0.02 * len(steps) + indexes * INDEX_SECONDS_PER_ROW + traces
