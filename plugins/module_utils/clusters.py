# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of managed PostgreSQL have in common."""

from __future__ import annotations

import re

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean import found, is_id, only, pages

UNSHOWN = "the API shows no passwords to this token, whose scopes lack database:view_credentials; no password is returned, keep the one that you know"


def cluster_of(client, wanted):
    """Return a cluster that is given by name or id, or None."""
    if is_id(wanted):
        return found(client.databases.get_cluster, "database", wanted)
    return only("database cluster", wanted, pages(client.databases.list_clusters, "databases"))


def connections(size):
    """Return how many connections a size allows, or None where its name does not tell: 25 for each GiB, of which 3 are the cloud's own."""
    memory = re.search(r"-(\d+)gb$", size)
    return 25 * int(memory[1]) - 3 if memory else None
