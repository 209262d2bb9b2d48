# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of a host's firewall."""

from __future__ import annotations

import re

from .networks import flat, is_network, within


def firewall_rules(given, ssh_from):
    """Refuse sources, ports and comments that ufw does not take or keep.

    Args:
        given (dict): Lists of rules with port, from and perhaps comment, by the names of their variables.
        ssh_from (list): Where SSH is allowed from.

    Returns:
        list[str]: A sentence for the sources, one for the ports and one for the comments.

    """
    rules = [rule for each in given.values() for rule in each]
    sources = dict.fromkeys(flat([ssh_from, *(rule["from"] for rule in rules)]))
    wrong = {
        "firewall_allow, firewall_ssh_from: {} is not a network: "
        "use CIDR notation such as 10.0.0.0/16, with no bits after the prefix, or any": [
            each for each in sources if each != "any" and not is_network(each)
        ],
        "firewall_allow: {} is not a port: "
        'use one from 1 to 65535 such as 443, or a range in quotes such as "6000:6010"': [
            str(rule["port"]) for rule in rules if not is_port(str(rule["port"]))
        ],
        "firewall_allow: the comment {} has a character that ufw may not keep; use letters and digits": [
            rule["comment"] for rule in rules if not re.fullmatch(r"[A-Za-z0-9 .,:/()_+-]*", rule.get("comment", ""))
        ],
    }
    return [sentence.format(", ".join(each)) for sentence, each in wrong.items() if each]


def firewall_client(given, client):
    """Refuse sources of SSH that leave out the address from which the play connects.

    Args:
        given (dict): The sources of SSH by the name of their variable.
        client (str): The address, empty if the play does not use SSH.

    Returns:
        list[str]: A sentence for each mistake.

    """
    found = []
    for name, value in given.items():
        sources = flat([value])
        if client and "any" not in sources and not within(client, sources):
            found.append(
                f"{name}: {', '.join(sources) or 'an empty list'} does not include {client}, "
                "from which this play connects, and would lock it out; add its network"
            )
        if not sources:
            found.append(
                f"{name}: an empty list admits nobody; use any, or the networks that administrators connect from"
            )
    return found


def is_port(text):
    """Return whether this is a port or a range of ports."""
    parts = re.fullmatch(r"([1-9][0-9]{0,4})(?::([1-9][0-9]{0,4}))?", text)
    return bool(parts) and all(int(part) < 65536 for part in parts.groups() if part)
