# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors by their meaning, whatever API they come from: the loop decides by them what may be tried again."""

from __future__ import annotations


class Refused(Exception):
    """The wanted state cannot be reached; the text names the variable and says what to do."""


class ParentMissing(Refused):
    """What the resource lives in is not there, so neither is the resource."""


class ApiError(Refused):
    """The API refused a request, or did not answer; the text is its own, with the request's id."""


class NotFound(ApiError):
    """The API has no such thing."""


class Conflict(ApiError):
    """The API refuses the request as it is, which may also mean that the thing exists already."""


class Busy(ApiError):
    """Something else has to end, or go, first."""


class Uncertain(ApiError):
    """A request that makes something may have been carried out: look before it is repeated."""
