# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Projects: folders for resources. Resources that were not assigned to one are in the default project."""

from __future__ import annotations

import uuid
from typing import Any

from ..core.problems import Problem, not_found, precondition_failed, unprocessable, unsupported_media_type
from ..core.routes import Call, now, route, shown
from ..core.store import Store, Thing
from .account import ACCOUNT

KIND = "project"
ENVIRONMENTS = ("Development", "Staging", "Production")
PURPOSES = (  # any other is stored with OTHER before it
    *(
        "Just trying out DigitalOcean",
        "Class project / Educational purposes",
        "Website or blog",
        "Web Application",
        "Service or API",
    ),
    *("Mobile Application", "Machine learning / AI / Data processing", "IoT", "Operational / Developer tooling"),
)
OTHER = "Other: "
CHANGEABLE = ("name", "description", "purpose", "environment", "is_default")
ASSIGNABLE = (
    "app",
    "dbaas",
    "domain",
    "droplet",
    "floatingip",
    "kubernetes",
    "loadbalancer",
    "reservedip",
    "space",
    "volume",
)
PATHS = {"droplet": "droplets", "dbaas": "databases", "space": "spaces", "domain": "domains"}


@route("GET", "/v2/projects")
def projects(call: Call) -> dict[str, Any]:
    default(call.cloud.store)
    return call.page("projects", call.cloud.store.all(KIND))


@route("POST", "/v2/projects", 201)
def add_project(call: Call) -> dict[str, Any]:
    call.need("name", "purpose")
    default(call.cloud.store)
    project = _new() | {"is_default": False} | _given(call, *CHANGEABLE[:4])
    return {"project": shown(call.cloud.store.put(KIND, project["id"], project))}


@route("GET", "/v2/projects/{project}")
def get_project(call: Call) -> dict[str, Any]:
    return {"project": shown(find(call))}


@route("PUT", "/v2/projects/{project}")
def replace_project(call: Call) -> dict[str, Any]:
    if missing := [key for key in CHANGEABLE if key not in call.body]:
        raise unprocessable(f"{missing[0]} is required")
    return change_project(call)


@route("PATCH", "/v2/projects/{project}")
def change_project(call: Call) -> dict[str, Any]:
    project = find(call)
    given = _given(call, *CHANGEABLE, but=project["id"])
    if given.get("is_default"):
        call.cloud.store.change(KIND, default(call.cloud.store)["id"], is_default=False)
    elif project["is_default"]:
        given["is_default"] = True
    return {"project": shown(call.cloud.store.change(KIND, project["id"], updated_at=now(), **given))}


@route("DELETE", "/v2/projects/{project}", 204)
def delete_project(call: Call) -> None:
    if not call.content_type.startswith("application/json"):
        raise unsupported_media_type()
    project = find(call)
    if project["is_default"]:
        raise precondition_failed("Cannot delete the default project")
    _forget_buckets(call)
    if resources(call.cloud.store, project):
        raise precondition_failed("Project must be empty before it can be deleted")
    call.cloud.store.remove(KIND, project["id"])


@route("GET", "/v2/projects/{project}/resources")
def list_resources(call: Call) -> dict[str, Any]:
    _forget_buckets(call)
    return call.page(
        "resources", [_resource(urn, "ok", when) for urn, when in resources(call.cloud.store, find(call)).items()]
    )


@route("POST", "/v2/projects/{project}/resources")
def assign_resources(call: Call) -> dict[str, Any]:
    project, wanted = find(call), call.body.get("resources") or []
    if any(str(urn).split(":")[1:2] not in ([kind] for kind in ASSIGNABLE) for urn in wanted):
        raise Problem(400, "bad_request", f"resource types must be one of the following: {', '.join(ASSIGNABLE)}")
    return {"resources": [_resource(urn, assign(call.cloud.store, project, urn)) for urn in wanted]}


