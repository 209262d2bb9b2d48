# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass

import pytest
from ansible_collections.mlops.mlflow.sandbox import environment
from ansible_collections.mlops.mlflow.tests.integration import lab, needles


@dataclass
class Deployed:
    """A clean run on a fresh host.

    The run, the processes in which a secret was seen meanwhile, the state that it led to.
    """

    play: lab.Play
    seen: list
    state: dict


@pytest.fixture(scope="session")
def docker():
    """Have Docker's engine."""
    environment.have_engine()


@pytest.fixture(scope="session")
def host():
    """Have the machines of the inventory, fresh ones; MLOPS_KEEP=1 takes those that are there and keeps them."""
    kept = os.environ.get("MLOPS_KEEP")
    if not kept:
        lab.sandbox("stop")
    lab.sandbox("start")
    yield
    if not kept:
        lab.sandbox("stop")


@pytest.fixture(scope="session")
def deployed(host):
    """Deploy, as talkatively as possible, while all processes of both sides are watched."""
    wanted = needles.forms(*needles.secrets().values())
    with lab.watch(wanted) as here, lab.watch(wanted, place=lab.ON_HOST) as there:
        play = lab.Play("-vvv", "--diff").finish()
    return Deployed(play, here + there, lab.program("state"))


@pytest.fixture(scope="session")
def seed():
    """Return what random choices grow from; MLOPS_SEED repeats those of a session."""
    return os.environ.get("MLOPS_SEED") or str(random.randrange(10**6))


@pytest.fixture(scope="module")
def server(deployed):
    """Let the user of these tests in, and a user who owns a schema that is not hers."""
    hba = lab.run("sh", "-c", "ls /etc/postgresql/*/main/pg_hba.conf").strip()
    lab.sql("create role guest login password 'guest'; create role landlord login password 'landlord'")
    lab.run(
        "sh",
        "-c",
        f"cp -a {hba} /root/pg_hba.conf; echo 'hostssl all guest,landlord 127.0.0.1/32 scram-sha-256' >> {hba}",
    )
    lab.run("sh", "-c", "umask 077; echo '*:*:*:guest:guest' > /root/right; echo '*:*:*:guest:wrong' > /root/wrong")
    lab.sql("select pg_reload_conf()")
    yield
    lab.run("sh", "-c", f"mv /root/pg_hba.conf {hba}; rm /root/right /root/wrong")
    lab.sql("select pg_reload_conf(); drop role guest; drop role landlord")


@pytest.fixture
def database(server):
    """Have an empty database of the guest's; give the options that the module needs for it."""
    lab.sql("create database visit owner guest")
    ours = re.search(r'MLFLOW_BACKEND_STORE_URI="(.*)"', lab.run("cat", "/opt/mlflow/current/mlflow.env"))[1]
    yield {"uri": re.sub("//.*?@(.*?)/.*?[?]", r"//guest@\1/visit?", ours), "passfile": "/root/right"}
    lab.sql("drop database visit with (force)")
