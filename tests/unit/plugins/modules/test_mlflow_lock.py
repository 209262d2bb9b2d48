# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mlflow_lock module, with the real uv and a package index in a directory."""

from __future__ import annotations

import re
import zipfile

import pytest
from ansible_collections.mlops.mlflow.plugins.modules import mlflow_lock


def publish(index, name, version, *requirements):
    """Put the smallest wheel there is into the index."""
    project, wheel = index / name, f"{name}-{version}-py3-none-any.whl"
    project.mkdir()
    metadata = "".join(
        [
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            *(f"Requires-Dist: {each}\n" for each in requirements),
        ]
    )
    with zipfile.ZipFile(project / wheel, "w") as made:
        made.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
        made.writestr(
            f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{name}-{version}.dist-info/RECORD", "")
    (project / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')


@pytest.fixture(autouse=True)
def index(tmp_path, monkeypatch):
    """Let pip know one index with two packages."""
    index = tmp_path / "index"
    index.mkdir()
    publish(index, "alpha", "1.0", "beta>=2")
    publish(index, "beta", "2.0")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", index.as_uri())
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def lock(run, tmp_path):
    """Return a function that asks for a lock."""
    path = tmp_path / "inventory" / "lock.txt"
    path.parent.mkdir()
    return lambda *requirements, **args: (run(mlflow_lock, requirements=requirements, path=str(path), **args), path)


def test_names_every_package_by_version_and_hash(lock):
    result, path = lock("alpha")
    lines = path.read_text().splitlines()
    assert result["changed"] is True
    assert lines[0] == "# Resolved from alpha; remove this file to resolve anew"
    assert [re.sub(r"[0-9a-f]{64}", "…", line) for line in lines if not line.strip().startswith("#")] == [
        "alpha==1.0 \\",
        "    --hash=sha256:…",
        "beta==2.0 \\",
        "    --hash=sha256:…",
    ]


def test_lock_that_exists_is_left_as_it_is(lock):
    _first, path = lock("alpha")
    before = path.read_bytes()
    result, _path = lock("beta")
    assert result["changed"] is False
    assert path.read_bytes() == before


def test_check_mode_resolves_nothing(lock):
    result, path = lock("alpha", _ansible_check_mode=True)
    assert result["changed"] is True
    assert not path.exists()


@pytest.mark.parametrize(
    ("requirements", "reason"),
    [
        (["alpha==9.9"], r"Because there is no version of alpha==9\.9 and you require alpha==9\.9"),
        (["gamma"], r"Because gamma was not found in the package registry and you require gamma"),
        (["alpha", "beta<2"], r"Because all versions of alpha depend on beta>=2 and .* because you require beta<2$"),
        (["alpha === what"], r"Couldn't parse requirement .*"),
    ],
)
def test_what_cannot_be_resolved_is_told_on_one_line_and_leaves_nothing(lock, requirements, reason):
    result, path = lock(*requirements)
    assert result["failed"]
    assert re.match(reason, result["msg"])
    assert "\n" not in result["msg"]
    assert list(path.parent.iterdir()) == []


def test_login_of_an_address_is_not_told():
    assert mlflow_lock.reason(
        "error: Failed to fetch: `https://ada:secret@index.invalid/simple/`\n  cause: refused\n"
    ) == ("Failed to fetch: `https://index.invalid/simple/`: refused")
