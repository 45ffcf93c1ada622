"""One mapping from refusals to problem details."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from django.utils import translation
from rest_framework import exceptions as drf

from mdm.errors import (
    Duplicate,
    FieldError,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    ServiceError,
    Stale,
    Unavailable,
)
from mdm.rest.problems import field_errors, problem_response
from mdm.rest.tracing import META_KEY

#: Refused attempts are logged.
pytestmark = pytest.mark.django_db

SENT = "110101199003078515"


def answered(error: Exception) -> tuple[int, dict[str, Any]]:
    request = RequestFactory().get(f"/api/v1/{SENT}")
    request.META[META_KEY] = "f" * 32
    response = problem_response(error, {"request": request})
    assert response is not None
    assert response.headers["Content-Type"] == "application/problem+json"
    assert SENT not in response.content.decode()
    return response.status_code, json.loads(response.content)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Invalid("record.refused", "no"), 422, "record.refused"),
        (NotAllowed("access.denied", "no"), 403, "access.denied"),
        (NotFound("customer.unknown", "no"), 404, "customer.unknown"),
        (Duplicate("customer.merged", "no"), 409, "customer.merged"),
        (Stale("row.stale", "no"), 412, "row.stale"),
        (Unavailable("key.missing", "no"), 503, "key.missing"),
        (drf.ValidationError({"a": [drf.ErrorDetail(SENT, code="max_length")]}), 422, "request.invalid"),
        (drf.ParseError(SENT), 400, "request.malformed"),
        (drf.NotAuthenticated(), 401, "auth.required"),
        (drf.AuthenticationFailed(SENT), 401, "auth.invalid"),
        (drf.PermissionDenied(SENT), 403, "access.denied"),
        (drf.NotFound(SENT), 404, "resource.not_found"),
        (drf.MethodNotAllowed("PUT"), 405, "request.method"),
        (drf.NotAcceptable(), 406, "request.not_acceptable"),
        (drf.UnsupportedMediaType(SENT), 415, "request.media_type"),
        (Http404(SENT), 404, "resource.not_found"),
        (PermissionDenied(SENT), 403, "access.denied"),
        (RequestDataTooBig(SENT), 413, "request.too_large"),
        (OperationalError(f"Key (number)=({SENT})"), 503, "service.unavailable"),
    ],
)
def test_every_refusal_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    told_status, body = answered(error)
    assert (told_status, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == (f"/api/problems/{code}" if body["type"] != "about:blank" else "about:blank")
    assert body["trace_id"] == "f" * 32
    assert body["title"]
    assert body["detail"]


def test_what_nobody_foresaw_is_left_to_the_500_page() -> None:
    assert problem_response(ZeroDivisionError(), {"request": RequestFactory().get("/")}) is None


def test_a_401_tells_how_to_sign_in() -> None:
    error = drf.NotAuthenticated()
    error.auth_header = 'Bearer realm="panorama"'  # type: ignore[attr-defined]
    response = problem_response(error, {"request": RequestFactory().get("/")})
    assert response is not None
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="panorama"'


def test_places_of_a_service_are_passed_on() -> None:
    refusal = Invalid("record.refused", "no", [FieldError("/phones/0/number", "Q-101", "not a number")])
    _status, body = answered(refusal)
    assert body["errors"] == [{"pointer": "/phones/0/number", "code": "Q-101", "detail": "not a number"}]


def test_places_of_nested_bodies_are_json_pointers() -> None:
    wrong = drf.ErrorDetail(SENT, code="max_length")
    detail = {
        "phones": [{}, {"number": [wrong]}],
        "party_type": [drf.ErrorDetail("x", code="required")],
        "non_field_errors": [wrong],
        SENT: [drf.ErrorDetail("x", code="unknown")],
    }
    found = [(error.pointer, error.code) for error in field_errors(detail)]
    assert found == [
        ("/phones/1/number", "max_length"),
        ("/party_type", "required"),
        ("", "max_length"),
        ("/*", "unknown"),
    ]


def test_the_text_is_in_the_readers_language() -> None:
    with translation.override("en"):
        assert answered(drf.NotFound())[1]["title"] == "Not found"


def test_services_refuse_with_one_of_seven_classes() -> None:
    """An eighth class would need a status of its own."""
    known = {Invalid, NotAllowed, NotFound, Gone, Duplicate, Stale, Unavailable}
    ours = {kind for kind in ServiceError.__subclasses__() if kind.__module__ == "mdm.errors"}
    assert ours == known
