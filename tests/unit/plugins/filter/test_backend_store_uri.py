# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter backend_store_uri, read back by another parser of URIs.

That SQLAlchemy reads it the same is seen where it connects.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from ansible_collections.mlops.mlflow.plugins.filter.backend_store_uri import backend_store_uri
from hypothesis import given
from hypothesis.strategies import characters, dictionaries, sampled_from, text

PARTS = {"dialect": "postgresql", "driver": "psycopg2", "user": "mlflow", "host": "db", "port": 5432, "name": "mlflow"}
anything = text(characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def read(uri):
    """Return what a parser finds in a URI."""
    found = urlsplit(uri)
    user, _colon, password = found.netloc.rpartition("@")[0].partition(":")
    return {
        "scheme": found.scheme,
        "user": unquote(user),
        "password": unquote(password),
        "host": found.hostname,
        "port": found.port,
        "name": unquote(found.path[1:]),
        "query": dict(parse_qsl(found.query, strict_parsing=bool(found.query), keep_blank_values=True)),
    }


@given(
    user=anything,
    password=anything,
    name=anything,
    query=dictionaries(anything, text(characters(exclude_categories=["Cs"])), max_size=3),
)
def test_every_part_comes_back_as_it_was(user, password, name, query):
    given_parts = {"user": user, "password": password, "name": name, "query": query}
    found = read(backend_store_uri(PARTS | given_parts))
    assert found == given_parts | {"scheme": "postgresql+psycopg2", "host": "db", "port": 5432}


@given(password=sampled_from([None, ""]))
def test_without_a_password_there_is_no_colon_that_asks_for_one(password):
    assert backend_store_uri(PARTS | {"password": password}) == "postgresql+psycopg2://mlflow@db:5432/mlflow"


@pytest.mark.parametrize(
    ("host", "written"),
    [("2001:db8::1", "[2001:db8::1]"), ("10.0.0.5", "10.0.0.5"), ("db.example.com", "db.example.com")],
)
def test_an_address_of_ipv6_stands_in_brackets(host, written):
    uri = backend_store_uri(PARTS | {"host": host})
    assert f"@{written}:5432/" in uri
    assert read(uri)["host"] == host


def test_paths_in_options_stay_readable():
    query = {"sslmode": "verify-full", "sslrootcert": "/etc/mlflow/database-ca.crt"}
    assert backend_store_uri(PARTS | {"query": query}).endswith(
        "/mlflow?sslmode=verify-full&sslrootcert=/etc/mlflow/database-ca.crt"
    )
