# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Changes of a droplet after its creation: each is an action in the background, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..account import tags
from ..account.catalog import PLANS, image, image_slug
from ..core.problems import not_found, unprocessable
from ..core.routes import Call, route, shown
from ..core.store import Thing
from . import backup_policies, droplets
from .actions import KIND, begin, end

if TYPE_CHECKING:
    from ..core.cloud import Cloud

FEATURES = {"enable_backups": ("backups", True), "disable_backups": ("backups", False), "enable_ipv6": ("ipv6", True)}
POWER = {"power_on": "active", "power_off": "off", "shutdown": "off", "power_cycle": "active", "reboot": "active"}
KNOWN = ("rename", "resize", "rebuild", "change_backup_policy", "password_reset", *FEATURES, *POWER)


@route("GET", "/v2/droplets/{droplet}/actions")
def actions_of(call: Call) -> dict[str, Any]:
    return call.page("actions", reversed(call.cloud.store.all(KIND, resource_id=call.find(droplets.KIND)["id"])))


@route("GET", "/v2/droplets/{droplet}/actions/{action}")
def action_of(call: Call) -> dict[str, Any]:
    action = call.cloud.store.get(KIND, call.path["action"])
    if not action or action["resource_id"] != call.find(droplets.KIND)["id"]:
        raise not_found()
    return {"action": shown(action)}


@route("POST", "/v2/droplets/{droplet}/actions", 201)
def act(call: Call) -> dict[str, Any]:
    return {"action": shown(_begin(call, call.find(droplets.KIND)))}


@route("POST", "/v2/droplets/actions", 201)
def act_by_tag(call: Call) -> dict[str, Any]:
    tagged = tags.tagged(call.cloud.store, call.query.get("tag_name") or "", droplets.KIND)
    return {"actions": [shown(_begin(call, droplet)) for droplet in tagged]}


def carry_out(cloud: Cloud, identity: int) -> None:
    """Carry out an action."""
    action = cloud.store.get(KIND, identity)
    droplet = cloud.store.get(droplets.KIND, action["resource_id"])
    if droplet and not droplet.get("_gone"):
        if action["type"] in POWER:
            cloud.world.droplets.power(cloud, droplet, action["type"])
        if action["type"] == "rebuild":
            droplet |= _outcome(droplet, "rebuild", action["_body"])
            cloud.world.droplets.remove(droplet)
            cloud.world.droplets.make(cloud, droplet)
        with cloud.store.lock:
            droplet = cloud.store.get(droplets.KIND, droplet["id"]) or {}
            cloud.store.change(
                droplets.KIND, action["resource_id"], locked=False, **_outcome(droplet, action["type"], action["_body"])
            )
    end(cloud.store, identity)


def resume(cloud: Cloud) -> None:
    """Continue what the service had begun before it was killed."""
    for action in cloud.store.all(KIND, status="in-progress"):
        if action["type"] != "create":
            cloud.later("droplet_action", carry_out, action["id"])


def _begin(call: Call, droplet: Thing) -> Thing:
    """Record a valid action and start it."""
    call.need("type")
    verb, body = call.body["type"], call.given("name", "size", "disk", "image", "backup_policy")
    if verb not in KNOWN:
        raise unprocessable(f"{verb} is not an action of the sandbox; it has {', '.join(KNOWN)}")
    if droplet["locked"]:
        raise unprocessable("Droplet already has a pending event.")
    _check(droplet, verb, body)
    call.cloud.store.change(droplets.KIND, droplet["id"], locked=True)
    action = begin(call.cloud.store, droplet, verb, **body)
    call.cloud.later("droplet_action", carry_out, action["id"])
    return action


def _check(droplet: Thing, verb: str, body: Thing) -> None:
    """Refuse the actions that the cloud refuses."""
    off = droplet["status"] == "off"
    if verb in ("power_off", "shutdown", "power_cycle", "reboot") and off:
        raise unprocessable("Droplet is already powered off.")
    if verb == "rename" and not droplets.NAME.fullmatch(body.get("name") or ""):
        raise unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
    if verb == "rebuild" and not image_slug(body.get("image")):
        raise unprocessable("You specified an invalid image for Droplet rebuild.")
    if verb == "change_backup_policy" and not (
        backup_policies.requested(body.get("backup_policy")) and "backups" in droplet["features"]
    ):
        raise unprocessable("backup_policy needs a Droplet with backups")
    if verb == "resize":
        _check_resize(droplet, body.get("size"), off=off)


def _check_resize(droplet: Thing, size: str | None, *, off: bool) -> None:
    if size not in PLANS:
        raise unprocessable("You specified an invalid size for Droplet resize.")
    if size == droplet["size_slug"]:
        raise unprocessable("Droplet is already this size.")
    if droplets.size_values(size)["disk"] < droplet["disk"]:
        raise unprocessable("This size is not available because it has a smaller disk.")
    if not off:
        raise unprocessable("Droplet is currently on. Please power it off to run this event.")


def _outcome(droplet: Thing, verb: str, body: Thing) -> Thing:
    """Return the values of a droplet that an action changes."""
    if verb in POWER:
        return {"status": POWER[verb]}
    if verb == "rename":
        return {"name": body["name"]}
    if verb == "resize":
        return droplets.size_values(body["size"], disk=None if body.get("disk") else droplet["disk"])
    if verb in FEATURES:
        feature, on = FEATURES[verb]
        features = [each for each in droplet["features"] if each != feature] + [feature] * on
        v6 = {"networks": droplet["networks"] | {"v6": [droplets.ipv6(droplet["id"])]}} if feature == "ipv6" else {}
        policy = (
            {"_backup_policy": backup_policies.requested(body["backup_policy"])} if body.get("backup_policy") else {}
        )
        return {"features": features} | v6 | policy
    if verb == "change_backup_policy":
        return {"_backup_policy": backup_policies.requested(body["backup_policy"])}
    if verb == "rebuild":
        return {"image": image(image_slug(body["image"])), "status": "active"}
    return {}
