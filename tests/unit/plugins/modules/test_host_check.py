# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host_check module, on users, directories and sockets of the machine that runs the test."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import subprocess
from pathlib import Path

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.host import survey
from ansible_collections.mlops.mlflow.plugins.modules import host_check

ME = pwd.getpwuid(os.getuid()).pw_name
FREE = "nobody-has-this-name"
PATH = "mlflow_home: {} of host-1 "
CHOOSE = "; choose another directory"


@pytest.fixture
def told(run, tmp_path):
    """Return a function that runs the module and returns its sentences, without those about this test's user."""

    def call(**args):
        defaults = {"host": "host-1", "comment": "MLflow", "units": [str(tmp_path / "unit")], "users": {"me": ME}}
        result = run(host_check, **defaults | args)
        assert result["changed"] is False
        return [each for each in result["sentences"] if not each.startswith("me: ")]

    return call


@pytest.fixture
def theirs(tmp_path):
    """Return a directory that belongs to somebody else, and the name of its owner."""
    path = tmp_path / "theirs"
    path.mkdir()
    if os.getuid() == 0:
        os.chown(path, 1, 1)
    return path, pwd.getpwuid(path.stat().st_uid).pw_name


def test_what_is_free_or_the_roles_own_is_not_refused(told, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "file").touch()
    directories = {"mlflow_home": str(tmp_path / "home"), "mlflow_state_directory": str(tmp_path / "not/there")}
    groups = {"mlflow_socket_group": grp.getgrgid(os.getgid()).gr_name, "own": ME}
    assert (
        told(
            directories=directories,
            sockets={"mlflow_socket": str(tmp_path / "new.sock")},
            users={"mlflow_user": FREE, "me": ME},
            groups=groups,
        )
        == []
    )


def test_directory_of_another_user_is_refused_once(told, theirs):
    path, user = theirs
    users = {"mlflow_user": FREE}
    cure = f"{CHOOSE}, or change the owner if nothing else uses it"
    if os.getuid() == 0:
        assert told(users=users, directories={"mlflow_home": str(path)}) == [
            f"{PATH.format(path)}belongs to the user {user}{cure}"
        ]
        (path / "inner").mkdir()
        os.chown(path, 54321, 54321)
        assert told(users=users, directories={"mlflow_home": str(path)}) == [
            f"{PATH.format(path)}belongs to uid 54321{cure}"
        ]
        os.chown(path, 1, 1)
        directories = {"mlflow_home": f"{path}/inner", "mlflow_state_directory": f"{path}/new"}
        assert told(users=users, directories=directories) == [
            f"{PATH.format(path / 'inner')}is inside {path}, which belongs to the user {user}{cure}"
        ]
    else:
        (sentence,) = told(users=users, directories={"mlflow_home": str(path), "mlflow_state_directory": f"{path}/new"})
        assert sentence.endswith(f"which belongs to the user {user}{cure}")


def test_directory_that_the_unit_names_is_the_roles_own_whoever_owns_it_now(told, theirs, tmp_path):
    path, _user = theirs
    (tmp_path / "unit").write_text(f"[Service]\nUser={FREE}\nWorkingDirectory={path}\nEnvironmentFile={path}2/env\n")
    assert (
        told(
            users={"mlflow_user": FREE},
            directories={"mlflow_home": str(path), "mlflow_artifacts_destination": f"{path}/inner"},
        )
        == []
    )
    assert len(told(users={"mlflow_user": "another-user"}, directories={"mlflow_home": str(path)})) == 1
    assert len(told(users={"mlflow_user": FREE}, directories={"mlflow_home": str(path)[:-1]})) == (os.getuid() != 0)


def test_mounted_volume_may_belong_to_anybody(told, theirs, monkeypatch):
    path, _user = theirs
    monkeypatch.setattr(host_check.Path, "is_mount", lambda part: part != path.parent)
    users = {"mlflow_user": FREE}
    assert len(told(users=users, directories={"mlflow_home": str(path)})) == (os.getuid() != 0)
    assert len(told(users=users, directories={"mlflow_home": f"{path}/inner"})) == 1


