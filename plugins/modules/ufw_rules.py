#!/usr/bin/python
# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ufw_rules
short_description: Make ufw's rules exactly those that are given
version_added: 0.1.0
description:
  - Makes the rules of ufw exactly those that are given, and deletes all others, whoever made them.
  - Turns the firewall on, now and after a reboot. By default it denies incoming traffic, allows outgoing traffic, and
    logs little.
  - Adds new rules before it deletes old ones, so that a connection that both sets allow is never interrupted.
author:
  - the authors (@mlops)
options:
  rules:
    description: The rules, in the order in which ufw tries them when it is set up for the first time.
    type: list
    elements: dict
    required: true
    suboptions:
      port:
        description: A port, or a range such as V(6000:6010).
        type: str
        required: true
      proto:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
      from:
        description: Networks in CIDR notation, or V(any) for all of IPv4 and IPv6. A network of all addresses, such as
          V(0.0.0.0/0), counts as V(any).
        type: list
        elements: str
        required: true
      limit:
        description: Whether to refuse an address that connects six times in 30 seconds.
        type: bool
        default: false
      comment:
        description: What the rule is for. It must not contain quotes.
        type: str
        default: ""
extends_documentation_fragment:
  - mlops.mlflow.attributes
"""

EXAMPLES = r"""
- name: Let in SSH, and the private network to the front door
  mlops.mlflow.ufw_rules:
    rules:
      - {port: 22, from: any, comment: SSH}
      - {port: 443, from: [10.42.0.0/24], comment: front door}
"""

RETURN = r"""
commands:
  description: The commands that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [ufw allow from 10.42.0.0/24 to any port 443 proto tcp comment 'front door']
"""

import re
import shlex
from ipaddress import ip_network

from ansible.module_utils.basic import AnsibleModule

RULE = {
    "port": {"type": "str", "required": True},
    "proto": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
    "from": {"type": "list", "elements": "str", "required": True},
    "limit": {"type": "bool", "default": False},
    "comment": {"type": "str", "default": ""},
}
POLICIES = ["ufw default deny incoming", "ufw default allow outgoing"]


def written(rule, source):
    """Return a rule as `ufw show added` writes it."""
    action = "limit" if rule["limit"] else "allow"
    comment = f" comment '{rule['comment']}'" if rule["comment"] else ""
    network = None if source == "any" else ip_network(source)
    if network is None or network.prefixlen == 0:
        return f"ufw {action} {rule['port']}/{rule['proto']}{comment}"
    network = network.network_address if network.num_addresses == 1 else network
    return f"ufw {action} from {network} to any port {rule['port']} proto {rule['proto']}{comment}"


def bare(rule):
    """Return a written rule without its comment."""
    return re.sub(r" comment '.*'$", "", rule)


def deletion(rule):
    """Return the command that deletes a written rule."""
    return re.sub(r"^ufw (route )?", r"ufw \1delete ", bare(rule))


def plan(present, wanted, status, at_boot, *, masked=False):
    """Return the commands that lead from what is there to what is wanted."""
    commands = ["systemctl unmask ufw", "systemctl unmask --runtime ufw"] if masked else []
    commands += [rule for rule in wanted if rule not in present]
    if "Default: deny (incoming), allow (outgoing)" not in status:
        commands += POLICIES
    if "Logging: on (low)" not in status:
        commands += ["ufw logging low"]
    strays = [rule for rule in present if bare(rule) not in map(bare, wanted)]
    commands += [deletion(rule) for rule in strays]
    if strays:  # one of them may have taken the place of the IPv6 half of a wanted one, which looks the same
        commands += wanted
    if "Status: active" not in status:
        commands += ["ufw --force enable"]
    if not at_boot:
        commands += ["systemctl enable ufw"]
    return commands


def main():
    """Run the module."""
    rules = {"type": "list", "elements": "dict", "required": True, "options": RULE}
    module = AnsibleModule({"rules": rules}, supports_check_mode=True)

    def ask(command, **options):
        return module.run_command(shlex.split(command), environ_update={"LC_ALL": "C"}, **options)[1]

    present = [line for line in ask("ufw show added", check_rc=True).splitlines() if line.startswith("ufw ")]
    asked = [(rule, source) for rule in module.params["rules"] for source in rule["from"]]
    try:
        wanted = list(dict.fromkeys(written(rule, source) for rule, source in asked))
    except ValueError as error:
        module.fail_json(msg=f"{error}; write any, or a network like 10.0.0.0/16")
    boot = ask("systemctl is-enabled ufw").strip()
    status = ask("ufw status verbose", check_rc=True)
    commands = plan(present, wanted, status, boot == "enabled", masked=boot.startswith("masked"))
    if not module.check_mode:
        for command in commands:
            ask(command, check_rc=True)
    before, after = ("\n".join([*lines, ""]) for lines in (present, wanted))
    module.exit_json(changed=bool(commands), commands=commands, diff={"before": before, "after": after})


if __name__ == "__main__":
    main()
