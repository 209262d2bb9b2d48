# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed PostgreSQL as the API spells it: its clusters, sizes, trusted sources and settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import found, is_id, only, pages

UNSHOWN = (
    "the API shows no passwords to this token, whose scopes lack database:view_credentials; "
    "no password is returned, keep the one that you know"
)
# words to the API, but booleans to YAML
ON_OR_OFF = ("synchronous_replication", "track_commit_timestamp", "track_io_timing")


def as_moment(text):
    """Return the moment of a text in ISO 8601 in UTC; None where it is none, or has no time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


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


def is_smaller(size, other):
    """Return whether a size has less than another one, as far as their names tell."""
    key, other_key = size_key(size), size_key(other)
    return None not in (key, other_key) and key < other_key


def sources(rules):
    """Return trusted sources in one order and spelling."""
    trusted = [{"type": rule["type"], "value": rule["value"]} for rule in rules]
    for source in trusted:
        if source["type"] == "ip_addr":
            source["value"] = address(source["value"])
    return sorted(trusted, key=str)


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
    return {name: cast_one(name, value) for name, value in settings.items()}


def cast_one(name, value):
    """Return a setting, or a group of settings, with the types of the API."""
    if isinstance(value, dict):
        return cast(value)
    if name in ON_OR_OFF and isinstance(value, bool):
        return "on" if value else "off"
    return number(value)


def number(value):
    """Return a text that is a number as that number."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return value
    return float(value) if "." in value else int(value)


def part(there, asked):
    """Return those of the settings that are there which were asked for."""
    found = {name: there.get(name) for name in asked}
    groups = {name: value for name, value in asked.items() if isinstance(value, dict)}
    return found | {name: part(found[name] or {}, group) for name, group in groups.items()}
