"""What nobody foresaw, as a caller sees it."""

import io
import json
import logging
from unittest.mock import patch

import pytest
from django.http import JsonResponse
from django.test import Client, RequestFactory

from mdm.logs import SHARED, ScrubbingFormatter, renderer
from mdm.rest.middleware import as_problem
from mdm.rest.operations import Answer
from security.api.views import MeView
from tests.factories.security import client_system
from tests.support.api import Api

SECRET = "110101199003078515"


@pytest.mark.django_db
def test_an_error_of_ours_is_a_problem_without_a_word_about_it(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(client_system()[1])
    with (
        patch.object(MeView, "_asked", side_effect=ZeroDivisionError(f"of {SECRET}")),
        caplog.at_level(logging.CRITICAL),
    ):
        told = api.get("me")
    assert (told.status, told.code) == (500, "internal.error")
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.body["trace_id"] == told.headers["X-Request-Id"]
    assert SECRET not in told.text
    assert "ZeroDivision" not in told.text


@pytest.mark.django_db
def test_no_address_that_was_asked_for_reaches_the_log_in_clear() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(ScrubbingFormatter(processors=renderer(), foreign_pre_chain=list(SHARED)))
    logging.getLogger().addHandler(handler)
    try:
        Api().get(f"customers/{SECRET}?phone=13800138000&name=lin")
        Client().get(f"/?q={SECRET}")
    finally:
        logging.getLogger().removeHandler(handler)
    assert "request_finished" in out.getvalue()
    assert not [secret for secret in (SECRET, "13800138000", "name=lin") if secret in out.getvalue()]


def test_a_page_of_the_staff_site_stays_a_page() -> None:
    answer = Client(raise_request_exception=False).get("/no/such/page")
    assert "json" not in answer.headers["Content-Type"]
    assert len(answer.headers["X-Request-Id"]) == 32


def test_a_foreign_host_is_a_problem_too() -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/me", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert json.loads(answer.content)["code"] == "request.malformed"
    assert b"evil.example" not in answer.content


def test_answers_of_ours_are_left_alone() -> None:
    request = RequestFactory().get("/api/v1/me")
    answer = JsonResponse({"code": "x"}, status=422)
    assert as_problem(request, answer) is answer


@pytest.mark.django_db
def test_what_cannot_be_stored_is_never_answered_with_a_stack() -> None:
    """A handler that gives back what JSON cannot hold fails as ours, not as the caller's."""
    api = Api(client_system()[1])
    with patch.object(MeView, "_asked", return_value=Answer({"x": object()})):
        told = api.get("me")
    assert (told.status, told.code) == (500, "internal.error")
