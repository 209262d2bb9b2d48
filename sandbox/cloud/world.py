# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is behind the API. `imagined` makes nothing real, which is enough to try modules; `real` makes it true with containers."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import imagined


@dataclass
class World:
    """The kinds of things that are more than a record."""

    droplets: imagined.Droplets = field(default_factory=imagined.Droplets)
    clusters: imagined.Clusters = field(default_factory=imagined.Clusters)
    spaces: imagined.Spaces = field(default_factory=imagined.Spaces)
    names: imagined.Names = field(default_factory=imagined.Names)
