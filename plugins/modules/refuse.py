#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: refuse
short_description: Refuse what cannot work, all of it at once
version_added: 0.1.0
description:
  - Fails once with the sentences of all rules that apply, so that the user can correct everything at once.
  - Runs on the controller without a connection, also in check mode, and never changes anything.
author:
  - the authors (@mlops)
options:
  rules:
    description:
      - What is refused, in the order in which it is reported.
      - Each rule is evaluated on its own, and its O(rules[].msg) is templated only if it applies. A rule that
        cannot be evaluated, for example because a variable is undefined, is refused with the reason and does not hide
        the others.
    type: list
    elements: dict
    required: true
    suboptions:
      when:
        description: The condition under which something is wrong, as in C(when), with or without braces. It must result
          in a boolean.
        type: raw
        required: true
      msg:
        description: Names the variable and the value, and says what to do. It must not contain a secret.
        type: str
        required: true
      warn:
        description: Whether the sentence is only a warning, after which the play continues.
        type: bool
        default: false
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  mlops.mlflow.refuse:
    rules:
      - when: mlflow_workers < 1
        msg: "mlflow_workers is {{ mlflow_workers }}; at least one is needed"
      - when: mlflow_port == proxy_port
        msg: "mlflow_port and proxy_port are both {{ proxy_port }}; choose another mlflow_port"
      - when: ansible_facts['distribution'] == 'Ubuntu'
        msg: This role is not tested on Ubuntu.
        warn: true
"""

RETURN = r"""
sentences:
  description: The sentences of the rules that apply; C(msg) has one per line.
  type: list
  elements: str
  returned: always
  sample: ["mlflow_workers is 0; at least one is needed"]
"""
