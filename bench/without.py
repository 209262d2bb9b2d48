# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Our worker with one thing left out, for the ablation.

It lies beside mlops_server on the host (`--loop without:uvloop`).
"""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

from mlops_server import worker


def uvloop() -> asyncio.AbstractEventLoop:
    """Take asyncio's own loop."""
    return worker.event_loop(asyncio.SelectorEventLoop)


def collector() -> asyncio.AbstractEventLoop:
    """Leave the garbage collector as Python has it."""
    worker.gc = Mock()
    return worker.event_loop()
