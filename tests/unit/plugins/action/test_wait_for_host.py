# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wait_for_host action, run by Ansible itself: on this machine, and on a port where nothing listens.

A changed host key is tried in molecule/digitalocean.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the result of the task for each host, the play having run in check mode."""
    directory = tmp_path_factory.mktemp("wait_for_host")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    hosts = {
        "here": {"ansible_connection": "local", "ansible_python_interpreter": "/nowhere"},
        "silent": {"ansible_host": "127.0.0.1", "ansible_port": port, "ansible_user": "nobody"},
    }
    task = {"name": "Wait", "mlops.mlflow.wait_for_host": {"timeout": 2}, "register": "waited", "ignore_errors": True}
    save = {"content": "{{ waited }}", "dest": f"{directory}/{{{{ inventory_hostname }}}}.json"}
    local = {
        "delegate_to": "localhost",
        "connection": "local",
        "check_mode": False,
        "vars": {"ansible_python_interpreter": sys.executable},
    }
    play = {
        "hosts": "all",
        "gather_facts": False,
        "check_mode": True,
        "tasks": [task, {"name": "Save", "ansible.builtin.copy": save} | local],
    }
    (directory / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (directory / "play.yml").write_text(json.dumps([play]))
    command = [sys.executable, "-m", "ansible", "playbook", "-i", f"{directory}/hosts.yml", f"{directory}/play.yml"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return {host: json.loads((directory / f"{host}.json").read_text()) for host in hosts}


def test_host_that_lets_the_play_log_in_needs_no_python(results):
    assert not results["here"]["failed"]
    assert not results["here"]["changed"]


def test_host_that_stays_silent_is_reported_with_the_reason_once_the_time_is_over(results):
    assert results["silent"]["failed"]
    assert results["silent"]["msg"].startswith("silent: 127.0.0.1 does not let the play log in after 2 s (timeout): ")
    assert "Connection refused" in results["silent"]["msg"]
