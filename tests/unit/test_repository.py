# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be true of the files of this repository as a whole."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import yaml
from ansible.galaxy import get_collections_galaxy_meta_info
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

WELL_KNOWN = (
    r"(pypi|files\.pythonhosted|registry\.npmjs|(deb|security)\.debian|proxy\.golang)\.org"
    r"|(archive|security)\.ubuntu\.com|(ghcr|quay|crates)\.io"
)
SILENCED = r"no[q]a|pylint: [d]isable|shellcheck [d]isable|type: [i]gnore|fmt: [os]"


def output(*command):
    """Return what a program prints; nothing where the machine does not have it."""
    return (
        subprocess.run(command, capture_output=True, text=True, check=False).stdout if shutil.which(command[0]) else ""
    )


@pytest.fixture(scope="session")
def files(root):
    """Return the text of every file that is or may be committed, by its path."""
    names = output("git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    paths = [root / name for name in names if name and (root / name).is_file()]
    return {str(path.relative_to(root)): path.read_text(errors="ignore") for path in paths}


@pytest.fixture(scope="session")
def galaxy(root):
    return yaml.safe_load((root / "galaxy.yml").read_text())


@pytest.fixture(scope="session")
def pinned(root):
    return {
        entry["name"]: entry["version"]
        for entry in yaml.safe_load((root / "requirements.yml").read_text())["collections"]
    }


def containing(files, pattern):
    return [f"{name}: {match.group()}" for name, text in files.items() for match in [re.search(pattern, text)] if match]


def configured_registries():
    """Return the hosts that pip, npm and apt of this machine install from."""
    variables = [value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "npm_config_"))]
    commands = (
        ("pip", "config", "list"),
        ("npm", "config", "get", "registry"),
        ("apt-get", "indextargets", "--format", "$(REPO_URI)"),
    )
    configuration = "\n".join([*variables, *(output(*command) for command in commands)])
    return {urlsplit(url).hostname for url in re.findall(r"https?://[^\s'\"]+", configuration)} - {
        None,
        "localhost",
        "127.0.0.1",
    }


def test_no_file_names_a_package_registry(files):
    hosts = "|".join([WELL_KNOWN, *map(re.escape, sorted(configured_registries()))])
    assert containing(files, rf"(?<![\w.-])({hosts})\b") == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on(files, root):
    assert containing(files, rf"(?<![\w.-])/(work|home/\w+)/|{re.escape(str(root))}/") == []


def test_no_check_is_silenced(files):
    assert containing(files, SILENCED) == []
    assert yaml.safe_load(files[".ansible-lint"])["skip_list"] == []
    assert not [name for name in files if name.startswith("tests/sanity/ignore") or name == ".ansible-lint-ignore"]


def test_every_plugin_says_its_license(files):
    license_line = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
    header = f"# Copyright (c) 2026 the authors\n{license_line}\n"
    assert [
        name
        for name, text in files.items()
        if name.startswith("plugins/") and name.endswith(".py") and header not in text
    ] == []


def test_helpers_of_modules_are_short(files):
    lines = {name: len(text.splitlines()) for name, text in files.items() if name.startswith("plugins/module_utils/")}
    assert len(lines) > 30
    assert {name: count for name, count in lines.items() if count > 200} == {}


def test_galaxy_yml_is_complete(galaxy, files):
    keys = {entry["key"] for entry in get_collections_galaxy_meta_info()} - {"license_file", "manifest"}
    assert {key for key in keys if not galaxy.get(key)} == set()
    assert galaxy["readme"] in files


def collections_used(files, folders):
    text = "\n".join(
        text for name, text in files.items() if name.startswith(folders) and name.endswith((".yml", ".j2", ".py"))
    )
    return set(re.findall(r"\b((?:ansible\.posix|community\.[a-z]+))\.[a-z_]+", text))


def test_dependencies_are_the_collections_that_are_used(galaxy, files):
    assert set(galaxy["dependencies"]) == collections_used(files, ("playbooks/", "plugins/", "roles/"))


