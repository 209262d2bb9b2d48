# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The account itself."""

from __future__ import annotations

import time
from typing import Any

from .routes import Call, route

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


@route("GET", "/v2/account")
def account(_call: Call) -> dict[str, Any]:
    return {"account": ACCOUNT}


@route("GET", "/v2/customers/my/balance")
def balance(_call: Call) -> dict[str, Any]:
    nothing = dict.fromkeys(("month_to_date_balance", "account_balance", "month_to_date_usage"), "0.00")
    return nothing | {"generated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
