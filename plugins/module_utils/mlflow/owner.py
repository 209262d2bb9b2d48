# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The owner of MLflow's database, logged in to its server; runs with the interpreter of a release."""

from __future__ import annotations

import contextlib

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.databases import Server
from ansible_collections.mlops.mlflow.plugins.module_utils.mlflow.login import login


class Owner:
    """The owner of a database, who is logged in to its server.

    Args:
        uri (str): The URI of the backend store, without a password, with MLflow's user.
        name (str): The name of the owner.
        password (str): Its password.

    """

    def __init__(self, uri, name, password):
        import sqlalchemy as sa

        self.sa, self.url = sa, sa.make_url(uri)
        if self.url.get_backend_name() != "postgresql":
            raise Refused(
                f"mlflow_dialect: {self.url.get_backend_name()} is not upgraded by this playbook, only postgresql; "
                "stop the service, back the database up and run `mlflow db upgrade` of the new release"
            )
        self.database, self.user = self.url.database, self.url.username
        self.url = self.url.set(username=name, password=password)

    def engine(self, database=None):
        """Return an engine without a pool for a database of the server, by default MLflow's."""
        return self.sa.create_engine(
            self.url.set(database=database or self.database),
            poolclass=self.sa.NullPool,
            connect_args={"connect_timeout": 15},
        )

    def place(self, database):
        """Return the URI of a database for libpq's programs, without the password."""
        url = self.url
        given = {"username": url.username, "host": url.host, "port": url.port, "query": url.query}
        return self.sa.URL.create("postgresql", database=database, **given).render_as_string()

    @contextlib.contextmanager
    def connect(self, database=None):
        """Log in to a database; every statement is its own transaction."""
        engine = self.engine(database)
        with login(self.sa, engine, engine.url, "mlflow_database_owner") as connection:
            yield connection

    @contextlib.contextmanager
    def server(self):
        """Log in to another database than MLflow's, which must have no session when it is copied or renamed."""
        for database in ("postgres", "defaultdb", "template1"):
            try:
                connection = self.engine(database).connect() if database != self.database else None
            except self.sa.exc.OperationalError:
                continue
            if connection is not None:
                with connection.execution_options(isolation_level="AUTOCOMMIT") as connected:
                    yield Server(self.sa, connected, self.database, self.user)
                return
        with self.connect():  # says why nobody can log in
            raise Refused(
                f"mlflow_database_owner_user: {self.url.username} can log in to neither postgres nor defaultdb at "
                f"{self.url.host}, from which a database is copied and renamed; let it"
            )
