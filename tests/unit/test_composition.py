# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles meet in playbooks/vars/wiring.yml only; `environment` is the one that looks at an inventory as a whole."""

from __future__ import annotations

import re

import pytest
import yaml

ROLES = ("backup", "environment", "firewall", "infrastructure", "mlflow", "postgresql", "proxy", "verify")
VARIABLE = re.compile(rf"(?<![\w./])(__)?({'|'.join(ROLES)})_[a-z]\w*(?![\w/.]*\.(?:j2|py|yml|txt|service|socket))")
# Inputs of plays and of the inventory plugin, and options of modules, which carry another role's name
PUBLIC = {
    "infrastructure": {
        "mlflow_database_host",
        "mlflow_destroy",
        "mlflow_destroy_bucket",
        "mlflow_destroy_dump",
        "mlflow_dump",
    }
    | {"mlflow_database_user", "backup_bucket", "backup_restore"},
    "mlflow": {"mlflow_destroy_dump"},
}
MODULES = re.compile(r"mlops\.mlflow\.\w+")


def texts(root, folder):
    """Return the text of the files of a folder, by their paths, without the names of modules."""
    paths = [path for path in (root / folder).rglob("*") if path.suffix in {".yml", ".j2"}]
    return {str(path.relative_to(root)): MODULES.sub("", path.read_text()) for path in paths}


def foreign(root, folder, role, allowed=frozenset()):
    """Return the variables of other roles that a folder names, with the file of each."""
    matches = [(path, match) for path, text in texts(root, folder).items() for match in VARIABLE.finditer(text)]
    # "environment" has no variables of its own
    found = {
        (path, match[0]) for path, match in matches if match[2] not in {role, "environment" if not match[1] else role}
    }
    return sorted((path, name) for path, name in found if name not in allowed)


@pytest.mark.parametrize("folder", ["playbooks", *(f"roles/{role}" for role in ROLES)])
def test_private_variables_do_not_cross_roles(root, folder):
    crossing = [
        (path, name) for path, name in foreign(root, folder, folder.removeprefix("roles/")) if name.startswith("__")
    ]
    assert crossing == []


@pytest.mark.parametrize("name", sorted(set(ROLES) - {"environment"}))
def test_role_knows_its_own_variables_only(root, name):
    folders = [f"roles/{name}/{part}" for part in ("defaults", "tasks", "templates", "vars")]
    assert [each for folder in folders for each in foreign(root, folder, name, PUBLIC.get(name, frozenset()))] == []


def test_every_path_of_verify_follows_from_the_role_mlflow(root):
    defaults = yaml.safe_load((root / "roles/verify/defaults/main.yml").read_text())
    wiring = yaml.safe_load((root / "playbooks/vars/wiring.yml").read_text())
    paths = {name for name, value in defaults.items() if re.search("/(etc|opt)/mlflow", str(value))}
    assert paths >= {
        "verify_python",
        "verify_environment_file",
        "verify_credentials",
        "verify_fingerprint_of",
        "verify_release_file",
    }
    assert {
        name
        for name in paths
        if not re.search(r"\bmlflow_(config_directory|files|home|release_path)\b", wiring.get(name, ""))
    } == set()
    assert not any(re.search("/(etc|opt)/mlflow/", str(value)) for value in wiring.values())


def test_preflights_are_loaded_only_by_plays_that_have_hosts(root):
    for path in root.glob("playbooks/*.yml"):
        for play in yaml.safe_load(path.read_text()):
            imported = [
                task["ansible.builtin.import_role"].get("tasks_from", "main")
                for task in play.get("tasks", [])
                if "ansible.builtin.import_role" in task
            ]
            assert not {"preflight", "preflight_cloud", "preflight_planned"} & set(imported), path.name


@pytest.mark.parametrize(
    "playbook",
    [
        "site",
        "preflight",
        "preflight_cloud",
        "preflight_hosts",
        "provision",
        "deploy",
        "verify",
        "rollback",
        "destroy",
        "restore_point_in_time",
    ],
)
def test_plays_are_lists_of_roles(root, playbook):
    for play in yaml.safe_load((root / f"playbooks/{playbook}.yml").read_text()):
        if "hosts" in play:
            tasks = [*play.get("pre_tasks", []), *play.get("tasks", [])]
            assert {key for task in tasks for key in task if "." in key} <= {
                "ansible.builtin.import_role",
                "ansible.builtin.include_role",
                "ansible.builtin.group_by",
                "mlops.mlflow.wait_for_host",
            }
            assert "module_defaults" not in play
            assert "{{" not in play["hosts"] or playbook in {
                "preflight",
                "verify",
            }  # an inventory without hosts; a client's place is one of two groups
