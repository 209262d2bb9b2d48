# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database comes to the schema of the release, or is refused in words and left as it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.mlops.mlflow.tests.integration import lab


def module(check=False, **options):
    """Run mlflow_database with the interpreter of the release."""
    return lab.module("mlflow_database", options, check=check, interpreter=lab.RELEASE)


def test_dry_run_tells_and_leaves_the_database_empty(database):
    assert module(check=True, **database)["changed"] is True
    assert lab.sql("select count(*) from pg_tables where schemaname = 'public'", "visit") == "0"


def test_empty_database_gets_the_schema_once_when_three_hosts_start_together(database):
    with ThreadPoolExecutor(3) as hosts:
        results = list(hosts.map(lambda _: module(**database), range(3)))
    assert [result["changed"] for result in results].count(True) >= 1
    assert {result["after"] for result in results} == {lab.sql("select version_num from alembic_version", "visit")}
    assert module(**database)["changed"] is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"passfile": "/root/wrong"}, "mlflow_database_password: localhost:5432 refuses the login of user guest"),
        ({"connections": 1000}, "MLflow may open 1000 connections"),
        ({"uri": ("visit", "nowhere")}, "mlflow_database_name: database nowhere does not exist at localhost"),
        ({"uri": ("5432", "5999")}, "mlflow_database_host: no database answers at localhost:5999"),
        ({"uri": ("verify-full", "disable")}, "accepts neither this host nor this kind of connection"),
        (
            {"uri": ("sslrootcert=", "sslrootcert=/etc/ssl/certs/ca-certificates.crt&application_name=")},
            "TLS to localhost:5432 fails",
        ),
        (
            {"uri": ("localhost:5432/visit?", "db.example:5432/visit?hostaddr=127.0.0.1&")},
            "mlflow_database_sslmode: the certificate of db.example:5432 is for another name",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(database, change, said):
    options = {
        name: database[name].replace(*value) if isinstance(value, tuple) else value for name, value in change.items()
    }
    result = module(**database | options)
    assert result["changed"] is False
    assert said in result["msg"]
    assert result["retry"] is ("no database answers" in said)


def test_newer_database_is_refused_and_older_one_only_if_it_holds_runs(database):
    head = module(**database)["after"]
    lab.sql("update alembic_version set version_num = 'feedfacefeed'", "visit")
    assert "a newer MLflow made it" in module(**database)["msg"]

    lab.sql(
        "update alembic_version set version_num = 'acf3f17fdcc7'; "
        "insert into runs (run_uuid, lifecycle_stage) values ('one', 'active')",
        "visit",
    )
    assert f"older than {head}" in module(**database)["msg"]
    assert lab.sql("select version_num from alembic_version", "visit") == "acf3f17fdcc7"


def test_tables_of_somebody_else_are_left_alone(database):
    lab.sql("create table customers (name text)", "visit")
    assert "holds tables that are not MLflow's" in module(**database)["msg"]


def test_rights_on_the_schema_are_granted_by_its_owner_and_only_once(database):
    lab.sql("alter database visit owner to landlord; alter schema public owner to landlord", "visit")
    assert "guest may not create tables in visit" in module(**database)["msg"]

    owner = {"owner_user": "landlord", "owner_password": "landlord"}
    assert module(check=True, **database, **owner)["granted"] is True
    assert module(**database, **owner)["granted"] is True
    assert module(**database, **owner)["changed"] is False


def test_rights_are_granted_once_when_three_hosts_start_together(database):
    """PostgreSQL ends the second of two grants that meet with "tuple concurrently updated"."""
    lab.sql(
        "alter database visit owner to landlord; alter schema public owner to landlord; "
        "create function slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(3); end'; "
        "create event trigger slow on ddl_command_end when tag in ('GRANT') execute function slow()",
        "visit",
    )
    owner = {"owner_user": "landlord", "owner_password": "landlord"}
    with ThreadPoolExecutor(3) as hosts:
        results = list(hosts.map(lambda _: module(**database, **owner), range(3)))
    assert [result.get("msg") for result in results] == [None] * 3
    assert [result["granted"] for result in results].count(True) == 1


@pytest.mark.parametrize(("rights", "owner_after"), [("createrole", "guest"), ("nocreaterole", "landlord")])
def test_user_that_was_deleted_and_made_anew_gets_its_tables_back(database, rights, owner_after):
    """DigitalOcean hands the tables of a deleted user to the administrator, who may or may not give them away."""
    lab.sql("alter schema public owner to landlord; grant usage, create on schema public to guest", "visit")
    module(**database)
    lab.sql("reassign owned by guest to landlord; drop owned by guest", "visit")
    lab.sql(f"alter database visit owner to landlord; alter role landlord {rights}")

    owner = {"owner_user": "landlord", "owner_password": "landlord"}
    assert module(check=True, **database, **owner)["granted"] is True
    assert lab.sql("select tableowner from pg_tables where tablename = 'runs'", "visit") == "landlord"
    assert module(**database, **owner)["granted"] is True
    assert lab.sql("select tableowner from pg_tables where tablename = 'runs'", "visit") == owner_after
    assert module(**database, **owner)["changed"] is False
    assert (
        lab.sql(
            "set role guest; insert into experiments (name, lifecycle_stage) values ('again', 'active') returning name",
            "visit",
        )
        == "again"
    )
    assert lab.sql("select pg_has_role('landlord', 'guest', 'member')") == "f"


def test_tables_that_are_not_those_of_mlflow_are_not_handed_over(database):
    lab.sql("alter schema public owner to landlord; set role landlord; create table customers (name text)", "visit")
    module(**database, owner_user="landlord", owner_password="landlord")
    assert lab.sql("select tableowner from pg_tables where tablename = 'customers'", "visit") == "landlord"


def test_dry_run_warns_of_what_the_run_itself_may_mend_and_goes_on(database):
    for change in (
        {"passfile": "/root/wrong"},
        {"uri": database["uri"].replace("5432", "5999")},
        {"connections": 1000},
    ):
        result = module(check=True, **database | change)
        assert "The database cannot be looked at" in result["warned"]
        assert result["changed"] is False


@pytest.mark.parametrize("limited", ["role guest", "database visit"])
def test_limit_of_connections_is_called_that(database, limited):
    lab.sql(f"alter {limited} connection limit 4")
    said = module(connections=5, **database)["msg"]
    lab.sql("alter role guest connection limit -1")
    assert "CONNECTION LIMIT of 4" in said
    assert "larger database" not in said


def test_password_file_that_libpq_ignores_is_called_that(database):
    lab.run("sh", "-c", "umask 022; cp /root/right /root/open; chmod 0644 /root/open")
    assert (
        "libpq does not use a password file that others can read"
        in module(**database | {"passfile": "/root/open"})["msg"]
    )
