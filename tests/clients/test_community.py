# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection community.digitalocean, of the last distribution that holds it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import TOKEN

HERE = Path(__file__).parent
CLIENTS = Path(__file__).parents[2] / ".cache/clients"
COLLECTION = "ansible_collections/community/digitalocean/"


@pytest.fixture(scope="session")
def collections(tmp_path_factory):
    """Return where the collection is, taken from the package index by its hash."""
    wanted, stamp = (HERE / "requirements.txt").read_text(), CLIENTS / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        scratch = tmp_path_factory.mktemp("wheel")
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        subprocess.run(
            [*pip, "--require-hashes", "--requirement", HERE / "requirements.txt", "--dest", scratch], check=True
        )
        with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
            wheel.extractall(CLIENTS, [name for name in wheel.namelist() if name.startswith(COLLECTION)])
        stamp.write_text(wanted)
    return CLIENTS


def test_playbook_that_makes_looks_and_removes(cloud, collections, certificate, public_key):
    environment = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "DO_API_TOKEN": TOKEN,
        "SSL_CERT_FILE": str(certificate / "ca.crt"),
        "HTTPS_PROXY": "http://127.0.0.1:9",  # no client finds the way to the cloud itself
        "NO_PROXY": "localhost",
    }
    command = [
        Path(sys.executable).with_name("ansible-playbook"),
        "-i",
        "localhost,",
        "-c",
        "local",
        HERE / "community.yml",
    ]
    given = [
        "-e",
        f"url={cloud.url}",
        "-e",
        f"public_key='{public_key}'",
        "-e",
        f"ansible_python_interpreter={sys.executable}",
    ]
    done = subprocess.run([*command, *given], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert [cloud.store.all(kind) for kind in ("droplet", "database", "firewall")] == [[], [], []]
