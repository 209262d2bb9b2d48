# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The loop on an API of its own: a library, which lends books."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import ClassVar

import pytest
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.api import Api
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.errors import NotFound, Refused
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import inform
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.module import run as run_module
from ansible_collections.mlops.mlflow.plugins.module_utils.engine.resource import Resource


class Book(Resource):
    kind = "book"
    changes: ClassVar = {"shelf": "move"}

    def find_by_name(self):
        return self.client.get(self.name)

    def observed(self, thing):
        return dict(thing)

    def create(self):
        self.client[self.name] = {"id": self.name, **self.desired()}
        return self.client[self.name]

    def move(self, thing):
        thing["shelf"] = self.params["shelf"]

    def delete(self, thing):
        del self.client[thing["id"]]


@pytest.fixture
def books():
    return {}


@pytest.fixture
def library(books):
    def connect(params):
        if params["card"] == "lost":
            raise Refused("card is lost; ask for another")
        return contextlib.nullcontext(books)

    return Api("Library", {"card": {"type": "str", "required": True}}, connect)


@pytest.fixture
def book(library, run):
    def describe(client, params):
        return [Book(client, params, params["title"])]

    options = {"title": {"type": "str", "required": True}, "shelf": {"type": "str"}}
    module = SimpleNamespace(main=lambda: run_module(library, describe, **options))
    return lambda **args: run(module, **{"card": "mine", "title": "Ulysses"} | args)


@pytest.fixture
def look(library, run):
    def call(look):
        return run(SimpleNamespace(main=lambda: inform(library, look)), card="mine")

    return call


def test_resource_of_any_api_is_created_changed_and_deleted(book, books):
    created = book(shelf="A")
    assert (created["changed"], created["book"]) == (True, {"id": "Ulysses", "title": "Ulysses", "shelf": "A"})
    assert book(shelf="A")["changed"] is False
    assert book(shelf="B")["diff"]["after"]["book"]["shelf"] == books["Ulysses"]["shelf"] == "B"
    assert book(state="absent")["deleted"] == [{"kind": "book", "name": "Ulysses", "id": "Ulysses"}]
    assert books == {}


def test_options_of_the_api_and_of_the_loop_are_not_compared(book):
    assert book(wait=False)["book"] == {"id": "Ulysses", "title": "Ulysses"}
    assert book(wait=True, wait_timeout=7, card="another")["changed"] is False


def test_errors_begin_with_the_name_of_the_api(book, look):
    def refuse(_client, _params):
        raise NotFound("there are no books (status 404)")

    assert book(card="lost")["msg"] == "Library: card is lost; ask for another"
    assert look(refuse)["msg"] == "Library: there are no books (status 404)"


def test_python_package_that_is_missing_is_named(look):
    def lack(_client, _params):
        raise ModuleNotFoundError("No module named 'binding'", name="binding")

    assert "binding" in look(lack)["msg"]


def test_look_changes_nothing_and_returns_what_it_found(look, books):
    books["Ulysses"] = {}
    assert look(lambda client, _params: {"titles": list(client)}) == {
        "changed": False,
        "titles": ["Ulysses"],
        "invocation": {"module_args": {"card": "mine"}},
    }
