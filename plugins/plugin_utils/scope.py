# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables that roles of the collection see, for actions that look at several roles at once."""

from __future__ import annotations

from .names import ROLES


def scope(roles, variables, loader):
    """Return variables with the defaults of roles below them and what the roles set above.

    Args:
        roles (list[str]): The names of roles of this collection.
        variables (dict): The variables of a task, not templated.
        loader (DataLoader): Ansible's loader of files.

    Returns:
        dict: The variables, not templated.

    """
    defaults, own = {}, {}
    for role in roles:
        defaults |= content(ROLES / role / "defaults/main.yml", loader)
        own |= content(ROLES / role / "vars/main.yml", loader)
    return defaults | variables | own


def content(path, loader):
    """Return the content of a file of a role, whose templates can be trusted; nothing if there is none."""
    return (loader.load_from_file(str(path), trusted_as_template=True) or {}) if path.exists() else {}
