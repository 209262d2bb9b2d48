# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an account may have what is planned."""

from __future__ import annotations

from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.api import ask, pages

SUPPORT = "ask DigitalOcean's support"


def check(client, findings):
    """Judge the state of the account; return it as the API has it."""
    account = ask(client.account.get)["account"]
    status_message = (account.get("status_message") or "").strip()
    status_message = f" ({status_message})" if status_message else ""
    if account.get("status") == "locked":
        findings.refuse(
            "token", f"the account is locked{status_message}, so nothing can be made in it; {SUPPORT} to unlock it"
        )
    elif account.get("status") == "warning":
        findings.warn(
            "token",
            f"DigitalOcean has a warning for the account{status_message}; "
            "see what it is in the control panel before it is locked",
        )
    if account.get("email_verified") is False:
        findings.refuse(
            "token",
            "the e-mail address of the account is not verified, so nothing can be made in it; "
            "follow the link in DigitalOcean's message",
        )
    return account


def missing_droplets(client, given):
    """Return the names of the planned droplets that do not exist: those without the tag belong to somebody else."""
    if not given["droplets"]:
        return []
    there = (
        {droplet["name"] for droplet in pages(client.droplets.list, "droplets", tag_name=given["tag"])}
        if given["tag"]
        else set()
    )
    return [name for name in given["droplets"] if name not in there]


def warn_of_surplus(client, given, findings):
    """Tell which droplets have the tag of the environment though it has no such hosts."""
    for droplet in pages(client.droplets.list, "droplets", tag_name=given["tag"]):
        if droplet["name"] in given["surplus"]:
            findings.warn(
                "droplets",
                f"the droplet {droplet['name']} ({droplet['id']}) has the tag {given['tag']} but is not among them. "
                "It is left alone until the environment is destroyed, and costs "
                f"{droplet['size']['price_monthly']:.2f} US dollars a month; "
                "delete it, remove its tag, or add the host",
            )


def check_limit(client, limit, missing, findings):
    """Refuse more droplets than the account may have."""
    if not missing or limit is None:
        return
    there = (ask(client.droplets.list, per_page=1).get("meta") or {}).get("total", 0)
    if there + len(missing) > limit:
        findings.refuse(
            "droplets",
            f"{', '.join(missing)} would be droplet {there + 1} to {there + len(missing)} "
            f"of an account that may have {limit}; delete some, or {SUPPORT} for a higher limit",
        )
