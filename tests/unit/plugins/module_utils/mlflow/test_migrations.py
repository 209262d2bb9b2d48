# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What migrations do is read from their files."""

from __future__ import annotations

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.migrations import pending, seconds

FIRST = """
revision = "a1"
down_revision = "a0"
NAME = "params"


def upgrade():
    op.create_table("fresh", sa.Column("x"))
    op.create_index("of_fresh", "fresh", ["x"])
    op.create_index("of_metrics", SqlMetric.__tablename__, ["step"])
    with op.batch_alter_table(NAME) as batch_op:
        batch_op.alter_column("value", type_=sa.Text())
        batch_op.create_index("of_params", ["value"])


def downgrade():
    op.drop_table("fresh")
"""
SECOND = """
revision = "a2"
down_revision = "a1"


def upgrade():
    _helper()


def _helper():
    op.add_column("runs", sa.Column("y"))


def downgrade():
    \"\"\"Nothing.\"\"\"
    pass
"""


@pytest.fixture
def package(tmp_path):
    versions = tmp_path / "store/db_migrations/versions"
    versions.mkdir(parents=True)
    (versions / "a2_second_one.py").write_text(SECOND)
    (versions / "a1_first.py").write_text(FIRST)
    (versions / "__init__.py").write_text("")
    models = tmp_path / "store/tracking/dbmodels/models.py"
    models.parent.mkdir(parents=True)
    models.write_text('class SqlMetric(Base):\n    __tablename__ = "metrics"\n')
    return tmp_path


def test_pending_ones_come_in_order_with_what_they_do(package):
    first, second = pending(package, "a0")
    assert first == {
        "revision": "a1",
        "title": "first",
        "invertible": True,
        "indexes": {"of_metrics": "metrics", "of_params": "params"},
        "tables": ["metrics", "params"],
    }
    assert second == {"revision": "a2", "title": "second one", "invertible": False, "indexes": {}, "tables": ["runs"]}
    assert pending(package, "a1") == [second]
    assert pending(package, "a2") == []


def test_indexes_take_as_long_as_their_tables_have_rows(package):
    steps = pending(package, "a0")
    assert seconds(steps, {}) == pytest.approx(1.04)
    assert seconds(steps, {"metrics": 5_000_000, "runs": 10**9}) == pytest.approx(9.54)
