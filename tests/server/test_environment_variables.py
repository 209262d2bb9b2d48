# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of environment variables that preflight knows are those of the release.

If they are not, CONTRIBUTING.md says how to write them anew.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.environment_names import KEPT
from ansible_collections.mlops.mlflow.tests.server.lab import LOCK, release


def test_kept_names_are_those_of_the_release():
    script = Path(__file__).with_name("environment_variables.py")
    printed = subprocess.run([release() / "bin/python", script], capture_output=True, text=True, check=True).stdout
    assert KEPT.read_text() == printed
    assert KEPT.name == f"{LOCK.stem}-variables.txt"
    assert "MLFLOW_TRACKING_URI" in printed.split()
