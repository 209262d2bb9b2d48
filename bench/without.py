# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Our worker with one thing left out, for the ablation; lies beside mlops_worker.py on the host (`--loop without:uvloop`)."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import mlops_worker


def uvloop() -> asyncio.AbstractEventLoop:
    """Take asyncio's own loop."""
    mlops_worker.uvloop = asyncio
    return mlops_worker.event_loop()


def collector() -> asyncio.AbstractEventLoop:
    """Leave the garbage collector as Python has it."""
    mlops_worker.gc = Mock()
    return mlops_worker.event_loop()
