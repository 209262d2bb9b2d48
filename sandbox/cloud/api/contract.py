# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate every answer, and every request of our modules, against the API's own OpenAPI document.

Requests of other clients are not validated, as the cloud accepts more than its document allows. The document does not
forbid unknown names, so these are checked here. Where the document is known to be wrong, overlay.yml corrects it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema.exceptions import best_match
from openapi_core import OpenAPI
from openapi_core.contrib.starlette import StarletteOpenAPIRequest, StarletteOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from starlette.requests import Request
from starlette.responses import Response

from ..core.problems import Problem

OURS = "mlops.mlflow"  # in the user agent of our modules
OVERLAY = Path(__file__).with_name("overlay.yml")
Schema = dict[str, Any]


class Contract:
    """The document. Loading it takes a second, validating a message some milliseconds."""

    def __init__(self, path: Path) -> None:
        self.document = json.loads(path.read_text())
        self.document["servers"] = [{"url": "/"}]  # whatever host a request is sent to
        for entry in yaml.safe_load(OVERLAY.read_text()):
            correct(self.document, entry)
        self.api = OpenAPI.from_dict(self.document)
        # a path without parameters comes before one with parameters
        self.paths = [
            (re.compile(re.sub(r"{[^}]*}", "[^/]+", path)), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    def check_request(self, request: Request, body: bytes) -> None:
        """Refuse a request of our modules that the document does not allow."""
        if OURS not in request.headers.get("user-agent", ""):
            return
        try:
            self.api.validate_request(StarletteOpenAPIRequest(request, body or None))
        except OpenAPIError as error:
            raise violation(f"{operation_name(request)} is against the API's document: {reason(error)}") from error
        if unknown := [*self.unknown_query(request), *self.unknown_body(request, body)]:
            raise violation(
                f"{operation_name(request)} has what the API's document does not know: {', '.join(unknown)}"
            )

    def check_response(self, request: Request, body: bytes, response: Response) -> None:
        """Refuse an answer that the document does not allow.

        Paths that it does not have are allowed, as it may not be complete.
        """
        if not any(pattern.fullmatch(request.url.path) for pattern, _ in self.paths):
            return
        try:
            self.api.validate_response(
                StarletteOpenAPIRequest(request, body or None), StarletteOpenAPIResponse(response)
            )
        except OpenAPIError as error:
            said = f"{response.status_code} of the sandbox to {operation_name(request)}"
            raise violation(f"the answer {said} is against the API's document: {reason(error)}") from error

    def unknown_query(self, request: Request) -> Iterator[str]:
        """Yield the query parameters of a request that its operation does not have."""
        path, operation = self.operation(request)
        known = {
            self.resolved(each)["name"] for each in [*path.get("parameters", []), *operation.get("parameters", [])]
        }
        yield from (f"?{name}" for name in request.query_params if name not in known)

    def unknown_body(self, request: Request, body: bytes) -> Iterator[str]:
        """Yield pointers to parts of a request's body that its schema does not have."""
        content = self.resolved(self.operation(request)[1].get("requestBody") or {}).get("content", {})
        if body and "application/json" in content:
            yield from self.unknown([content["application/json"]["schema"]], json.loads(body), "")

    def unknown(self, schemas: list[Schema], value: Any, pointer: str) -> Iterator[str]:
        """Yield pointers to parts of a value that none of its possible schemas has."""
        schemas = [*self.flattened(schemas)]
        if isinstance(value, list):
            items = [schema["items"] for schema in schemas if "items" in schema]
            for number, each in enumerate(value):
                yield from self.unknown(items, each, f"{pointer}/{number}")
        known = [schema["properties"] for schema in schemas if "properties" in schema]
        if not isinstance(value, dict) or not known or any(schema.get("additionalProperties") for schema in schemas):
            return
        for name, each in value.items():
            having = [properties[name] for properties in known if name in properties]
            yield from self.unknown(having, each, f"{pointer}/{name}") if having else [f"{pointer}/{name}"]

    def flattened(self, schemas: list[Schema]) -> Iterator[Schema]:
        """Yield schemas and the schemas that they are composed of."""
        for schema in map(self.resolved, schemas):
            yield schema
            for choice in ("allOf", "anyOf", "oneOf"):
                yield from self.flattened(schema.get(choice, []))

    def operation(self, request: Request) -> tuple[Schema, Schema]:
        """Return the document's path and operation of a request."""
        path = next(self.document["paths"][path] for pattern, path in self.paths if pattern.fullmatch(request.url.path))
        return path, path[request.method.lower()]

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a reference refers to."""
        while "$ref" in schema:
            names = schema["$ref"].removeprefix("#/").split("/")
            schema = self.document
            for name in names:
                schema = schema[name.replace("~1", "/").replace("~0", "~")]
        return schema


def correct(document: Schema, entry: Schema) -> None:
    """Apply one entry of the overlay to the document."""
    *way, last = entry["at"]
    place: Any = document
    for name in way:
        place = place[name]
    if "set" in entry:
        place[last] = entry["set"]
    elif "add" in entry:
        place.setdefault(last, []).append(entry["add"])
    else:
        place[last].remove(entry["remove"])


def reason(error: BaseException) -> str:
    """Return the message of an error's root cause, with a pointer to the value."""
    while error.__cause__:
        error = error.__cause__
    if not (errors := getattr(error, "schema_errors", None)):
        return str(error)
    deepest = best_match(errors)
    return f"{'/'.join(['', *map(str, deepest.absolute_path)]) or '/'}: {deepest.message}"


def operation_name(request: Request) -> str:
    """Return the method and path of a request."""
    return f"{request.method} {request.url.path}"


def violation(sentence: str) -> Problem:
    """Return an answer that no client mistakes for one of the cloud's."""
    return Problem(599, "contract_violation", sentence)
