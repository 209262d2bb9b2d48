# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that bin/sandbox start builds: what the account can make, so that nothing waits for its image."""

from __future__ import annotations

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
