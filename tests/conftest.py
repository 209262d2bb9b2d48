# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test is about time: a busy machine is no failure
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The cloud's own OpenAPI document, which is not part of this project
DOCUMENT = Path(
    os.environ.get("DIGITALOCEAN_OPENAPI") or Path(__file__).parents[2] / "shared/digitalocean-openapi.json"
)
NO_DOCUMENT = (
    "the API's contract is NOT checked: set DIGITALOCEAN_OPENAPI to the cloud's OpenAPI document, "
    f"there is no {DOCUMENT}"
)


def pytest_report_header():
    return f"the API's contract: {DOCUMENT}" if DOCUMENT.exists() else NO_DOCUMENT


def pytest_terminal_summary(terminalreporter):
    """Say it once more where the header is not shown."""
    if not DOCUMENT.exists():
        terminalreporter.write_line(NO_DOCUMENT)


@pytest.fixture(scope="session")
def contract():
    """Return what the service of the sandbox holds messages against, or None."""
    from ansible_collections.mlops.mlflow.sandbox.cloud.api.contract import Contract

    return Contract(DOCUMENT) if DOCUMENT.exists() else None
