# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.plugin_utils.checks.claims import claims, path_problems

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


@pytest.mark.parametrize("user", ["root", "Ada", "a b", "", "a" * 32, "ada\n"])
def test_name_that_no_user_can_have_is_refused(user):
    assert claims({}, users={"mlflow_user": user}) == [
        (
            f"mlflow_user: {user} cannot be the name of the service's user; "
            "use lower-case letters, digits, _ and -, and not root"
        )
    ]


@pytest.mark.parametrize("user", ["postgres", "www-data", "systemd-network"])
def test_user_of_another_service_is_refused(user):
    assert claims({}, users={"mlflow_user": user}) == [
        f"mlflow_user: {user} is a user of the system or of another service; choose a name of its own, such as mlflow"
    ]


@pytest.mark.parametrize("path", ["/mlflow.sock", "/run", "/run/a b", f"/run/{'a' * 91}"])
def test_socket_outside_run_is_refused(path):
    assert claims({}, sockets={"mlflow_socket": path}) == [
        f"mlflow_socket: {path} is not a path below /run; use a path such as /run/mlflow.sock"
    ]


@pytest.mark.parametrize("path", ["/run/mlflow/x.sock", "/run/systemd/x", "/run/../x", "/run/x/", "/run//x"])
def test_socket_of_another_service_is_refused(path):
    assert claims({}, sockets={"mlflow_socket": path}) == [
        (
            f"mlflow_socket: {path} is in a directory of another service or is not a plain path; "
            "use a path such as /run/mlflow.sock"
        )
    ]


def test_what_the_host_has_is_told_unless_it_is_refused_anyway():
    given = OWN | {"mlflow_state_directory": "/var/lib/postgresql"}
    other = "mlflow_home: /opt/mlflow of mlflow-1 belongs to the user ada; choose another directory"
    found = [
        "mlflow_user: postgres is already a user of mlflow-1",
        "mlflow_state_directory: /var/lib/postgresql of mlflow-1 belongs to the user postgres",
        "mlflow_artifacts_destination: /var/lib/postgresql/artifacts of mlflow-1 belongs to the user postgres",
        other,
    ]
    directory, user, last = claims(given, {"mlflow_user": "postgres"}, {"mlflow_socket": "/run/mlflow.sock"}, found)
    assert directory.startswith("mlflow_state_directory: /var/lib/postgresql belongs to the system")
    assert user.startswith("mlflow_user: postgres is a user of the system")
    assert last == other


def test_names_of_its_own_pass():
    assert claims(OWN, {"mlflow_user": "mlflow"}, {"mlflow_socket": "/run/mlflow.sock"}) == []
