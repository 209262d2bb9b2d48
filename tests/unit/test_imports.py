# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports lead one way: no file imports itself through others, and no package does.

So each can be read before what uses it.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

COLLECTION = "ansible_collections.mlops.mlflow."
TREES = ("bench", "plugins", "sandbox", "tests")


def modules(root):
    """Return the path of every module in the trees, by its dotted name."""
    paths = [path for tree in TREES for path in (root / tree).rglob("*.py")]
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imported(name, path):
    """Yield all that a file may import: at the top, inside functions and for type checkers only."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def files(root):
    """Return which modules each module imports."""
    known = modules(root)

    def module(name):
        name = name.removeprefix(COLLECTION)
        return name if name in known else name.rpartition(".")[0]

    return {
        name: {module(each) for each in imported(name, path)} & known.keys() - {name} for name, path in known.items()
    }


def packages(root):
    """Return which packages each package imports from."""
    known, graph = modules(root), {}
    package = {name: name if path.name == "__init__.py" else name.rpartition(".")[0] for name, path in known.items()}
    for name, others in files(root).items():
        graph.setdefault(package[name], set()).update({package[other] for other in others} - {package[name]})
    return graph


def circle(graph):
    """Return the names along one circle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_file_imports_itself_through_others(root):
    assert circle(files(root)) == []


def test_no_package_imports_itself_through_others(root):
    assert circle(packages(root)) == []


@pytest.mark.parametrize(
    "back",
    [
        "from . import a",
        "from .a import x",
        "from ..one.a import x",
        "def f():\n    from .a import x",
        f"import {COLLECTION}sandbox.one.a",
    ],
)
def test_circle_of_files_is_found(tmp_path, back):
    write(tmp_path, {"one/__init__": "", "one/a": "from .b import y", "one/b": back})
    assert set(circle(files(tmp_path))) == {"sandbox.one.a", "sandbox.one.b"}
    assert circle(packages(tmp_path)) == []


def test_circle_of_packages_is_found(tmp_path):
    write(tmp_path, {"one/a": "from ..two import b", "two/b": "", "two/c": "from ..one.d import x", "one/d": ""})
    assert circle(files(tmp_path)) == []
    assert set(circle(packages(tmp_path))) == {"sandbox.one", "sandbox.two"}


def write(root, texts):
    for name, text in texts.items():
        path = root / f"sandbox/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
