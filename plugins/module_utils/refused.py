# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module says instead of doing harm."""

from __future__ import annotations


class Refused(Exception):
    """The wanted state cannot be reached; the text names the variable and says what to do."""
