# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one door to DigitalOcean's API: options, client, paging, errors as sentences. Facts are of pydo 0.44.0."""

from __future__ import annotations

import inspect
import itertools
import json
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from ansible.module_utils.basic import env_fallback
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.retries import Patience
from ansible_collections.mlops.mlflow.plugins.module_utils.digitalocean.scopes import scopes_of
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.api import Api, if_there
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import (
    ApiError,
    Busy,
    Conflict,
    NotFound,
    Refused,
    Uncertain,
)

try:
    from azure.core.exceptions import AzureError, HttpResponseError
except ImportError:  # told by `connect`
    AzureError = HttpResponseError = ()

OPTIONS = {
    "token": {"type": "str", "required": True, "no_log": True, "fallback": (env_fallback, ["DIGITALOCEAN_TOKEN"])},
    "api_url": {
        "type": "str",
        "default": "https://api.digitalocean.com",
        "fallback": (env_fallback, ["DIGITALOCEAN_API_URL"]),
    },
    "ca_file": {"type": "path", "fallback": (env_fallback, ["DIGITALOCEAN_CA_FILE"])},
}


def connect(params):
    """Return pydo's client. It is loaded here, as that takes 0.3 s, and wrong arguments should not."""
    import pydo
    from azure.core.pipeline.policies import HeadersPolicy

    options = {"connection_verify": params["ca_file"]} if params["ca_file"] else {}
    if params["ca_file"] and not Path(params["ca_file"]).exists():
        raise Refused(
            f"ca_file: {params['ca_file']} does not exist; "
            "give the path of a file with certificates in PEM, or leave it out"
        )
    return pydo.Client(
        token=params["token"],
        endpoint=params["api_url"],
        retry_policy=Patience(),
        authentication_policy=HeadersPolicy({"Authorization": f"Bearer {params['token']}"}),
        user_agent="mlops.mlflow",
        connection_timeout=10,
        read_timeout=60,
        **options,
    )


DIGITALOCEAN = Api("DigitalOcean", OPTIONS, connect)


def ask(call, *args, **options):
    """Call the API and return its answer; raise in the API's words.

    pydo hands most error bodies back as data (404 nearly everywhere), so the status decides, not the absence of an
    exception.
    """
    try:
        response, answer = call(*args, cls=lambda response, body, _headers: (response, body), **options)
    except HttpResponseError as error:
        if not error.response:
            raise Uncertain(f"the API's answer cannot be read: {error}") from error
        raise error_from(
            error.response.status_code, error.response.text(), error.response.reason, error.response.request
        ) from error
    except AzureError as error:
        raise Uncertain(f"the API does not answer: {error}") from error
    if response.http_response.status_code >= 400:
        raise error_from(response.http_response.status_code, answer, request=response.http_request)
    return answer or {}


def error_from(status, answer, reason="", request=None):
    """Return the error of an answer: its message, its status and the id of the request, for the cloud's support.

    Where the request may have been refused for what its token lacks, the error also names the operation and the
    scopes that it needs.
    """
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            answer = {}
    answer = answer if isinstance(answer, dict) else {}
    message = answer.get("message") or answer.get("error") or reason or "no reason given"
    asked = f", request {answer['request_id']}" if answer.get("request_id") else ""
    kinds = {404: NotFound, 409: Conflict, 422: Conflict, 403: Busy, 412: Busy}
    kind = kinds.get(status) or (Uncertain if status >= 500 else ApiError)
    hint = {401: "; check the token", 403: f"; {needed(request)}"}.get(status, "")
    return kind(f"{message} (status {status}{asked}){hint}")


def needed(request):
    """Return in words what scopes a request needs."""
    path = urlsplit(request.url).path
    scopes = scopes_of(request.method, path)
    return (
        f"{request.method} {path} needs a token with the scope{'s' if len(scopes) > 1 else ''} {' and '.join(scopes)}, "
        "check those of yours"
    )


def pages(call, key, *args, **options):
    """Yield the items of every page of a list, each once."""
    known = set()
    for page in itertools.count(1):
        size = {"per_page": 200, "page": page}
        # the document gives the lists of databases no such parameters, so they may answer everything to each page
        answer = ask(
            call, *args, **options, **(size if "per_page" in inspect.signature(call).parameters else {"params": size})
        )
        items = {json.dumps(item, sort_keys=True): item for item in answer.get(key) or []}
        new = {text: item for text, item in items.items() if text not in known}
        known |= new.keys()
        yield from new.values()
        if last_page(answer, new, len(known)):
            return


def last_page(answer, new, count):
    """Return whether a page is the last one: it links to no next page, brings nothing new, or completes the total."""
    total = (answer.get("meta") or {}).get("total")
    more = "next" in ((answer.get("links") or {}).get("pages") or {})
    return not more or not new or (total is not None and count >= total)


def only(kind, name, things):
    """Return the one thing of that name, or None; two of a name is an error, never a guess."""
    # one that changes while pages are read may be on two of them
    found = {thing["id"]: thing for thing in things if thing["name"] == name}
    if len(found) > 1:
        raise Refused(
            f"{kind} {name}: there are {len(found)} of that name ({', '.join(map(str, found))}); "
            "rename or delete all but one"
        )
    return next(iter(found.values()), None)


def is_id(text):
    """Return whether a text is a UUID."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def found(call, key, *args):
    """Return what a call gets, or None where the API says that there is none."""
    answer = if_there(ask, call, *args)
    return None if answer is None else answer[key]
