# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restored dump has the fingerprint that was recorded with it, even if clients were writing during the dump."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab

PATH = "/root/dumped/mlflow.dump"
RUNS = 20_000
FILL = f"""
    insert into experiments (experiment_id, name, lifecycle_stage) values (77, E'd\\u00e9j\\u00e0 "vu"', 'active');
    insert into runs (run_uuid, name, status, lifecycle_stage, experiment_id)
        select md5(n::text), 'run ' || n, 'FINISHED', 'active', 77 from generate_series(1, {RUNS}) n;
    insert into metrics (run_uuid, key, value, timestamp, step, is_nan)
        select md5(n::text), 'loss', 1 / n::float8, n, n, n % 7 = 0 from generate_series(1, {RUNS}) n;
    insert into params (run_uuid, key, value) select md5(n::text), 'lr', E'0.1\\n' from generate_series(1, {RUNS}) n;
"""
# A client that logs for ten seconds and more, each tag in a transaction of its own
WRITER = """
    do $$ begin
        for n in 1..2000 loop
            insert into tags (run_uuid, key, value) values (md5('1'), 'tag ' || n, 'x');
            commit;
            perform pg_sleep(0.005);
        end loop;
    end $$
"""


@pytest.fixture
def dump(database):
    """Return a function that dumps the guest's database and returns what the module says."""
    lab.module("mlflow_database", database, interpreter=lab.RELEASE)
    lab.run("mkdir", "-p", "-m", "0700", "/root/dumped")

    def call(name="visit", **options):
        given = database | {"uri": database["uri"].replace("/visit?", f"/{name}?"), "path": PATH} | options
        return lab.module("mlflow_dump", given, interpreter=lab.RELEASE)

    yield call
    lab.sql("drop database if exists again with (force)")
    lab.run("rm", "-r", "/root/dumped")


def restore():
    """Restore the dump to another database."""
    lab.sql("create database again owner guest")
    lab.run("sh", "-c", f"runuser -u postgres -- pg_restore --no-owner --role=guest -d again < {PATH}")


def test_restored_database_has_the_fingerprint_of_the_dump_whatever_was_written_meanwhile(dump):
    lab.sql(FILL, "visit")
    with ThreadPoolExecutor(1) as beside:
        writer = beside.submit(lab.sql, WRITER, "visit")
        dumped = dump()
        assert not writer.done(), "the dump is to meet writes"
    assert dumped["changed"] is True, dumped
    assert dumped["tables"]["runs"]["rows"] >= RUNS
    assert 0 < dumped["tables"]["tags"]["rows"] < int(lab.sql("select count(*) from tags", "visit"))
    assert dumped["mlflow"] == json.loads(lab.run("cat", "/opt/mlflow/current/release.json"))["mlflow"]
    assert dumped["revision"] == lab.sql("select version_num from alembic_version", "visit")
    assert lab.run("stat", "-c", "%s %a", PATH).split() == [str(dumped["bytes"]), "600"]

    restore()
    assert dump("again", path="/root/dumped/other")["tables"] == dumped["tables"]
    lab.sql("update metrics set value = 2 * value where step = 77", "again")
    changed = dump("again", path="/root/dumped/other")["tables"]
    assert {table for table in changed if changed[table] != dumped["tables"][table]} == {"metrics"}


def test_what_cannot_be_dumped_is_refused_in_words(dump):
    assert "pg_dump fails: " in dump(path="/root/nowhere/mlflow.dump")["msg"]
    assert "mlflow_database_name: database nowhere does not exist" in dump("nowhere")["msg"]
    said = dump(uri="sqlite:////var/lib/mlflow/mlflow.db")["msg"]
    assert said == "mlflow_dialect: sqlite cannot be dumped here, only postgresql; use its own tools"
