#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: planned_facts
short_description: Predict the facts of a planned droplet
version_added: 0.1.0
description:
  - Sets facts of a host that does not exist yet from its planned size and image, so that a play can refuse what cannot
    work before anything is made.
  - They are the facts that the roles of this collection use. Clear them with C(ansible.builtin.meta=clear_facts) before
    the host is created.
author:
  - the authors (@mlops)
options:
  image:
    description:
      - Slug of the image.
    type: str
    required: true
  memory:
    description:
      - Memory of the size in MiB.
    type: int
    required: true
  vcpus:
    description:
      - Processors of the size.
    type: int
    required: true
  addresses:
    description:
      - Addresses that the droplet could have.
    type: list
    elements: str
    default: []
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Imagine the droplet
  mlops.mlflow.planned_facts:
    image: debian-13-x64
    memory: 4096
    vcpus: 2
    addresses: [10.10.0.2]
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  type: dict
  returned: success
  contains:
    memtotal_mb:
      description: Memory in MiB, a little less than the memory of the size.
      type: int
      returned: success
      sample: 3996
"""
