# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Endpoints that the cloud does not have, for bin/sandbox and tests.

They are for deliberate faults, failures in the background, and buckets of other accounts.
"""

from __future__ import annotations

from typing import Any

from ..core.faults import KINDS
from ..core.routes import Call, route


@route("GET", "/sandbox/faults")
def faults(call: Call) -> dict[str, Any]:
    return {"faults": call.cloud.faults.shown(), "kinds": KINDS}


@route("POST", "/sandbox/faults", 201)
def add_fault(call: Call) -> dict[str, Any]:
    call.cloud.faults.add(**call.body)
    return faults(call)


@route("DELETE", "/sandbox/faults", 204)
def clear_faults(call: Call) -> None:
    call.cloud.faults.clear()


@route("GET", "/sandbox/failures")
def failures(call: Call) -> dict[str, Any]:
    return {"failures": call.cloud.failures}


@route("POST", "/sandbox/taken-buckets", 204)
def take_bucket(call: Call) -> None:
    call.cloud.world.spaces.take(call.cloud, call.body["bucket"])
