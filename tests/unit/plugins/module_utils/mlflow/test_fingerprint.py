# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two fingerprints are compared table by table."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.fingerprint import differing

BEFORE = {"runs": {"rows": 2, "checksum": "7"}, "tags": {"rows": 0, "checksum": "0"}}


def test_tables_with_other_rows_and_tables_that_are_gone_differ():
    assert differing(BEFORE, BEFORE | {"runs": {"rows": 2, "checksum": "8"}}) == ["runs"]
    assert differing(BEFORE, {"runs": BEFORE["runs"]}) == ["tags"]


def test_tables_that_are_new_do_not():
    assert differing(BEFORE, BEFORE | {"datasets": {"rows": 1, "checksum": "1"}}) == []
