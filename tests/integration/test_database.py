# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database comes to the schema of the release, or is refused in words and left as it is."""

from __future__ import annotations

import re
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


OWNER = {"owner_user": "landlord", "owner_password": "landlord"}
OF_LANDLORD = "alter database visit owner to landlord; alter schema public owner to landlord;"


def as_guest(statement):
    """Run a statement with the rights of MLflow's user and return what it prints, or how PostgreSQL refuses it."""
    try:
        return lab.sql(f"set role guest; {statement}", "visit")
    except AssertionError as refusal:
        return re.search("ERROR:.*", str(refusal))[0]


def test_owner_makes_the_schema_and_the_user_of_the_service_only_reads_and_writes(database):
    lab.sql(OF_LANDLORD, "visit")
    assert "guest may not create tables in visit" in module(**database)["msg"]

    assert module(check=True, **database, **OWNER)["changed"] is True
    assert module(**database, **OWNER)["after"]
    assert module(**database, **OWNER)["changed"] is False
    assert lab.sql("select distinct tableowner from pg_tables where schemaname = 'public'", "visit") == "landlord"

    insert = "insert into experiments (name, lifecycle_stage) values ('mine', 'active') returning name"
    assert as_guest(insert) == "mine"
    assert (
        as_guest("update experiments set name = 'renamed'; delete from experiments; select count(*) from runs") == "0"
    )
    for change in ("create table more ()", "alter table runs add column x text", "drop table runs", "truncate tags"):
        assert re.search("permission denied|must be owner", as_guest(change)), change


def test_user_of_the_service_loses_its_rights_on_the_schema(database):
    module(**database)
    lab.sql(f"{OF_LANDLORD} grant create on schema public to guest; grant guest to landlord", "visit")
    assert as_guest("create table more ()") == ""
    assert module(check=True, **database, **OWNER)["granted"] is True
    assert module(**database, **OWNER)["granted"] is True
    assert module(**database, **OWNER)["changed"] is False
    assert "permission denied" in as_guest("create table others ()")
    assert "must be owner" in as_guest("drop table runs")
    assert lab.sql("select pg_has_role('landlord', 'guest', 'member'); revoke guest from landlord") == "t"


def test_rights_are_granted_once_when_three_hosts_start_together(database):
    """PostgreSQL ends the second of two grants that meet with "tuple concurrently updated"."""
    lab.sql(
        f"{OF_LANDLORD} revoke usage on schema public from public; "
        "create function slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(0.05); end'; "
        "create event trigger slow on ddl_command_end when tag in ('GRANT') "
        "execute function slow()",
        "visit",
    )
    with ThreadPoolExecutor(3) as hosts:
        results = list(hosts.map(lambda _: module(**database, **OWNER), range(3)))
    assert [result.get("msg") for result in results] == [None] * 3
    assert [result["granted"] for result in results].count(True) == 1


@pytest.mark.parametrize(("rights", "owner_after"), [("createrole", "landlord"), ("nocreaterole", "guest")])
def test_tables_of_the_user_become_the_owners_where_the_server_allows_it(database, rights, owner_after):
    """Older releases let MLflow's user own the tables; DigitalOcean's administrator may or may not take them."""
    lab.sql("grant create on schema public to guest", "visit")
    module(**database)
    lab.sql(f"{OF_LANDLORD} alter role landlord {rights}", "visit")
    module(**database, **OWNER)
    assert lab.sql("select tableowner from pg_tables where tablename = 'runs'", "visit") == owner_after
    assert module(**database, **OWNER)["changed"] is False
    insert = "insert into experiments (name, lifecycle_stage) values ('again', 'active') returning name"
    assert as_guest(insert) == "again"
    assert lab.sql("select pg_has_role('landlord', 'guest', 'member')") == "f"


def test_user_that_was_deleted_and_made_anew_may_use_its_tables_again(database):
    """DigitalOcean hands the tables of a deleted user to the administrator."""
    module(**database)
    lab.sql(f"reassign owned by guest to landlord; drop owned by guest; {OF_LANDLORD}", "visit")
    assert "permission denied" in as_guest("select count(*) from runs")
    assert module(check=True, **database, **OWNER)["granted"] is True
    assert module(**database, **OWNER)["granted"] is True
    assert as_guest("select count(*) from runs") == "0"
    assert module(**database, **OWNER)["changed"] is False


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
