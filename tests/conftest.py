# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from hypothesis import settings

# No test is about time: a busy machine is no failure
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
