# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed PostgreSQL as the API spells it: its clusters, sizes, trusted sources and settings."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import found, is_id, only, pages

UNSHOWN = (
    "the API shows no passwords to this token, whose scopes lack database:view_credentials; "
    "no password is returned, keep the one that you know"
)
# words to the API, but booleans to YAML
ON_OR_OFF = ("synchronous_replication", "track_commit_timestamp", "track_io_timing")


def cluster_of(client, name_or_id):
    """Return a cluster that is given by name or id, or None."""
    if is_id(name_or_id):
        return found(client.databases.get_cluster, "database", name_or_id)
    return only("database cluster", name_or_id, pages(client.databases.list_clusters, "databases"))


def connections(size):
    """Return how many connections a size allows, or None where its name does not tell.

    They are 25 for each GiB, of which 3 are the cloud's own.
    """
    memory = re.search(r"-(\d+)gb$", size)
    return 25 * int(memory[1]) - 3 if memory else None


def size_key(size):
    """Return a size's memory in GiB and number of CPUs, to compare it; None where its name does not tell."""
    parts = re.search(r"(\d+)vcpu-(\d+)gb$", size)
    return (int(parts[2]), int(parts[1])) if parts else None


def sources(rules):
    """Return trusted sources in one order and spelling."""
    return sorted(
        (
            {"type": rule["type"], "value": address(rule["value"]) if rule["type"] == "ip_addr" else rule["value"]}
            for rule in rules
        ),
        key=str,
    )


def address(text):
    """Return an address, or a network, in one spelling; what is none is left to the API to refuse."""
    try:
        return str(IPv4Network(text, strict=False)).removesuffix("/32")
    except ValueError:
        return text


def cast(settings):
    """Return settings with the types of the API.

    Templates make texts of numbers, and YAML makes booleans of on and off.
    """
    return {
        name: cast(value)
        if isinstance(value, dict)
        else {True: "on", False: "off"}[value]
        if is_switch(name, value)
        else number(value)
        for name, value in settings.items()
    }


def is_switch(name, value):
    return name in ON_OR_OFF and isinstance(value, bool)


def number(value):
    """Return a text that is a number as that number."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return value
    return float(value) if "." in value else int(value)


def part(there, asked):
    """Return those of the settings that are there which were asked for."""
    return {
        name: part(there.get(name) or {}, value) if isinstance(value, dict) else there.get(name)
        for name, value in asked.items()
    }
