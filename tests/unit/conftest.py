# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc):
    """Run a test that takes a role once for each."""
    if "role" in metafunc.fixturenames:
        roles = sorted(path.parents[1] for path in ROOT.glob("roles/*/tasks/main.yml"))
        metafunc.parametrize("role", roles, ids=[role.name for role in roles])


@pytest.fixture(scope="session")
def root():
    """Return the path of this checkout."""
    return ROOT
