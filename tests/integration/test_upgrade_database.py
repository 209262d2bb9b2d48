# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of real older servers come to the schema of the release with every row, and back, whatever fails."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab

OLD = ("2.9.2", "2.22.5", "3.10.1")
INSTALL = """
set -eu
export UV_CACHE_DIR=/opt/mlflow/uv/cache UV_SYSTEM_CERTS=true
[ -x /root/old/$1/bin/mlflow ] || {
    /opt/mlflow/uv/bin/uv venv -q --python /usr/bin/python3 /root/old/$1
    /opt/mlflow/uv/bin/uv pip install -q --python /root/old/$1/bin/python mlflow==$1 'SQLAlchemy<2.1' 'setuptools<81' \\
        psycopg2-binary
}
"""
OWNER = {"owner_user": "landlord", "owner_password": "landlord"}
DATABASES = "select string_agg(datname, ' ' order by datname) from pg_database where datname like 'visit%'"
DUMP = "/root/before.dump"


@pytest.fixture
def visit(database):
    """Have a database whose owner can copy it and that the guest uses; give the options of the modules for it."""
    lab.sql("alter role landlord createdb; grant guest to landlord; alter database visit owner to landlord")
    lab.sql("alter schema public owner to landlord; grant create on schema public to guest", "visit")
    yield {"uri": database["uri"], **OWNER}
    for name in lab.sql(DATABASES).split():
        if name != "visit":
            lab.sql(f'drop database "{name}" with (force)')
    lab.sql("alter role landlord nocreatedb; revoke guest from landlord")


def module(name, options, **more):
    """Run a module with the interpreter of the new release."""
    return lab.module(name, options | more, interpreter=lab.RELEASE)


def history(version, options, *, read=False):
    """Run a server of a version with its own client; return what the client sees."""
    lab.run("sh", "-s", version, given=INSTALL)
    wanted = {"uri": options["uri"], "passfile": "/root/right", "read": read}
    return lab.program("history", wanted, interpreter=f"/root/old/{version}/bin/python")


def rehearsed(options):
    """Back up and rehearse; return what both modules say."""
    dumped = module("mlflow_dump", {"uri": options["uri"], "passfile": "/root/right", "path": DUMP})
    assert "tables" in dumped, dumped
    return dumped, module("mlflow_rehearsal", options, path=DUMP, tables=dumped["tables"])


@pytest.mark.parametrize("version", OLD)
def test_rows_of_an_older_server_are_all_there_after_the_upgrade_and_after_the_way_back(visit, version):
    before = history(version, visit)
    assert before["experiments"] == ["Default", "deleted later", "déjà vu"]
    assert len(before["runs"]) == 5

    found = module("mlflow_database_info", visit)
    assert found.get("known") is True, found
    assert len(found["migrations"]) == {"2.9.2": 44, "2.22.5": 39, "3.10.1": 18}[version]
    dumped, proved = rehearsed(visit)
    assert set(proved.get("seconds", ())) == {"restoration", "migration", "comparison"}, proved
    assert lab.sql(DATABASES) == "visit"

    upgraded = module("mlflow_upgrade", visit, release=f"{version}-x")
    assert upgraded["changed"] is True, upgraded
    assert (upgraded["before"], upgraded["after"]) == (found["revision"], found["head"])
    assert upgraded["rows"] == {table: each["rows"] for table, each in dumped["tables"].items()}
    assert module("mlflow_upgrade", visit)["changed"] is False
    assert lab.sql(DATABASES) == f"visit {upgraded['kept']}"
    assert history(lab.run(lab.RELEASE, "-m", "mlflow", "--version").split()[-1], visit, read=True) == before
    assert lab.sql("select distinct tableowner from pg_tables where schemaname = 'public'", "visit") == "landlord"

    lab.sql("set role guest; insert into experiments (name, lifecycle_stage) values ('after', 'active')", "visit")
    back = {"state": "restored", "revision": found["revision"]}
    refused = module("mlflow_copy", visit, **back)
    assert "rows were written (experiments +1)" in refused["msg"]
    returned = module("mlflow_copy", visit, **back, discard=True)
    assert (returned["revision"], returned["written"]) == (found["revision"], {"experiments": 1})
    assert history(version, visit, read=True) == before
    assert lab.sql("select count(*) from experiments where name = 'after'", returned["left"]) == "1"
    assert module("mlflow_copy", visit, **back)["changed"] is False
    assert module("mlflow_copy", visit, state="absent", keep_days=1)["dropped"] == []
    assert module("mlflow_copy", visit, state="absent", keep_days=-1)["dropped"] == [returned["left"]]
    assert lab.sql(DATABASES) == "visit"


