# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.path_problems import path_problems

FOREIGN = [
    "/",
    "//",
    "/etc",
    "/var/lib",
    "/var/lib/",
    "/var/lib/postgresql",
    "/var/lib/docker/volumes",
    "/etc/nginx",
    "/usr/bin/x",
    "/opt",
    "/var/lib/cloud",
    "/var/lib/kubelet/x",
    "/etc/netplan",
]
OWN = {
    "mlflow_home": "/opt/mlflow",
    "mlflow_config_directory": "/etc/mlflow",
    "mlflow_state_directory": "/var/lib/mlflow",
}


@pytest.mark.parametrize("path", FOREIGN)
def test_directory_of_somebody_else_is_refused(path):
    (sentence,) = path_problems({"mlflow_home": path})
    assert sentence.startswith(
        f"mlflow_home: {path} belongs to the system or to another service; choose a directory of its own"
    )


@pytest.mark.parametrize("path", ["/var/lib/..", "/opt/../root/x"])
def test_way_up_is_refused(path):
    assert path_problems({"mlflow_home": path}) == [f"mlflow_home: {path} contains ..; write the path without it"]


@pytest.mark.parametrize("path", ["/var/lib/mlflow", "/var/lib/mlflow/", "/var/lib/mlflow/releases"])
def test_directories_in_one_another_are_refused(path):
    (sentence,) = path_problems(OWN | {"mlflow_home": path})
    assert sentence.startswith(
        f"mlflow_home, mlflow_state_directory: {path} and /var/lib/mlflow are the same or one is inside the other"
    )


def test_own_directories_pass():
    assert path_problems(OWN) == []
    assert path_problems({"a": "/var/lib/mlflow", "b": "/var/lib/mlflow-2", "c": "/srv/data/mlflow"}) == []
