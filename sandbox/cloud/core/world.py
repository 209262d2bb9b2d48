# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is behind the API: by default the fakes, which are enough to try modules.

Their counterparts in ../real run containers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import fake


@dataclass
class World:
    """The kinds of resources that are more than a record in the store."""

    droplets: fake.Droplets = field(default_factory=fake.Droplets)
    clusters: fake.Clusters = field(default_factory=fake.Clusters)
    spaces: fake.Spaces = field(default_factory=fake.Spaces)
    names: fake.Names = field(default_factory=fake.Names)
