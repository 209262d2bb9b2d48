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
  - A sentence begins with the name of its variable. It is left out if that variable is a template of another one that
    is refused too.
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
      - A rule has O(rules[].when) or O(rules[].wrong) and a O(rules[].msg), or a O(rules[].check) that knows its
        sentences.
    type: list
    elements: dict
    default: []
    suboptions:
      when:
        description: The condition under which something is wrong, as in C(when), with or without braces. It must result
          in a boolean. With O(rules[].wrong) or O(rules[].check), these are evaluated only if it is true.
        type: raw
      wrong:
        description: A list of what is wrong. The rule applies if there is something in it, and O(rules[].msg) can use
          it as the variable C(wrong).
        type: raw
      check:
        description:
          - What else is checked, a function of the variables O(rules[].of) in C(plugins/plugin_utils/checks).
          - Its sentences are reported, or the O(rules[].msg) instead of them if there is one.
        type: str
        choices:
          certificate: Refuses a text that is not one or more certificates in PEM.
          claims: Refuses directories, C(users) and C(sockets) that belong to the system or to another service, and
            directories inside one another. C(found) are the sentences of M(mlops.mlflow.host_check) about them.
          environment: Refuses what cannot be in the environment of MLflow's server and, outside the variables
            C(secret), what looks like a secret.
          environment_names: Finds names that C(version) of MLflow does not know.
          firewall_client: Refuses sources of SSH that leave out C(client), the address that the play connects from.
          firewall_rules: Refuses sources (also in C(ssh_from)), ports and comments that ufw does not take or keep.
          front_door: Refuses an address of MLflow that the front door does not answer at, or that its certificate is
            not for. The certificate need not have the C(own_names) of the host, whose addresses are not known if it is
            C(planned).
          key_pair: Finds a private key that does not belong to the certificate after it. Needs a message.
          networks: Finds what is not a network in CIDR notation, and an empty list if one is C(required). Needs a
            message.
          ports: Refuses a port that more than one service is given.
          private_network: Refuses a range that is not private, or that has none of the C(addresses) of C(host).
          server_certificate: Refuses a certificate that has expired or is not valid yet.
          server_options: Refuses options that C(mlflow server) does not take, that undo what the role mlflow sets, or
            that reveal a login. Those of C(version) are known, and those of C(help_text) if it is given.
      of:
        description: The names of the variables that O(rules[].check) judges, or a dictionary of values by their names.
        type: raw
      with:
        description: Further arguments of O(rules[].check).
        type: dict
        default: {}
      msg:
        description: Names the variable and the value, and says what to do. It must not contain a secret.
        type: str
      warn:
        description: Whether the sentence is only a warning, after which the play continues.
        type: bool
        default: false
  roles:
    description:
      - Roles of this collection. All rules can use their defaults and variables.
      - The rules of these roles are evaluated too, all at once, unless one of O(rules) applies, because they build on
        those. They are in the files C(rules/*.yml) of a role. Each file has C(rules) like O(rules), and can have
        C(vars) for them.
      - They expect the result of M(mlops.mlflow.host_check) in the variable C(__host).
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
      - wrong: "{{ proxy_deny | reject('match', '/') }}"
        msg: "proxy_deny: {{ wrong | join(', ') }} is not a path; use a path such as /metrics"
      - check: networks
        of: [postgresql_allow]
        msg: "postgresql_allow: {{ wrong | join(', ') }} is not a network; use CIDR notation such as 10.0.0.0/16"
      - check: server_options
        of: [mlflow_server_options]
        with: {version: "{{ mlflow_version }}"}

- name: Inspect the host
  mlops.mlflow.host_check:
    host: "{{ inventory_hostname }}"
  register: __found

- name: Refuse what the role proxy cannot do
  mlops.mlflow.refuse:
    roles: [proxy]
  vars:
    __host: "{{ __found }}"
"""

RETURN = r"""
sentences:
  description: The sentences of the rules that apply; C(msg) has one per line.
  type: list
  elements: str
  returned: always
  sample: ["mlflow_workers is 0; at least one is needed"]
"""
