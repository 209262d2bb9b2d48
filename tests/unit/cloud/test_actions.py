# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The actions parallel and vars_file, run by Ansible itself on the controller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import TOKEN, writes

ROOT = Path(__file__).parents[3]
DROPLET = {"region": "ams3", "size": "s-1vcpu-1gb", "image": "debian-13-x64"}


@pytest.fixture
def play(cloud, certificate, tmp_path):
    """Return a function that runs a task and returns its result, and what was printed."""

    def run(action, *options, **arguments):
        save = {
            "ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": f"{tmp_path}/result"},
            "check_mode": False,
        }
        tasks = [
            {"name": "Do", action: arguments, "register": "result", "ignore_errors": True},
            {"name": "Save"} | save,
        ]
        (tmp_path / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        access = {
            "DIGITALOCEAN_TOKEN": TOKEN,
            "DIGITALOCEAN_API_URL": cloud.url,
            "DIGITALOCEAN_CA_FILE": f"{certificate}/ca.crt",
        }
        command = [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            "-i",
            "localhost,",
            "-c",
            "local",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            *options,
            tmp_path / "play.yml",
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | access, capture_output=True, text=True, check=False, timeout=300
        )
        assert (tmp_path / "result").exists(), done.stdout + done.stderr
        return json.loads((tmp_path / "result").read_text()), done.stdout

    return run


def things(*names):
    return [
        {"module": "mlops.mlflow.droplet", "options": {"names": [name], **DROPLET}, "usually": "1 min"}
        for name in names
    ]


def test_things_are_begun_side_by_side_and_waited_for_in_words(cloud, play):
    cloud.settings.delays["droplet"] = 1.5
    result, printed = play("mlops.mlflow.parallel", things=things("mlflow-1", "mlflow-2"))
    assert result["changed"]
    assert [each["droplets"][0]["status"] for each in result["results"]] == ["active", "active"]
    assert "waiting for droplet mlflow-1 (new), droplet mlflow-2 (new) (usually 1 min; 1 min)" in printed


def test_second_run_changes_nothing_and_says_nothing(cloud, play):
    play("mlops.mlflow.parallel", things=things("mlflow-1"))
    before = writes(cloud)
    result, printed = play("mlops.mlflow.parallel", things=things("mlflow-1"))
    assert not result["changed"]
    assert "waiting" not in printed
    assert writes(cloud) == before


def test_check_mode_shows_a_diff_and_makes_nothing(cloud, play):
    result, _printed = play("mlops.mlflow.parallel", "--check", "--diff", things=things("mlflow-1"))
    assert result["changed"]
    assert result["diff"][0]["before"] == {"mlflow-1": {}}
    assert writes(cloud) == []


def test_timeout_names_what_is_not_ready_and_that_a_run_goes_on_from_there(cloud, play):
    cloud.settings.delays["droplet"] = 20
    result, _printed = play("mlops.mlflow.parallel", things=things("mlflow-1"), timeout=1)
    assert "droplet mlflow-1 is new (timeout: 1 s)" in result["msg"]
    assert "goes on from there" in result["msg"]
    cloud.store.change("droplet", cloud.store.all("droplet")[0]["id"], status="active")


def test_failure_is_that_of_the_module(play):
    result, _printed = play(
        "mlops.mlflow.parallel", things=[{"module": "mlops.mlflow.droplet", "options": {"names": ["mlflow-1"]}}]
    )
    assert result["failed"]
    assert "region" in result["msg"]


VARIABLES = {"mlflow_s3_access_key_id": "DO00EXAMPLE", "mlflow_s3_secret_access_key": "needle % with spaces"}


def test_variables_are_for_their_owner_only(play, tmp_path):
    path = tmp_path / "group_vars/all/key.yml"
    result, _printed = play("mlops.mlflow.vars_file", path=str(path), variables=VARIABLES)
    assert result["changed"]
    assert not result["encrypted"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert not play("mlops.mlflow.vars_file", path=str(path), variables=VARIABLES)[0]["changed"]


def test_variables_are_encrypted_where_there_is_a_vault_password(play, tmp_path):
    (tmp_path / "password").write_text("secret\n")
    path, vault = tmp_path / "key.yml", f"--vault-password-file={tmp_path}/password"
    assert play("mlops.mlflow.vars_file", vault, path=str(path), variables=VARIABLES)[0]["encrypted"]
    assert path.read_text().startswith("$ANSIBLE_VAULT;")
    assert not play("mlops.mlflow.vars_file", vault, path=str(path), variables=VARIABLES)[0]["changed"]


def test_dry_run_writes_nothing(play, tmp_path):
    assert play("mlops.mlflow.vars_file", "--check", path=f"{tmp_path}/key.yml", variables=VARIABLES)[0]["changed"]
    assert not (tmp_path / "key.yml").exists()


def test_what_is_written_is_read_as_it_was(play, tmp_path):
    play("mlops.mlflow.vars_file", path=f"{tmp_path}/key.yml", variables={"name": "no template here"})
    assert yaml.safe_load((tmp_path / "key.yml").read_text()) == {"name": "no template here"}


def test_braces_in_a_value_are_not_read_as_a_template(play, tmp_path):
    path, variables = tmp_path / "key.yml", {"kept": {"A": "{{ 'with {{ braces }}, {% too %}' }}", "B": "plain"}}
    play("mlops.mlflow.vars_file", path=str(path), variables=variables)
    assert not play("mlops.mlflow.vars_file", path=str(path), variables=variables)[0]["changed"]
    result, _printed = play("ansible.builtin.debug", f"-e@{path}", msg="{{ kept.A }} {{ kept.B }}")
    assert result["msg"] == "with {{ braces }}, {% too %} plain"
