# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of things: the cloud compares them without regard to case, and changes them by calls of their own."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask


def normalize_tags(names, ours):
    """Return tags sorted, each once, in our spelling where it is the same tag."""
    known = {name.lower(): name for name in ours or []}
    return sorted({known.get(name.lower(), name) for name in names or []})


def retag(client, kind, identity, have, want):
    """Give a thing ("droplet", "database") the tags that it lacks, and take those that it should not have.

    Tags that do not exist are made.
    """
    body = {"resources": [{"resource_id": str(identity), "resource_type": kind}]}
    old, new = {name.lower() for name in have}, {name.lower() for name in want}
    for name in want:
        if name.lower() not in old:
            ask(client.tags.create, {"name": name})
            ask(client.tags.assign_resources, name, body)
    for name in have:
        if name.lower() not in new:
            ask(client.tags.unassign_resources, name, body)
