# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The service, from a request to its endpoint.

It has what the cloud does for each request: token, rate limits, request id, errors as JSON.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..account import account, catalog, projects, scopes, ssh_keys, tags
from ..core.cloud import Cloud
from ..core.faults import Fault, refusal
from ..core.log import log
from ..core.problems import Problem, not_found
from ..core.routes import Call, Endpoint, endpoints
from ..databases import backups, clusters, config, dns, lifecycle, options, pools, trusted_sources, users
from ..droplets import actions, backup_policies, droplet_actions, droplets
from ..networking import domains, firewalls, vpcs
from ..spaces import access_keys
from . import control

PARTS = (
    dns,  # DNS runs before anything that publishes names
    *(
        account,
        actions,
        backup_policies,
        catalog,
        control,
        domains,
        droplet_actions,
        droplets,
        firewalls,
        projects,
        scopes,
        access_keys,
        ssh_keys,
        tags,
        vpcs,
    ),
    *(
        options,
        clusters,
        lifecycle,
        backups,
        config,
        pools,
        trusted_sources,
        users,
    ),  # the path /v2/databases/options before that of a cluster
)


class Dropped(Response):
    """An answer that never comes: it announces more than it sends, so the server closes the connection."""

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})


def application(cloud: Cloud) -> Starlette:
    """Return the ASGI application of a cloud, and continue what an earlier service had begun."""
    cloud.operations = [(each.method, each.path) for each in endpoints(PARTS)]
    routes = [Route(each.path, _answering(cloud, each), methods=[each.method]) for each in endpoints(PARTS)]
    for part in PARTS:
        if resume := getattr(part, "resume", None):
            resume(cloud)
    return Starlette(routes=routes, exception_handlers={HTTPException: _unknown, Exception: _failed})


def _answering(cloud: Cloud, endpoint: Endpoint) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_answer, cloud, endpoint, request, body)

    return answer


def _answer(cloud: Cloud, endpoint: Endpoint, request: Request, body: bytes) -> Response:
    """Answer one request."""
    identity, path = str(uuid.uuid4()), request.url.path
    headers = {"x-request-id": identity}
    fault = cloud.faults.take(request.method, path) if path.startswith("/v2/") else None
    try:
        granted = scopes.of(
            cloud.store, cloud.settings.token, cloud.settings.lacks, request.headers.get("authorization") or "", path
        )
        if path.startswith("/v2/"):
            headers |= cloud.limits.check(lists_keys=request.method == "GET" and path == "/v2/account/keys")
        if fault and fault.kind in ("429", "500", "timeout", "drop"):
            return _fail(fault)
        call = _call(cloud, request, body, granted)
        scopes.refuse(granted, endpoint, call)
        if path.startswith("/v2/") and request.method not in ("GET", "DELETE"):
            account.refuse_writes_of_a_locked_account(cloud.store)
        if cloud.contract and path.startswith("/v2/"):
            cloud.contract.check_request(request, body)
        with cloud.store.lock:
            result = endpoint.function(call)
        if fault:
            return _fail(fault)
        response = _json(endpoint.status, result, headers)
    except Problem as problem:
        if isinstance(problem, scopes.Lacking):
            log(cloud.state, f"the token lacks {problem.scope}, which {request.method} {path} needs")
        response = _refuse(problem, identity, headers)
    response = _validated(cloud, request, body, response)
    log(
        cloud.state,
        f"{request.method} {request.url.path}{'?' + request.url.query if request.url.query else ''} "
        f"{response.status_code}",
    )
    return response


def _validated(cloud: Cloud, request: Request, body: bytes, response: Response) -> Response:
    """Return the answer, or a refusal if it violates the contract.

    Violations are recorded, so that tests see them whatever the client does.
    """
    if not cloud.contract or not request.url.path.startswith("/v2/"):
        return response
    try:
        if response.status_code != 599:
            cloud.contract.check_response(request, body, response)
            return response
    except Problem as problem:
        response = _refuse(problem, response.headers["x-request-id"], {})
    cloud.violations.append(json.loads(response.body)["message"])
    log(cloud.state, f"CONTRACT VIOLATION {cloud.violations[-1]}")
    return response


def _fail(fault: Fault) -> Response:
    if fault.kind.startswith("drop"):
        return Dropped()
    if fault.kind == "timeout":
        time.sleep(fault.seconds)
    raise refusal(fault)


def _call(cloud: Cloud, request: Request, body: bytes, granted: scopes.Granted) -> Call:
    try:
        data = json.loads(body) if body else {}
    except ValueError as error:
        raise Problem(400, "bad_request", "Error parsing the JSON body") from error
    return Call(
        cloud=cloud,
        path=dict(request.path_params),
        query=dict(request.query_params),
        body=data if isinstance(data, dict) else {},
        content_type=request.headers.get("content-type", ""),
        base_url=str(request.base_url).rstrip("/"),
        path_url=request.url.path,
        granted=granted,
    )


def _json(status: int, body: Any, headers: dict[str, str]) -> Response:
    if status == 204:
        return Response(status_code=204, headers=headers)
    return Response(json.dumps(body), status_code=status, headers=headers, media_type="application/json")


def _refuse(problem: Problem, identity: str, headers: dict[str, str]) -> Response:
    body = {"id": problem.identity, "message": problem.message, "request_id": identity}
    return _json(problem.status, body, headers | problem.headers)


async def _failed(request: Request, error: Exception) -> Response:
    problem = Problem(
        500, "server_error", f"the sandbox itself failed at {request.method} {request.url.path}: {error!r}; see its log"
    )
    return _refuse(problem, str(uuid.uuid4()), {})


async def _unknown(_request: Request, error: Exception) -> Response:
    identity = str(uuid.uuid4())
    if getattr(error, "status_code", 404) == 405:
        return _refuse(Problem(405, "method_not_allowed", "the sandbox does not know this method here"), identity, {})
    return _refuse(not_found("the sandbox does not know this path"), identity, {})
