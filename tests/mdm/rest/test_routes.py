"""Every address under `/api` declares what it is; what declares nothing lets nobody in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from mdm.rest import documentation
from mdm.rest.operations import PUBLIC, SIGNED_IN, operation_of
from mdm.rest.throttling import CLOSED
from mdm.rest.views import ApiView
from security.access.roles import PERMISSIONS
from tests.factories.security import client_system
from tests.support.api import V1, Api

METHODS = ("get", "post", "patch", "put", "delete")
#: Pages for people: they hold nothing of the bank, or ask for a session or a token themselves.
PAGES = {documentation.DescriptionView, documentation.DocumentationView}
PAGE_FUNCTIONS = {"problem_type_page", "unknown", "token"}
#: What a part of an address looks like.
PARTS = {
    "<number:number>": "C00000000000",
    "<row:row_id>": "1",
    "<row:run_id>": "1",
    "<row:batch_id>": "1",
    "<row:number>": "1",
    "<row:request_id>": "1",
    "<row:case_id>": "1",
    "<row:merge_id>": "1",
    "<row:grant_id>": "1",
    "<row:alert_id>": "1",
    "<row:exception_id>": "1",
    "<slug:client_id>": "nobody",
    "<slug:kind>": "tax",
    "<slug:facet>": "phone",
    "<slug:name>": "club_no",
    "<str:key_id>": "k1",
}


def patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif isinstance(entry, URLPattern) and route.startswith("api/"):
            yield route, entry.callback


def views() -> Iterator[tuple[str, type[ApiView]]]:
    for route, callback in patterns(get_resolver()):
        kind: Any = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
        if kind not in PAGES and getattr(callback, "__name__", "") not in PAGE_FUNCTIONS:
            yield route, kind


def endpoints() -> list[tuple[str, str]]:
    """(method, address) of every endpoint, with made-up numbers."""
    found = []
    for route, kind in views():
        address = "/" + route
        for part, example in PARTS.items():
            address = address.replace(part, example)
        assert "<" not in address, f"{route}: say in PARTS what it looks like"
        found += [(method.upper(), address) for method in METHODS if hasattr(kind, method)]
    return found


def test_every_handler_declares_an_operation_with_a_known_scope() -> None:
    assert len(list(views())) > 25
    for route, kind in views():
        assert issubclass(kind, ApiView), route
        for method in METHODS:
            if hasattr(kind, method):
                declared = operation_of(kind, method)
                assert declared is not None, f"{method} {route}"
                assert declared.scope in {*PERMISSIONS, SIGNED_IN, PUBLIC}, f"{method} {route}"


def test_only_the_catalogue_is_public() -> None:
    public = {
        declared.name
        for _route, kind in views()
        for method in METHODS
        if (declared := operation_of(kind, method)) and declared.scope == PUBLIC
    }
    assert public == {"problem_types_list"}


def test_no_endpoint_offers_more_methods_than_it_declares() -> None:
    for route, kind in views():
        assert set(kind.http_method_names) <= {"get", "post", "patch", "head"}, route


@pytest.mark.django_db
def test_every_endpoint_asks_for_a_token() -> None:
    for method, address in endpoints():
        if address != f"{V1}problems":
            told = Api()._ask(method, address, {}, {})
            assert (told.status, told.code) == (401, "auth.required"), f"{method} {address}"


@pytest.mark.django_db
def test_every_endpoint_asks_for_its_scope() -> None:
    _client, token = client_system(scopes=("source.nothing",))
    for method, address in endpoints():
        if address not in (f"{V1}problems", f"{V1}me"):
            told = Api(token)._ask(method, address, {}, {})
            assert (told.status, told.code) == (403, "scope.missing"), f"{method} {address}"


@pytest.mark.django_db
def test_a_handler_without_a_declaration_lets_nobody_in() -> None:
    class Forgotten(ApiView):
        def get(self, request: Request) -> Response:
            return Response({"secret": 1})

    _client, token = client_system()
    request = APIRequestFactory().get("/api/v1/forgotten", headers={"Authorization": f"Bearer {token}"})
    response = Forgotten.as_view()(request)
    assert response.status_code == 403
    assert b"secret" not in response.content


#: Rights that decide who comes in, and who sees a customer, by name or by its mark; and the one that erases.
GIVING = {"user.manage", "customer.share", "customer.protect", "customer.erase"}
#: What only ends something of an account has to be quick: a token that is at hand does.
ENDINGS = {"clients_switch_off", "client_keys_revoke", "grants_end"}


def test_what_tells_clear_values_takes_data_away_or_lets_others_in_takes_proof_of_the_moment() -> None:
    found = [(method, operation_of(kind, method.upper())) for _route, kind in views() for method in METHODS]
    told = [(method, declared) for method, declared in found if declared is not None]
    closed = {one.name for _method, one in told if one.scope in CLOSED}
    giving = {one.name for method, one in told if one.scope in GIVING and method != "get"}

    assert {"customers_reveal", "documents_open", "log_exports_content"} <= closed
    assert {"clients_create", "customers_share", "customers_unmark", "customers_erase"} | ENDINGS <= giving
    assert {one.name for _method, one in told if one.fresh} == closed | giving - ENDINGS
