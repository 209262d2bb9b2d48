#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: wal_archive_info
short_description: Tell which backups an archive of pgBackRest holds, and whether a time can be restored
version_added: 0.1.0
description:
  - Asks pgBackRest for the backups of the stanza C(main).
  - With O(at), refuses a time that cannot be restored in one sentence, and returns the options that restore it. Among
    them is the timeline that the server was on at that time, so that a time which an earlier restore discarded can be
    restored too.
author:
  - the authors (@mlops)
options:
  at:
    description: The time to restore, with its offset from UTC, such as V(2026-11-30 14:05:00+00); or V(latest) for all
      that is in the archive.
    type: str
  at_variable:
    description: What errors call O(at).
    type: str
    default: postgresql_restore_to
  directory:
    description: The directory that is restored. Its file system must have room for the backup.
    type: path
  variable:
    description: What errors call the description of the archive.
    type: str
    default: postgresql_wal_archive
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Find out whether the time can be restored
  mlops.mlflow.wal_archive_info:
    at: "2026-11-30 14:05:00+00"
    directory: /var/lib/postgresql/15/main
  register: archive
"""

RETURN = r"""
backups:
  description: The names of the backups, oldest first.
  type: list
  elements: str
  returned: success
  sample: [20261129-020311F, 20261130-021544D]
backup:
  description: The backup that O(at) is restored from.
  type: str
  returned: success, with O(at)
  sample: 20261129-020311F
size_mb:
  description: Size of the restored data directory, in MB.
  type: int
  returned: success, with O(at)
  sample: 2048
target:
  description: The time in UTC, or V(latest).
  type: str
  returned: success, with O(at)
  sample: "2026-11-30 14:05:00+00"
options:
  description: The options of C(pgbackrest restore) that restore it.
  type: list
  elements: str
  returned: success, with O(at)
  sample:
    - --set=20261129-020311F
    - --target-timeline=current
    - --type=time
    - --target=2026-11-30 14:05:00+00
    - --target-action=promote
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql import backups
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql.pgbackrest import PgBackRest


def way(text, archive, directory):
    """Return how a time is restored."""
    at = backups.moment(text, datetime.now(UTC))
    backup, line = archive.way(at)
    size = backup["info"]["size"] >> 20
    place = next(each for each in (Path(directory), *Path(directory).parents) if each.exists())
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize >> 20
    if free < size:
        raise Refused(
            f"{text} needs {size} MB beside the present data, and {place} has {free} MB free; free some space"
        )
    target = backups.LATEST if at is None else backups.shown(at)
    until = ["--type=default"] if at is None else ["--type=time", f"--target={target}", "--target-action=promote"]
    options = [f"--set={backup['label']}", f"--target-timeline={line}", *until]
    return {"backup": backup["label"], "size_mb": size, "target": target, "options": options}


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "at": {"type": "str"},
            "at_variable": {"type": "str", "default": "postgresql_restore_to"},
            "directory": {"type": "path"},
            "variable": {"type": "str", "default": "postgresql_wal_archive"},
        },
        required_by={"at": ["directory"]},
        supports_check_mode=True,
    )
    at = module.params["at"]
    try:
        if at:
            backups.moment(at, datetime.now(UTC))
        archive = backups.Archive(PgBackRest(module, module.params["variable"]))
        restored = way(at, archive, module.params["directory"]) if at else {}
    except Refused as error:
        about = "" if str(error).startswith(module.params["variable"]) else f"{module.params['at_variable']}: "
        module.fail_json(msg=f"{about}{error}")
    module.exit_json(changed=False, backups=[each["label"] for each in archive.backups], **restored)


if __name__ == "__main__":
    main()
