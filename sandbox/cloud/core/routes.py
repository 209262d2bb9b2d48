# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How an endpoint is written: a function decorated with @route that takes a Call and returns the body of its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .problems import Problem, not_found, unprocessable

if TYPE_CHECKING:
    from .cloud import Cloud


@dataclass
class Call:
    """The parts of a request that an endpoint needs."""

    cloud: Cloud
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    content_type: str = ""
    base_url: str = ""
    path_url: str = ""
    granted: Container[str] = ()  # scopes of the token

    def given(self, *keys: str) -> dict[str, Any]:
        """Return the keys that have a value in the body; to the cloud, null is the same as a missing key."""
        return {key: self.body[key] for key in keys if self.body.get(key) is not None}

    def need(self, *keys: str) -> None:
        """Refuse a body that lacks one of these keys."""
        if missing := [key for key in keys if self.body.get(key) in (None, "")]:
            raise unprocessable(f"{missing[0]} is required")

    def find(self, kind: str) -> dict[str, Any]:
        """Return the thing that the path parameter named like its kind identifies.

        A deleted or too new one is not found.
        """
        thing = self.cloud.store.get(kind, self.path[kind])
        if thing and not thing.get("_gone") and not self.cloud.not_yet_visible(thing):
            return thing
        raise not_found()

    def page(self, key: str, things: Iterable[dict[str, Any]], default: int = 20) -> dict[str, Any]:
        """Return one page of a list as the cloud does, with links and meta; things that are too new may be missing."""
        things = [shown(thing) for thing in things if not self.cloud.not_yet_visible(thing, "list")]
        size, page = self._number("per_page", default), self._number("page", 1)
        if size > 200:
            raise Problem(400, "bad_request", "per_page must be at most 200")
        last = max(1, -(-len(things) // size))
        links = {}
        if page < last:
            links = {"next": self._url(page + 1, size), "last": self._url(last, size)}
        if page > 1:
            links |= {"first": self._url(1, size), "prev": self._url(page - 1, size)}
        body = {key: things[(page - 1) * size : page * size], "meta": {"total": len(things)}}
        return body | {"links": {"pages": links} if links else {}}

    def _number(self, name: str, default: int) -> int:
        text = self.query.get(name) or str(default)
        if not text.isdigit() or int(text) < 1:
            raise Problem(400, "bad_request", f"{name} must be a positive number")
        return int(text)

    def _url(self, page: int, size: int) -> str:
        others = "".join(f"{name}={value}&" for name, value in self.query.items() if name not in ("page", "per_page"))
        return f"{self.base_url}{self.path_url}?{others}page={page}&per_page={size}"


def route(method: str, path: str, status: int = 200) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Make a function an endpoint. It returns the body of the answer, or None with status 204."""

    def note(function: Callable[[Call], Any]) -> Callable[[Call], Any]:
        function.routes = [*getattr(function, "routes", []), (method, path, status)]
        return function

    return note


class Endpoint(NamedTuple):
    """The function that answers a method and path, and the status of its answer."""

    method: str
    path: str
    function: Callable[[Call], Any]
    status: int


def endpoints(parts: Iterable[Any]) -> list[Endpoint]:
    """Return every endpoint in these modules."""
    functions = [
        function
        for part in parts
        for function in vars(part).values()
        if getattr(function, "__module__", "") == part.__name__
    ]
    return [
        Endpoint(method, path, function, status)
        for function in functions
        for method, path, status in getattr(function, "routes", [])
    ]


def shown(thing: dict[str, Any]) -> dict[str, Any]:
    """Return a thing as the API shows it, without our own keys."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}


def now() -> str:
    """Return the current time in the API's format."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