def test_symbolic_links_are_refused(told, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    leads = f"leads to {tmp_path}/real{{}} by the symbolic link {tmp_path}/link"
    directories = {"mlflow_home": f"{tmp_path}/link/new", "mlflow_state_directory": f"{tmp_path}/link"}
    assert told(directories=directories) == [f"{PATH.format(tmp_path / 'link/new')}{leads.format('/new')}{CHOOSE}"]
    sentence = f"mlflow_socket: {tmp_path}/link/a.sock of host-1 {leads.format('/a.sock')}; choose another path"
    assert told(sockets={"mlflow_socket": f"{tmp_path}/link/a.sock"}) == [sentence]
    (tmp_path / "unit").write_text(f"User={ME}\nWorkingDirectory={tmp_path}/link\n")
    assert len(told(directories={"mlflow_home": f"{tmp_path}/link"})) == 1


def test_files_in_place_of_directories_and_sockets_are_refused(told, tmp_path):
    file = tmp_path / "file"
    file.touch()
    assert told(directories={"mlflow_home": str(file)}) == [f"{PATH.format(file)}is not a directory{CHOOSE}"]
    assert told(sockets={"mlflow_socket": str(file)}) == [
        f"mlflow_socket: {file} of host-1 is not a socket; choose another path"
    ]


def test_directories_of_packages_are_refused(told, tmp_path, monkeypatch):
    lists = {"base-files": f"/.\n{tmp_path}\n", "libvirt0:amd64": f"/.\n{tmp_path}\n{tmp_path}/virt\n"}
    for name, text in lists.items():
        (tmp_path / f"{name}.list").write_text(text)
    monkeypatch.setattr(host_check, "PACKAGES", tmp_path)
    (tmp_path / "virt").mkdir()
    belongs = f"belongs to the package libvirt0{CHOOSE}"
    for name in ("virt", "virt/new"):
        assert told(directories={"mlflow_home": f"{tmp_path}/{name}"}) == [f"{PATH.format(tmp_path / name)}{belongs}"]
    assert told(directories={"mlflow_home": f"{tmp_path}/virtual", "mlflow_state_directory": str(tmp_path)}) == []


def test_socket_of_a_unit_that_was_masked_by_hand_stays_the_roles_own(told, tmp_path):
    path = str(tmp_path / "a.sock")
    (tmp_path / "unit").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        assert told(sockets={"mlflow_socket": path}) == []


def test_socket_that_somebody_else_listens_on_is_refused(told, theirs, tmp_path):
    path = str(tmp_path / "a.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        assert told(sockets={"mlflow_socket": path}) == []
        listener.listen()
        assert told(sockets={"mlflow_socket": path}) == [
            f"mlflow_socket: {path} of host-1 is the socket of another service; choose another path"
        ]
        (tmp_path / "unit").write_text(f"[Socket]\nListenStream={path}\n")
        assert told(sockets={"mlflow_socket": path}) == []
    directory, user = theirs
    (sentence,) = told(users={"mlflow_user": FREE}, sockets={"mlflow_socket": f"{directory}/b.sock"})
    assert sentence.endswith(f", which belongs to the user {user}; choose another path")


def test_users_that_the_role_did_not_create_are_refused(told, tmp_path):
    for account in (pwd.getpwnam("root"), pwd.getpwnam("daemon")):
        is_here = (
            f"mlflow_user: {account.pw_name} is already a user of host-1 (uid {account.pw_uid}, {account.pw_shell}) "
            "that this role did not create; "
        )
        cure = f"choose another name, or run usermod --comment MLflow {account.pw_name} if nothing else uses it"
        assert told(users={"mlflow_user": account.pw_name}) == [is_here + cure]
    (tmp_path / "unit").write_text("[Service]\nUser=daemon\n")
    assert told(users={"mlflow_user": "daemon"}) == []
    assert told(users={"mlflow_user": "bin"}, comment=pwd.getpwnam("bin").pw_gecos) == []
    assert len(told(users={"mlflow_user": "root"}, comment=pwd.getpwnam("root").pw_gecos)) == 1


def test_path_that_is_not_absolute_is_not_looked_at(told, theirs, monkeypatch):
    monkeypatch.chdir(theirs[0])
    assert (
        told(
            users={"mlflow_user": FREE},
            directories={"mlflow_home": "gs://bucket/prefix"},
            sockets={"mlflow_socket": "a.sock"},
        )
        == []
    )


def test_groups_are_looked_at(told):
    group = next(
        each.gr_name for each in grp.getgrall() if each.gr_name not in {user.pw_name for user in pwd.getpwall()}
    )
    sentence = (
        f"mlflow_user: {group} is already a group of host-1; choose another name, as the user gets a group of its own"
    )
    assert told(users={"mlflow_user": group}) == [sentence]
    sentence = f"mlflow_socket_group: {FREE} is not a group of host-1; use one that exists, or create it first"
    assert told(groups={"mlflow_socket_group": FREE}) == [sentence]


def test_places_are_measured_where_they_are_or_would_be(run, tmp_path):
    wanted = {"there": str(tmp_path), "new": f"{tmp_path}/a/b", "root": "/", "elsewhere": "s3://bucket"}
    places = run(host_check, host="host-1", places=wanted)["places"]
    room = os.statvfs(tmp_path)
    assert {name: place["exists"] for name, place in places.items()} == {"there": True, "new": False, "root": True}
    assert places["new"]["free_mb"] == pytest.approx(room.f_bavail * room.f_frsize / 2**20, abs=200)
    kinds = subprocess.run(["stat", "-f", "-c", "%T", tmp_path, "/"], check=True, capture_output=True, text=True).stdout
    for name, kind in zip(("new", "root"), kinds.split(), strict=True):
        assert kind.startswith(places[name]["filesystem"][:3]), (name, kinds)


def test_programs_that_listen_and_locales_are_found(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "a.sock"))
        listener.listen()
        result = run(host_check, host="host-1")
        port = server.getsockname()[1]
    (found,) = [each for each in result["listeners"] if each["port"] == port]
    assert found["address"] == "127.0.0.1"
    assert Path("/proc/self/comm").read_text().startswith(found["program"][:15])
    assert str(tmp_path / "a.sock") in result["unix_sockets"]
    assert {"C", "POSIX"} <= set(result["locales"])


def test_packages_that_are_installed_completely_are_facts(run, tmp_path, monkeypatch):
    states = {"nginx": "install ok installed", "ufw": "deinstall ok config-files", "half": "install ok half-configured"}
    status = "".join(f"Package: {name}\nStatus: {state}\nVersion: 1\n\n" for name, state in states.items())
    (tmp_path / "status").write_text(f"{status}Package: held\nStatus: hold ok installed\n")
    monkeypatch.setattr(survey, "STATUS", tmp_path / "status")
    assert run(host_check, host="host-1")["ansible_facts"] == {"installed_packages": ["held", "nginx"]}
    monkeypatch.setattr(survey, "STATUS", tmp_path / "none")
    assert run(host_check, host="host-1")["ansible_facts"] == {"installed_packages": []}
