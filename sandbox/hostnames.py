# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Host names in the sandbox, built as DigitalOcean builds them.

Their domains cannot exist on the Internet: RFC 6761 reserves .test.
"""

from __future__ import annotations

DATABASES = "ondigitalocean.test"
SPACES = "digitaloceanspaces.test"
LONGEST_LABEL = 63  # RFC 1035, 2.3.4


def spaces(region: str) -> str:
    """Return the host of Spaces in a region; a bucket is also at <bucket>.<host>."""
    return f"{region}.{SPACES}"


def database(cluster: str, account: int) -> tuple[str, str]:
    """Return the public and the private host of a cluster; a cluster's name that is too long for a DNS label is cut."""
    end = f"-do-user-{account}-0"
    label = cluster[: LONGEST_LABEL - len(end) - len("private-")].rstrip("-") + end
    return f"{label}.b.db.{DATABASES}", f"private-{label}.b.db.{DATABASES}"
