"""Pages of refusals: what happened and what to do, in both languages, without the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from mdm.backoffice import problems
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale, Unavailable
from tests.factories.security import member_of_staff
from tests.support.screens import Screens

#: Refused attempts are logged.
pytestmark = pytest.mark.django_db

REFUSALS: list[tuple[Exception, int]] = [
    (NotAllowed("access.denied", "no right"), 403),
    (NotFound("customer.unknown", "no such"), 404),
    (Duplicate("customer.merged", "merged"), 409),
    (Stale("row.stale", "changed"), 412),
    (Invalid("record.refused", "broken"), 422),
    (Unavailable("key.missing", "no key"), 503),
    (Http404(), 404),
    (RequestDataTooBig(), 413),
    (OperationalError("connection refused on 10.0.0.1"), 503),
]


def page_of(error: Exception) -> HttpResponse:
    def view(_request: Any) -> HttpResponse:
        raise error

    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = "abc123"
    answer = problems.refusals_as_pages(view)(request)
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize(("error", "status"), REFUSALS)
def test_a_refusal_becomes_a_page(error: Exception, status: int) -> None:
    answer = page_of(error)
    assert answer.status_code == status
    assert b"abc123" in answer.content
    assert b"10.0.0.1" not in answer.content


@pytest.mark.parametrize("status", sorted(problems.SAYINGS))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_bilingual_and_asks_no_database(status: int, language: str) -> None:
    with translation.override(language):
        html = problems.system_page(RequestFactory().get("/"), status).content.decode()
        assert str(problems.SAYINGS[status].title) in html
    assert f'lang="{language}"' in html
    assert str(status) in html


def test_what_nobody_foresaw_goes_on() -> None:
    with pytest.raises(ZeroDivisionError):
        page_of(ZeroDivisionError())


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (lambda request: problems.bad_request(request, SuspiciousOperation()), 400),
        (lambda request: problems.bad_request(request, RequestDataTooBig()), 413),
        (lambda request: problems.forbidden(request, PermissionError()), 403),
        (problems.csrf_failed, 403),
        (lambda request: problems.not_found(request, Http404()), 404),
        (problems.server_error, 500),
    ],
)
def test_the_handlers_answer_with_the_same_pages(handler: Callable[[Any], HttpResponse], status: int) -> None:
    assert handler(RequestFactory().get("/")).status_code == status


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_for_staff_and_a_sign_in_for_others() -> None:
    assert Screens().get("/nothing/").location.startswith("/login/")
    seen = Screens(member_of_staff("wang", "teller")).get("/nothing/")
    assert seen.status == 404
    assert "Nothing to see here" in seen.text


@pytest.mark.django_db
def test_the_page_of_a_missing_right_names_the_right() -> None:
    seen = Screens(member_of_staff("wang", "teller")).get("/security/user/")
    assert seen.status == 403
    assert "user.manage" in seen.text


@pytest.mark.django_db
def test_a_post_without_the_token_is_refused() -> None:
    screens = Screens(member_of_staff("wang", "teller"))
    screens.client.handler.enforce_csrf_checks = True
    seen = screens.post("/search/", term="110")
    assert seen.status == 403
    assert "open too long" in seen.text


@pytest.mark.django_db
def test_a_form_beyond_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    screens = Screens(member_of_staff("zheng", "operator"))
    monkeypatch.setattr("mdm.backoffice.uploads.BoundedHandler.limit", 1000)
    seen = screens.post("/load/", file=SimpleUploadedFile("a.csv", b"a" * 5000), layout="febrl")
    assert seen.status == 413
    assert "Too large" in seen.text