def test_pinned_collections_are_the_ones_that_are_used(pinned, files):
    assert set(pinned) == collections_used(
        files, ("bench/", "molecule/", "playbooks/", "plugins/", "roles/", "sandbox/", "tests/integration/")
    )


def test_tests_run_with_the_dependencies_that_users_may_have(galaxy, pinned):
    assert {
        name: pinned.get(name)
        for name, wanted in galaxy["dependencies"].items()
        if pinned.get(name) not in SpecifierSet(wanted)
    } == {}


def test_pinned_collections_are_the_ones_installed(root, pinned):
    def installed(name):
        manifest = root / ".cache/collections/ansible_collections" / name.replace(".", "/") / "MANIFEST.json"
        return json.loads(manifest.read_text())["collection_info"]["version"]

    assert pinned == {name: installed(name) for name in pinned}


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.txt",
        "requirements-collections.txt",
        "roles/mlflow/files/uv.txt",
        "roles/mlflow/files/mlflow-{version}.txt",
    ],
)
def test_locks_hold_versions_and_hashes_only(files, lock):
    version = yaml.safe_load(files["roles/mlflow/defaults/main.yml"])["mlflow_version"]
    entries = [
        entry
        for entry in files[lock.format(version=version)].replace("\\\n", "").splitlines()
        if entry.strip() and not entry.lstrip().startswith("#")
    ]
    for entry in entries:
        requirement, *hashes = entry.split("--hash=sha256:")
        assert re.fullmatch(r"==[\w.]+", str(Requirement(requirement.strip()).specifier))
        assert hashes
        assert all(re.fullmatch(r"[0-9a-f]{64}\s*", digest) for digest in hashes)


def test_table_of_acceptance_cases_names_tests_that_are_there(files):
    there = {
        name
        for path, text in files.items()
        if path.startswith("tests/unit/cloud/")
        for name in re.findall(r"def (test_\w+)", text)
    }
    assert set(re.findall(r"`(test_\w+)`", files["tests/unit/cloud/README.md"])) - there == set()


def imports_of(text):
    """Return the modules that a Python file imports."""
    nodes = list(ast.walk(ast.parse(text)))
    plain = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    return [*plain, *(node.module for node in nodes if isinstance(node, ast.ImportFrom))]


def texts_of(text):
    """Return the texts in a Python file that are not docstrings."""
    nodes = list(ast.walk(ast.parse(text)))
    docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]


@pytest.fixture(scope="session")
def engine(files):
    engine = {
        name: text
        for name, text in files.items()
        if name.startswith("plugins/module_utils/engine/") and name.endswith(".py")
    }
    assert len(engine) > 3
    return engine


def test_engine_imports_nothing_of_an_api(engine):
    own = r"ansible\.module_utils\.basic|ansible_collections\.mlops\.mlflow\.plugins\.module_utils\.engine\.\w+"
    imported = {module for text in engine.values() for module in imports_of(text)}
    assert {
        module
        for module in imported
        if module.partition(".")[0] not in sys.stdlib_module_names and not re.fullmatch(own, module)
    } == set()


def test_engine_names_no_api_in_what_it_says(engine):
    names = re.compile(r"digital ?ocean|spaces|mlflow|droplet", re.IGNORECASE)
    assert [f"{name}: {text}" for name in engine for text in texts_of(engine[name]) if names.search(text)] == []


@pytest.fixture(scope="session")
def cloud_modules(files):
    """Return the modules that describe resources and leave the rest to the engine."""
    engine = "ansible_collections.mlops.mlflow.plugins.module_utils.engine.module"
    modules = {
        name: text
        for name, text in files.items()
        if name.startswith("plugins/modules/") and name.endswith(".py") and engine in imports_of(text)
    }
    assert len(modules) > 10
    return modules


def test_cloud_modules_neither_handle_errors_nor_exit(cloud_modules):
    nodes = [(name, node) for name, text in cloud_modules.items() for node in ast.walk(ast.parse(text))]
    assert [
        f"{name}:{node.lineno}"
        for name, node in nodes
        if isinstance(node, ast.Try | ast.TryStar) or getattr(node, "attr", None) in {"exit_json", "fail_json"}
    ] == []
