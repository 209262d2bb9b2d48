# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place where the URI of MLflow's backend store is composed."""

from __future__ import annotations

from urllib.parse import quote, urlencode

DOCUMENTATION = r"""
name: backend_store_uri
short_description: Compose the URI of MLflow's backend store
version_added: 0.1.0
author: the authors (@mlops)
description:
  - Composes a URI for SQLAlchemy that always names the driver and in which every part is percent-encoded.
  - SQLAlchemy 2.1 takes a bare C(postgresql://) to mean psycopg 3, which MLflow does not install.
options:
  _input:
    description: The parts V(dialect), V(driver), V(user), V(password) (left out when empty), V(host), V(port), V(name)
      and V(query) (a dictionary).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show a URI without a password, which libpq reads from a PGPASSFILE
  ansible.builtin.debug:
    msg: >-
      {{ {'dialect': 'postgresql', 'driver': 'psycopg2', 'user': 'mlflow', 'host': 'db', 'port': 5432,
          'name': 'mlflow', 'query': {'sslmode': 'verify-full'}} | mlops.mlflow.backend_store_uri }}
    # postgresql+psycopg2://mlflow@db:5432/mlflow?sslmode=verify-full
"""

RETURN = r"""
_value:
  description: The URI.
  type: str
"""


def backend_store_uri(parts: dict) -> str:
    """Return the URI of a backend store."""
    login = quote(parts["user"], safe="")
    if parts.get("password"):
        login += ":" + quote(parts["password"], safe="")
    host = f"[{parts['host']}]" if ":" in parts["host"] else parts["host"]
    query = "?" + urlencode(parts["query"], safe="/") if parts.get("query") else ""
    return (
        f"{parts['dialect']}+{parts['driver']}://{login}@{host}:{parts['port']}/{quote(parts['name'], safe='')}{query}"
    )


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return them by name."""
        return {"backend_store_uri": backend_store_uri}
