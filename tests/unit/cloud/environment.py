# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An environment for the playbooks of the cloud, which Ansible runs on an account with nothing real behind it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from . import s3

ROOT = Path(__file__).parents[3]
TOKEN = "dop_v1_sandbox"


class Environment:
    """An inventory in a directory of its own; its hosts are names only, so what is done on them is left out."""

    def __init__(self, directory, store, access, hosts=("mlflow-1", "mlflow-2"), name="test"):
        """Environments in one directory have one SSH key."""
        if not (directory / "key").exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "key"], check=True)
        api_url, ca_file = access
        self.inventory = directory / ("inventory" if name == "test" else name)
        self.options = ["-i", self.inventory]
        cloud = {"DIGITALOCEAN_TOKEN": TOKEN, "DIGITALOCEAN_API_URL": api_url, "DIGITALOCEAN_CA_FILE": str(ca_file)}
        self.variables = (
            os.environ
            | cloud
            | {f"SPACES_{name.upper()}": value for name, value in s3.KEYS.items()}
            | {"ANSIBLE_NOCOLOR": "1"}
        )
        python = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        files = {
            "hosts.yml": {
                "mlflow": {"hosts": {host: {} for host in hosts}},
                "infrastructure": {"hosts": {"localhost": python}},
            },
            "digitalocean.yml": {"plugin": "mlops.mlflow.digitalocean", "environment": name},
            "group_vars/all/mlflow.yml": {
                "infrastructure_region": "ams3",
                "infrastructure_ssh_public_key": (directory / "key.pub").read_text().strip(),
                "infrastructure_bucket": f"{name}-{directory.name[-20:].lower().replace('_', '-').strip('-')}",
                "infrastructure_spaces_endpoint_url": store.url,
                "vpc_ip_range": "10.10.0.0/20" if name == "test" else "10.20.0.0/20",
            },
        }
        (self.inventory / "group_vars/all").mkdir(parents=True)
        for file, content in files.items():
            (self.inventory / file).write_text(yaml.safe_dump(content))

    def variable(self, name):
        """Return a variable of the inventory."""
        return yaml.safe_load((self.inventory / "group_vars/all/mlflow.yml").read_text())[name]

    def start(self, *options, playbook="provision"):
        """Begin to run a playbook on the controller alone."""
        command = [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            *self.options,
            "--limit",
            "localhost",
            *options,
            ROOT / f"playbooks/{playbook}.yml",
        ]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=ROOT, env=self.variables, **pipes, text=True, start_new_session=True)

    def run(self, *options, playbook="provision", fails=False):
        """Run it to its end and return what it printed."""
        process = self.start(*options, playbook=playbook)
        printed, _nothing = process.communicate(timeout=300)
        assert (process.returncode != 0) == fails, printed
        return printed
