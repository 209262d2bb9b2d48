# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The API's refusals."""

from __future__ import annotations


class Problem(Exception):
    """An error answer: its status, id and message."""

    def __init__(self, status: int, identity: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.identity, self.message, self.headers = status, identity, message, headers or {}


def not_found(what: str = "The resource you were accessing could not be found.") -> Problem:
    return Problem(404, "not_found", what)


def unprocessable(why: str) -> Problem:
    return Problem(422, "unprocessable_entity", why)


def conflict(why: str) -> Problem:
    return Problem(409, "conflict", why)


def precondition_failed(why: str) -> Problem:
    return Problem(412, "precondition_failed", why)


def forbidden(why: str) -> Problem:
    return Problem(403, "forbidden", why)


def unsupported_media_type() -> Problem:
    return Problem(415, "unsupported_media_type", "Unsupported Media Type")
