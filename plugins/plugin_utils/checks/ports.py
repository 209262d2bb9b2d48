# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ports of a host that several services would listen on."""

from __future__ import annotations


def ports(given):
    """Refuse a port of a host that more than one service is given.

    Args:
        given (dict): The ports by the names of their variables. That of SSH can be among them under another name.

    Returns:
        list[str]: A sentence for each port that is there more than once.

    """
    names = {}
    for name, port in given.items():
        names.setdefault(int(port), []).append(name)
    return [
        f"{', '.join(each)}: {port} is given to more than one of them; choose a port for each"
        for port, each in names.items()
        if len(each) > 1
    ]
