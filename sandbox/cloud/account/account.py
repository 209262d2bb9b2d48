# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The account itself: its limits and its status."""

from __future__ import annotations

import time
from typing import Any

from ..core.problems import forbidden, unprocessable
from ..core.routes import Call, route
from ..core.store import Store, Thing

KIND = "account"
ACCOUNT = {
    "droplet_limit": 25,
    "floating_ip_limit": 5,
    "reserved_ip_limit": 5,
    "volume_limit": 100,
    "name": "Sandbox",
    "email": "sandbox@example.com",
    "uuid": "5a4981aa-0000-4bd1-bef5-d6bff52042e4",
    "email_verified": True,
    "status": "active",
    "status_message": "",
    "team": {"uuid": "5df3e3004a17e242b7c20ca6c9fc25b701a47ece", "name": "Sandbox"},
}
CHANGEABLE = {"droplet_limit": int, "status": str, "status_message": str, "email_verified": bool}
STATUSES = ("active", "warning", "locked")


@route("GET", "/v2/account")
def account(call: Call) -> dict[str, Any]:
    return {"account": current(call.cloud.store)}


@route("GET", "/v2/customers/my/balance")
def balance(_call: Call) -> dict[str, Any]:
    nothing = dict.fromkeys(("month_to_date_balance", "account_balance", "month_to_date_usage"), "0.00")
    return nothing | {"generated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


@route("PATCH", "/sandbox/account")
def change_account(call: Call) -> dict[str, Any]:
    """Change what only the cloud itself can.

    These are the droplet limit, the status and its message, and whether the email address is verified.
    """
    for name, value in call.body.items():
        if type(value) is not CHANGEABLE.get(name):
            raise unprocessable(
                f"{name} {value!r}: "
                f"an account has {', '.join(f'{key} ({kind.__name__})' for key, kind in CHANGEABLE.items())}"
            )
    if call.body.get("status", "active") not in STATUSES:
        raise unprocessable(f"status {call.body['status']}: choose {', '.join(STATUSES)}")
    call.cloud.store.put(KIND, "own", (call.cloud.store.get(KIND, "own") or {}) | call.body)
    return {"account": current(call.cloud.store)}


def current(store: Store) -> Thing:
    """Return the account as the API shows it."""
    changed = store.get(KIND, "own") or {}
    return ACCOUNT | {name: value for name, value in changed.items() if name in CHANGEABLE}


def refuse_writes_of_a_locked_account(store: Store) -> None:
    """Refuse requests that create or change something.

    Reading and deleting stay possible, so that nobody has to pay for what cannot be used.
    """
    if current(store)["status"] == "locked":
        raise forbidden("You do not have access for the attempted action.")


def refuse_droplets_beyond_the_limit(store: Store, there: list[Thing], more: int) -> None:
    """Refuse a creation beyond the droplet limit, in the cloud's own words."""
    if len(there) + more > current(store)["droplet_limit"]:
        raise unprocessable("creating this/these droplet(s) will exceed your droplet limit")
