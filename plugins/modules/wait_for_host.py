#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: wait_for_host
short_description: Wait until a host accepts logins and its first boot is over
version_added: 0.1.0
description:
  - Tries to log in until that works, then waits until cloud-init has finished the first boot. On a host without
    cloud-init it does not wait for a first boot.
  - A host key other than the recorded one is reported at once, because waiting does not change it.
  - It needs neither Python nor privilege escalation on the host, and changes nothing, so it runs in check mode too.
author:
  - the authors (@mlops)
options:
  timeout:
    description:
      - Maximum number of seconds to wait, for both together.
    type: int
    default: 300
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Wait for new droplets (usually 20 s, at most 5 min)
  mlops.mlflow.wait_for_host:
"""

RETURN = r"""
seconds:
  description: Number of seconds that it took.
  type: int
  returned: success
  sample: 21
"""
