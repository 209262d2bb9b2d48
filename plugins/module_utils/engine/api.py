# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine needs to know of an API."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import NotFound


class Api(NamedTuple):
    """An API that resources are in."""

    name: str  # the first word of each error
    options: dict  # of modules: how to reach it, and as whom
    # takes the options and returns a client that closes at the end of a `with`; raises Refused for options that
    # cannot work
    connect: Callable


def if_there(call, *args, **options):
    """Return the result of a call to an API, or None if the resource does not exist."""
    try:
        return call(*args, **options)
    except NotFound:
        return None
