#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: vars_file
short_description: Keep secret variables in a file of the inventory
version_added: 0.1.0
description:
  - Writes variables into a YAML file on the controller that only its owner can read.
  - If the run has a vault password (C(--ask-vault-pass), C(--vault-password-file), C(vault_password_file) ...), the
    whole file is encrypted with it.
author:
  - the authors (@mlops)
options:
  path:
    description:
      - Path of the file on the controller. Its previous contents are replaced.
    type: path
    required: true
  variables:
    description:
      - The variables by name; the values are text, or dictionaries of text. Braces in them are not read as templates.
    type: dict
    required: true
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Note the key, whose secret the cloud tells only once
  mlops.mlflow.vars_file:
    path: "{{ inventory_dir }}/group_vars/all/spaces_key.yml"
    variables:
      infrastructure_bucket_access_key_id: "{{ __infrastructure_key.spaces_key.access_key }}"
      infrastructure_bucket_secret_access_key: "{{ __infrastructure_key.secret_key }}"
  no_log: true
"""

RETURN = r"""
encrypted:
  description: Whether the file is encrypted.
  type: bool
  returned: success
  sample: true
"""
