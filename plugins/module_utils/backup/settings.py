# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What role backup has written for the program."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.stores import environment

SECONDS = 30


class Settings:
    """The settings of the program.

    Args:
        path (str): A JSON file that only root can read, as the role's vars/main.yml has it.

    """

    def __init__(self, path):
        try:
            self.given = json.loads(Path(path).read_text())
        except FileNotFoundError as error:
            raise Refused(
                f"backup_repository: {error.filename} does not exist; run site.yml, which writes it"
            ) from error
        self.directory = Path(self.given["directory"])
        self.spool = self.directory / "snapshot"
        self.fetched = self.directory / "restore"

    def __getitem__(self, name):
        return self.given[name]

    def load_environment(self):
        """Take over MLflow's environment, so that its database and its artifact store are found and opened."""
        try:
            os.environ.update(environment(self["environment_file"], self["credentials"], SECONDS))
        except FileNotFoundError as error:
            raise Refused(f"{error.filename}: MLflow is not installed on this host; run site.yml") from error

    @property
    def destination(self):
        """Return where MLflow keeps artifacts, once its environment is loaded."""
        return os.environ["MLFLOW_ARTIFACTS_DESTINATION"]


def make(directory, mode):
    """Create a directory of a mode unless it exists; what is missing above it can be entered by everyone."""
    if not directory.is_dir():
        before = os.umask(0o022)
        try:
            directory.mkdir(parents=True)
        finally:
            os.umask(before)
        directory.chmod(mode)


def run(command):
    """Run a command and return its exit code and what it wrote to both outputs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return 127, "", f"{error.strerror}: {command[0]}"
    return done.returncode, done.stdout, done.stderr