@pytest.fixture
def old(visit):
    """Have a database of the oldest server with a few runs; give the options and what must not change."""
    history("2.9.2", visit)
    return visit


def state():
    """Return what an upgrade that failed must leave as it was."""
    revision = lab.sql("select version_num from alembic_version", "visit")
    rows = lab.sql("select count(*), sum(hashtext(metrics::text)) from metrics", "visit")
    may = lab.sql(
        "select has_database_privilege('guest', 'visit', 'connect'), shobj_description(oid, 'pg_database') "
        "from pg_database where datname = 'visit'"
    )
    return revision, rows, may, lab.sql(DATABASES)


# What a migration stumbles over: a view of a column whose type it changes
BROKEN = "create view notes as select value from experiment_tags"
# ... and what changes rows behind its back
CHANGING = """
create function change() returns trigger language plpgsql as
    $$ begin update public.params set value = 'other'; return null; end $$;
create trigger change after update on alembic_version execute function change();
"""
SLOW = """
create function wait() returns event_trigger language plpgsql as 'begin perform pg_sleep(10); end';
create event trigger wait on ddl_command_end when tag in ('CREATE INDEX') execute function wait();
"""
MIGRATING = "select count(*) from pg_stat_activity where query like '%CREATE%INDEX%' and datname = 'visit'"
MENDED = "drop view if exists notes; drop trigger if exists change on alembic_version"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (BROKEN, "failed (cannot alter type of a column used by a view or rule"),
        (CHANGING, "failed (the rows of params differ after it)"),
    ],
)
def test_migration_that_fails_leaves_the_database_as_it_was(old, trouble, said):
    before = state()
    lab.sql(trouble, "visit")
    failed = module("mlflow_upgrade", old)
    assert said in " ".join(failed["msg"].split())
    assert failed["msg"].endswith("the database is as it was before")
    lab.sql(MENDED, "visit")
    after = state()
    assert after[:3] == before[:3]
    assert module("mlflow_upgrade", old)["changed"] is True


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(BROKEN, "the migration fails on a restored backup"), (CHANGING, "the migration changes the rows of params")],
)
def test_rehearsal_finds_what_would_fail_before_anything_is_interrupted(old, trouble, said):
    lab.sql(trouble, "visit")
    before = state()
    _dumped, proved = rehearsed(old)
    assert said in proved["msg"]
    assert state() == before


def test_backup_that_lacks_a_row_is_found(old):
    dumped = module("mlflow_dump", {"uri": old["uri"], "passfile": "/root/right", "path": DUMP})
    tables = dumped["tables"] | {"tags": {"rows": dumped["tables"]["tags"]["rows"] + 1, "checksum": "1"}}
    assert (
        "the rows of tags differ once it is restored"
        in module("mlflow_rehearsal", old, path=DUMP, tables=tables)["msg"]
    )
    assert lab.sql(DATABASES) == "visit"


def test_owner_who_may_not_read_the_tables_is_told_what_to_own(old):
    before = state()
    lab.sql("revoke guest from landlord")
    for name in ("mlflow_database_info", "mlflow_upgrade"):  # the owner's name is hidden: here it is the password too
        said = module(name, old)["msg"]
        assert "lacks rights in visit (permission denied for table alembic_version); make it the owner of the" in said
    lab.sql("grant guest to landlord")
    assert state() == before


