# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How this host logs in to MLflow's database, and why that fails; runs with the interpreter of a release."""

from __future__ import annotations

import contextlib
import re

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused


class Unusable(Refused):
    """The database cannot be used as it is now, which other tasks of the same run may mend."""


class Unreachable(Unusable):
    """The database does not answer yet."""


def why(error):
    """Return the reason of an error on one line, as the server gives it."""
    return " ".join(str(getattr(error, "orig", error)).split()).rstrip(".")


@contextlib.contextmanager
def login(sa, engine, url, variable="mlflow_database"):
    """Log in, or say why that fails; every statement is its own transaction.

    The names of the variables for the user and the password begin with `variable`.
    """
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as error:
        text = why(error)
        place = f"{url.host}:{url.port}" if url.host else url.database
        if full := re.search(r"too many connections for (role|database)", text):
            raise Unusable(
                f"{variable}_user: {place} accepts no more connections of this {full[1]} ({text}); "
                f"have an administrator of the server run: alter {full[1]} "
                f"{url.username if full[1] == 'role' else url.database} connection limit -1"
            ) from error
        if re.search(r"password authentication failed|Access denied|no password supplied", text):
            raise Unusable(
                f"{variable}_password: {place} refuses the login of user {url.username}; "
                "give the password that the user has there"
            ) from error
        if re.search(r'database ".*" does not exist|Unknown database', text):
            raise Unusable(
                f"mlflow_database_name: database {url.database} does not exist at {place}; "
                "create it or correct the name"
            ) from error
        if "permission denied for database" in text:
            raise Unusable(
                f"mlflow_database_name: {url.database} at {place} is closed to user {url.username}, "
                "as an upgrade that was interrupted leaves it; run playbooks/upgrade.yml again, "
                "or playbooks/rollback.yml"
            ) from error
        if "no pg_hba.conf entry" in text:
            raise Unusable(
                f"mlflow_database_sslmode, mlflow_database_host: {place} accepts neither this host "
                f"nor this kind of connection ({text}); ask for TLS, or add the host to the server's trusted sources"
            ) from error
        if "certificate" in text or "SSL" in text:
            raise Unusable(tls_failure(text, place)) from error
        raise Unreachable(
            f"mlflow_database_host: no database answers at {place} ({text}); "
            "start it, or correct the host, the port or its trusted sources"
        ) from error
    with connection.execution_options(isolation_level="AUTOCOMMIT") as open_connection:
        yield open_connection


def tls_failure(text, place):
    """Return the sentence for what libpq says of TLS."""
    if "does not match host name" in text:
        return (
            f"mlflow_database_sslmode: the certificate of {place} is for another name ({text}); "
            "set mlflow_database_host to a name in the certificate, or set mlflow_database_sslmode to verify-ca, "
            "which checks the CA but not the name"
        )
    return (
        f"mlflow_database_ca, mlflow_database_sslmode: TLS to {place} fails ({text}); "
        "give the CA of the server's certificate"
    )
