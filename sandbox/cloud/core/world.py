# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is behind the API. `imagined` makes nothing real, which is enough to try modules; `real` makes it true with containers."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import fake


@dataclass
class World:
    """The kinds of things that are more than a record."""

    droplets: fake.Droplets = field(default_factory=fake.Droplets)
    clusters: fake.Clusters = field(default_factory=fake.Clusters)
    spaces: fake.Spaces = field(default_factory=fake.Spaces)
    names: fake.Names = field(default_factory=fake.Names)