def test_nobody_who_is_logged_in_is_cut_off_and_an_index_of_the_same_name_gives_way(old):
    lab.sql("create index index_metrics_run_uuid_key_step on metrics (run_uuid)", "visit")
    found = module("mlflow_database_info", old)
    assert found["colliding"] == ["index_metrics_run_uuid_key_step"]
    with ThreadPoolExecutor(1) as beside:
        session = beside.submit(lab.sql, "set application_name = 'report'; select pg_sleep(30)", "visit")
        time.sleep(2)
        assert module("mlflow_database_info", old)["others"] == ["postgres (report)"]
        said = module("mlflow_upgrade", old)["msg"]
        assert re.search(r"postgres \(report\) is still logged in to visit after 15 s", said)
        session.result()
    assert module("mlflow_upgrade", old)["changed"] is True
    definition = lab.sql("select indexdef from pg_indexes where indexname = 'index_metrics_run_uuid_key_step'", "visit")
    assert "(run_uuid, key, step)" in definition


def test_full_disk_is_told_and_nothing_has_changed(old):
    """The copy goes where the database is: to a file system of 16 MB, which holds it once."""
    lab.run("sh", "-c", "mkdir /small && mount -t tmpfs -o size=16M,mode=0700,uid=$(id -u postgres) tmpfs /small")
    try:
        lab.sql("create tablespace small location '/small'")
        lab.sql("alter database visit set tablespace small")
        before = state()
        said = module("mlflow_upgrade", old)["msg"]
        assert re.search(r"mlflow_database_name: visit cannot be copied \(.*No space left on device", said), said
        assert state() == before
        lab.sql("alter database visit set tablespace pg_default")
        lab.sql("drop tablespace small")
    finally:
        lab.run("sh", "-c", "umount /small && rmdir /small")


def test_database_that_goes_away_in_the_middle_is_put_right_once_it_is_back(old):
    before = state()
    lab.sql(SLOW, "visit")
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(module, "mlflow_upgrade", old)
        wait_for(MIGRATING)
        lab.run("sh", "-c", "systemctl kill --kill-whom=all --signal=KILL 'postgresql@*' && sleep 1")
        said = running.result()["msg"]
        lab.run("sh", "-c", "systemctl reset-failed 'postgresql@*'; systemctl restart postgresql")
    assert "the server does not answer any more; once it does, run playbooks/rollback.yml" in said, said
    undone = module("mlflow_copy", old, state="restored", revision="unknown")
    assert (undone["interrupted"], undone["revision"]) == (True, before[0])
    assert state() == before


def test_upgrade_that_is_killed_is_finished_or_undone_by_the_next(old):
    """PostgreSQL ends the sessions of the killed process; what it left is settled by whoever comes next."""
    before = state()
    lab.sql(SLOW, "visit")
    for way in ("undone", "finished"):
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(module, "mlflow_upgrade", old)
            wait_for(MIGRATING)
            lab.run("pkill", "-KILL", "-x", "-f", lab.RELEASE)
            lab.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'landlord'")
            assert "kept" not in running.result()
        login = module("mlflow_database", {"uri": old["uri"], "passfile": "/root/right"})
        assert "is closed to user guest, as an upgrade that was interrupted leaves it" in login["msg"]
        if way == "undone":
            undone = module("mlflow_copy", old, state="restored", revision="unknown")
            assert (undone["interrupted"], undone["revision"]) == (True, before[0])
            assert state() == before
        else:
            lab.sql("drop event trigger wait", "visit")
            assert module("mlflow_upgrade", old)["changed"] is True
            assert len(lab.sql(DATABASES).split()) == 2


def wait_for(query):
    """Wait until a count is not zero."""
    deadline = time.monotonic() + 60
    while lab.sql(query) == "0":
        assert time.monotonic() < deadline
        time.sleep(0.2)
