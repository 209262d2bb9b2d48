#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: check_variables
short_description: Refuse variables that do not match the roles' argument specs
version_added: 0.1.0
description:
  - Compares the variables of the host with the argument specs of roles of this collection, without converting anything,
    and fails once with one sentence for each mistake. Ansible's own validation takes C(a,b) for a list and C(3.10) for
    a text, but templates see what was written.
  - A list must be a list, a text must be a text and not a number, and nothing can be null. Numbers and booleans can be
    texts, because C(-e name=value) gives them so.
  - A text cannot be empty if the argument spec has a default for it or requires it.
  - A variable that cannot be evaluated is refused with the name of what is undefined.
  - Warns of variables that look like one of this collection but are not, with the nearest real name.
  - Values of options with C(no_log) are never shown.
  - Runs on the controller without a connection, also in check mode, and never changes anything.
author:
  - the authors (@mlops)
options:
  roles:
    description: Names of roles of this collection, such as V(proxy). Their entry point C(main) has the options.
    type: list
    elements: str
    required: true
  options:
    description: Options that belong to no role, as in an argument spec.
    type: dict
    default: {}
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Check the types of the variables
  mlops.mlflow.check_variables:
    roles: [proxy, firewall]
    options:
      vpc_ip_range: {type: str, required: true}
"""

RETURN = r"""
sentences:
  description: The sentences, one for each mistake; C(msg) has one per line.
  type: list
  elements: str
  returned: always
  sample: ["proxy_tls_port: \"https\" is not a whole number: give one such as 443"]
"""
