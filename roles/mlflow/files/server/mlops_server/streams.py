# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a repository gives instead of a file, when the request can be answered with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_offers: ContextVar[list | None] = ContextVar("offers", default=None)


class Readable(Protocol):
    """An object that is open."""

    size: int

    def read(self) -> bytes:
        """Return the next bytes, none at the end."""

    def close(self) -> None:
        """Let go of it."""


@contextmanager
def offers() -> Iterator[list[Readable]]:
    """Ask for streams in the body; the list is what was offered."""
    token = _offers.set(found := [])
    try:
        yield found
    finally:
        _offers.reset(token)


def wanted() -> bool:
    """Tell whether a stream is asked for."""
    return _offers.get() is not None


def offer(content: Readable) -> None:
    """Offer a stream."""
    _offers.get().append(content)


async def chunks(content: Readable) -> AsyncIterator[bytes]:
    """Yield all bytes of an object, the next ones being read while one is sent."""
    reading = asyncio.ensure_future(asyncio.to_thread(content.read))
    try:
        while chunk := await asyncio.shield(reading):
            reading = asyncio.ensure_future(asyncio.to_thread(content.read))
            yield chunk
    finally:
        reading.add_done_callback(lambda _done: content.close())
