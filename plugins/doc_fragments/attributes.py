# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What modules say of Ansible's modes; a module that lacks one of them says so itself."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of all modules, and those of modules that take the options of an API from others."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
"""

    ACTION_GROUP = r"""
attributes:
  action_group:
    description: Use C(group/mlops.mlflow.digitalocean) in C(module_defaults) to set defaults for this module.
    support: full
    membership: [mlops.mlflow.digitalocean]
"""
