# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Mirrors come from this machine's own apt."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.sandbox import apt

TARGETS = """\
https://mirror.example/debian/ trixie main
https://mirror.example/debian/ trixie main
https://mirror.example/debian/ trixie contrib
https://mirror.example/debian/ trixie-updates main
https://mirror.example/debian/ trixie-backports main
http://mirror.example/security/ trixie-security main
https://tools.example/apt/ stable main
file:/srv/packages/ trixie main
"""


def test_mirrors_of_this_suite_serve_another():
    assert apt.translate(TARGETS, "trixie", "bookworm") == [
        "deb https://mirror.example/debian/ bookworm main",
        "deb https://mirror.example/debian/ bookworm-updates main",
        "deb http://mirror.example/security/ bookworm-security main",
    ]


def test_another_systems_mirrors_are_left_alone():
    assert apt.translate(TARGETS, "noble", "bookworm") == []


def test_apt_trusts_what_this_machine_trusts(monkeypatch, tmp_path):
    (tmp_path / "bundle").write_text("CERTIFICATES")
    monkeypatch.setattr(apt, "BUNDLE", tmp_path / "bundle")
    files = apt.build_files("bookworm")
    assert files["ca-certificates.crt"] == "CERTIFICATES"
    assert "Acquire::https::CAInfo" in files["apt.conf"]


def test_apt_goes_without_a_bundle_where_there_is_none(monkeypatch, tmp_path):
    monkeypatch.setattr(apt, "BUNDLE", tmp_path / "none")
    assert "CAInfo" not in apt.build_files("bookworm")["apt.conf"]