def default(store: Store) -> Thing:
    """Return the default project, created if there is none yet."""
    if found := store.all(KIND, is_default=True):
        return found[0]
    words = {
        "name": "first-project",
        "description": "Update your project information under Settings",
        "purpose": "Just trying out DigitalOcean",
    }
    project = _new() | words | {"is_default": True, "_made": 0}
    return store.put(KIND, project["id"], project)


def assign(store: Store, project: Thing, urn: str) -> str:
    """Assign a resource to a project; return the status that the API reports."""
    if not _exists(store, urn):
        return "not_found"
    if urn in resources(store, project):
        return "already_assigned"
    store.put("assignment", urn, {"urn": urn, "project": project["id"], "assigned_at": now()})
    return "assigned"


def resources(store: Store, project: Thing) -> dict[str, str]:
    """Return the URNs of a project's resources, each with the time of its assignment."""
    known = store.all("project")
    placed = {
        each["urn"]: each for each in store.all("assignment") if any(each["project"] == other["id"] for other in known)
    }
    living = {f"do:droplet:{each['id']}": each["created_at"] for each in store.existing("droplet")}
    living |= {f"do:dbaas:{each['id']}": each["created_at"] for each in store.existing("database")}
    living |= {f"do:domain:{each['name']}": "" for each in store.all("domain")}
    living |= {urn: each["assigned_at"] for urn, each in placed.items() if urn.startswith("do:space:")}
    here = {urn: placed[urn]["project"] == project["id"] if urn in placed else project["is_default"] for urn in living}
    return {urn: placed[urn]["assigned_at"] if urn in placed else since for urn, since in living.items() if here[urn]}


def find(call: Call) -> Thing:
    """Return the project of the path, which may be `default`."""
    if call.path["project"] == "default":
        return default(call.cloud.store)
    if project := call.cloud.store.get(KIND, call.path["project"]):
        return project
    raise not_found()


def _new() -> Thing:
    owner = {"owner_uuid": ACCOUNT["uuid"], "owner_id": 258992}
    return {
        "id": str(uuid.uuid4()),
        "description": "",
        "environment": "",
        "created_at": now(),
        "updated_at": now(),
    } | owner


def _given(call: Call, *keys: str, but: str = "") -> Thing:
    """Return the values that a body gives, once they are validated."""
    given = {key: value for key, value in call.given(*keys).items() if (key, value) != ("environment", "")}
    if given.get("environment"):
        given["environment"] = str(given["environment"]).capitalize()
        if given["environment"] not in ENVIRONMENTS:
            raise unprocessable(f"environment must be one of {', '.join(ENVIRONMENTS)}")
    if "purpose" in given and given["purpose"] not in PURPOSES:
        given["purpose"] = OTHER + given["purpose"].removeprefix(OTHER)
    if any(other["name"] == given.get("name") and other["id"] != but for other in call.cloud.store.all(KIND)):
        raise unprocessable("name is already in use by another project")
    return given


def _forget_buckets(call: Call) -> None:
    """Forget the buckets that are gone, of which only the S3 server knows."""
    for urn in [each["urn"] for each in call.cloud.store.all("assignment") if each["urn"].startswith("do:space:")]:
        if not call.cloud.world.spaces.has_bucket(call.cloud, urn.removeprefix("do:space:")):
            call.cloud.store.remove("assignment", urn)


def _exists(store: Store, urn: str) -> bool:
    kind, _, identity = urn.removeprefix("do:").partition(":")
    if kind == "droplet":
        return any(str(droplet["id"]) == identity for droplet in store.existing("droplet"))
    if kind == "domain":
        return store.get("domain", identity) is not None
    return kind == "space" or (
        kind == "dbaas" and not (store.get("database", identity) or {"_gone": True}).get("_gone")
    )


def _resource(urn: str, status: str, when: str = "") -> Thing:
    _, kind, identity = urn.split(":", 2) if urn.count(":") > 1 else ("", "", urn)
    link = f"https://api.digitalocean.com/v2/{PATHS.get(kind, kind)}/{identity}"
    return {"urn": urn, "assigned_at": when or now(), "links": {"self": link}, "status": status}
