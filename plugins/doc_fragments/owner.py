# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What modules that act as the owner of MLflow's database have in common, for their documentation."""

from __future__ import annotations


class ModuleDocFragment:
    """The login of the owner, and that these modules show no diff."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: none
options:
  uri:
    description: URI of the backend store, without a password, with MLflow's own user. Only PostgreSQL is supported.
    type: str
    required: true
  owner_user:
    description: The user who owns the database and can create databases.
    type: str
    required: true
  owner_password:
    description: Password of O(owner_user).
    type: str
    required: true
requirements:
  - mlflow (the interpreter of the release)
notes:
  - Needs a direct connection to the server, not one through a pooler.
"""
