#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: file_stamp
short_description: Find out whether a daemon runs with what is on disk
version_added: 0.1.0
description:
  - Compares a note that a daemon's unit left when it started or reloaded with the files as they are now, so that the
    next play finishes one that was interrupted between a template and a restart.
  - "The note's first word is the SHA-256 of the files in that order, as written by
    C(cat FILE... 2>/dev/null | sha256sum > NOTE)."
author:
  - the authors (@mlops)
options:
  note:
    description: The note that the unit wrote. Keep it in a directory that is emptied by a reboot, such as C(/run).
    type: path
    required: true
  files:
    description: The files, in the order of the note. A missing file counts as empty.
    type: list
    elements: path
    required: true
  matching:
    description: A regular expression. Only lines that contain a match count. By default all lines count, byte by byte.
    type: str
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: See what nginx runs with
  mlops.mlflow.file_stamp:
    note: /run/nginx.loaded
    files:
      - /etc/nginx/nginx.conf
      - /etc/nginx/sites-enabled/proxy
  register: __proxy_loaded
"""

RETURN = r"""
current:
  description: Whether the daemon runs with what is on disk; false if there is no note.
  type: bool
  returned: success
  sample: true
checksum:
  description: The checksum that a note of the current files would hold.
  type: str
  returned: success
  sample: 2e99758548972a8e8822ad47fa1017ff72f06f3ff6a016851f45c398732bc50c
found:
  description: The files that exist.
  type: list
  elements: str
  returned: success
  sample: [/etc/nginx/nginx.conf]
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.host import stamp


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "note": {"type": "path", "required": True},
            "files": {"type": "list", "elements": "path", "required": True},
            "matching": {"type": "str"},
        },
        supports_check_mode=True,
    )
    note, files, matching = (module.params[name] for name in ("note", "files", "matching"))
    checksum = stamp.checksum(files, matching)
    module.exit_json(
        changed=False,
        current=stamp.is_current(note, checksum),
        checksum=checksum,
        found=[path for path in files if Path(path).is_file()],
    )


if __name__ == "__main__":
    main()
