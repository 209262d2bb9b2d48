#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: wal_archive
short_description: Try, check and use an archive of pgBackRest, or say in a sentence why that fails
version_added: 0.1.0
description:
  - Runs one command of pgBackRest as the user postgres, for the stanza C(main).
  - Knows what pgBackRest's errors mean, such as keys that the bucket refuses, or an unknown certificate authority. The
    error is one sentence that names the variable.
author:
  - the authors (@mlops)
options:
  state:
    description:
      - V(created) creates the stanza, unless it is there. The server may run or not. If the archive is that of another
        cluster, this fails.
      - V(found) only reads what the archive holds, whichever cluster it belongs to.
      - V(checked) asks the running server for a segment and waits until it is in the archive.
      - V(backed_up) takes a full backup, and removes those that are no longer kept.
      - V(restored) restores the data directory, which must be empty.
    type: str
    choices: [created, found, checked, backed_up, restored]
    required: true
  config:
    description: The text of a configuration that is tried before it is installed. By default, C(/etc/pgbackrest.conf)
      is used.
    type: str
  ca:
    description: Certificates of the authorities that the object store's certificate can be signed by, in PEM, for
      O(config).
    type: str
    default: ""
  options:
    description: Options of pgBackRest for O(state=restored), such as V(--type=time). They are visible in the list of
      processes.
    type: list
    elements: str
    default: []
  variable:
    description: What the error calls the description of the archive.
    type: str
    default: postgresql_wal_archive
attributes:
  check_mode:
    description: Does nothing, and reports a change only for a backup and a restore.
    support: full
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Connect to the archive before anything changes
  mlops.mlflow.wal_archive:
    state: created
    config: "{{ lookup('ansible.builtin.template', 'pgbackrest.conf.j2') }}"
  vars: {ansible_pipelining: true}

- name: Take a full backup
  mlops.mlflow.wal_archive:
    state: backed_up
"""

RETURN = r"""
seconds:
  description: How long it took.
  type: float
  returned: success
  sample: 12.3
"""

import contextlib
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql import pgbackrest
from ansible_collections.mlops.mlflow.plugins.module_utils.postgresql.backups import Archive

COMMANDS = {
    "created": ("stanza-create", "--no-online", "--log-level-console=info", "--io-timeout=10"),
    "checked": ("check", "--archive-timeout=120"),
    "backed_up": ("backup", "--type=full"),
    "restored": ("restore",),
}


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {
                "type": "str",
                "choices": ["created", "found", "checked", "backed_up", "restored"],
                "required": True,
            },
            "config": {"type": "str", "no_log": True},
            "ca": {"type": "str", "default": ""},
            "options": {"type": "list", "elements": "str", "default": []},
            "variable": {"type": "str", "default": "postgresql_wal_archive"},
        },
        supports_check_mode=True,
    )
    state, config, started = module.params["state"], module.params["config"], time.monotonic()
    if module.check_mode:
        module.exit_json(changed=state in ("backed_up", "restored"), seconds=0.0)
    place = pgbackrest.tried(config, module.params["ca"]) if config else contextlib.nullcontext(pgbackrest.CONFIG)
    try:
        with place as path:
            program = pgbackrest.PgBackRest(module, module.params["variable"], path)
            said = program.run(*COMMANDS[state], *module.params["options"]) if state in COMMANDS else Archive(program)
    except Refused as error:
        module.fail_json(msg=str(error))
    changed = state not in ("found", "checked") and "already exists" not in said
    module.exit_json(changed=changed, seconds=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    main()
