# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that bin/sandbox start builds: what the account can make, so that nothing waits for its image."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.mlops.mlflow.sandbox import environment, image, network
from ansible_collections.mlops.mlflow.sandbox.cloud.account.catalog import IMAGES
from ansible_collections.mlops.mlflow.sandbox.cloud.real.clusters import SUITES
from ansible_collections.mlops.mlflow.sandbox.model import Account, Environment


@pytest.fixture
def built(monkeypatch, tmp_path):
    """Return a function that starts an account without machines and returns the images that were built meanwhile."""
    monkeypatch.setattr(environment, "HOME", tmp_path)
    monkeypatch.setattr(environment.engine, "ensure", lambda *_: None)
    monkeypatch.setattr(environment.daemon, "ensure", lambda *_: True)
    monkeypatch.setattr(network, "ensure", lambda *_: True)

    def start(**options):
        found = set()
        for kind in ("dns", "droplet", "postgresql"):
            monkeypatch.setattr(image, kind, lambda suite, kind=kind: found.add((kind, suite)))
        environment.start(Environment("lab", (), Account("lab-public", "10.9.0.0/24", 8999)), [], **options)
        return found

    return start


def test_all_that_the_account_can_make_is_built(built):
    droplets = {("droplet", facts[3]) for facts in IMAGES.values()}
    assert built() == {("dns", "trixie")} | droplets | {("postgresql", suite) for suite in SUITES.values()}


def test_newest_debian_alone_is_built_where_that_is_asked_for(built):
    assert built(newest=True) == {("dns", "trixie"), ("droplet", "trixie"), ("postgresql", "trixie")}


def test_mmdebstrap_is_installed_once_for_suites_that_are_made_side_by_side(monkeypatch, tmp_path):
    installed = []

    def no_registry(*_, **__):
        raise image.EngineError

    def install(*packages):
        assert not installed, "apt's lock is held by the first one"
        time.sleep(0.1)
        installed.extend(packages)

    monkeypatch.setattr(image, "LOCKS", tmp_path)
    monkeypatch.setattr(image.shutil, "which", lambda _: installed or None)
    monkeypatch.setattr(image, "docker", no_registry)
    monkeypatch.setattr(image.engine, "may_install", lambda: True)
    monkeypatch.setattr(image.engine, "install", install)
    monkeypatch.setattr(image.apt, "sources", lambda _: ["deb"])
    monkeypatch.setattr(image, "_bootstrap", lambda *_: None)
    monkeypatch.setattr(image, "_exists", lambda _: False)
    monkeypatch.setattr(image, "_build", lambda *_: None)
    with ThreadPoolExecutor() as pool:
        list(pool.map(image.machine, ("bookworm", "trixie")))
    assert installed == ["mmdebstrap"]
