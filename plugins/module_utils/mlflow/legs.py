# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The legs of a check: how long each takes, and the sentence that is told where one breaks."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager


class LegError(Exception):
    """A leg broke; the message is the sentence for a person."""


def require(truth, sentence):
    """Break the leg with a sentence unless something is true."""
    if not truth:
        raise LegError(sentence)


class Stopwatch:
    """The legs of a check: how long each took, and which one is under way."""

    def __init__(self):
        self.seconds, self.leg = {}, None

    @contextmanager
    def __call__(self, leg, explain):
        """Time a leg; what is raised in it becomes the sentence that explain makes of it."""
        self.leg, start = leg, time.monotonic()
        try:
            yield
        except LegError:
            raise
        except Exception as error:
            raise LegError(explain(error)) from error
        finally:
            self.seconds[leg] = round(self.seconds.get(leg, 0) + time.monotonic() - start, 2)


def one_line(error, limit=300):
    """Return what an error says in one short line."""
    text = " ".join(re.sub(r"\(Background on this error at: \S+\)", "", str(error)).split()) or type(error).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."
