# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program mlflow-backup is installed whole: its files import nothing that the role does not copy."""

from __future__ import annotations

import ast
import sys

import yaml

PREFIX = "ansible_collections.mlops.mlflow.plugins.module_utils."
OF_THE_RELEASE = {"sqlalchemy", "boto3", "botocore", "yaml"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_program_has_all_that_it_imports_and_nothing_else(root):
    files = yaml.safe_load((root / "roles/backup/vars/main.yml").read_text())["__backup_files"]
    plugins = root / "plugins/module_utils"
    needed, pending = set(), ["backup/__main__.py"]
    while pending:
        file = pending.pop()
        needed |= {file, f"{file.partition('/')[0]}/__init__.py"}
        for name in imported(plugins / file):
            path = name.removeprefix(PREFIX).replace(".", "/") + ".py"
            if name.startswith(PREFIX) and (plugins / path).exists() and path not in needed:
                pending.append(path)
            assert (
                name.startswith(("ansible_collections", PREFIX))
                or name.partition(".")[0] in sys.stdlib_module_names | OF_THE_RELEASE
            ), f"{file} imports {name}"
    assert set(files) == needed
