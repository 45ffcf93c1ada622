"""Refusals as pages: every status with what happened, what to do next and the request's id."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.attempts import note_refusal
from mdm.errors import ServiceError, Text
from mdm.rest.problems import refusal_of, status_of
from mdm.rest.tracing import trace_id

View = Callable[..., HttpResponseBase]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a status means to people: a title, what happened, what to do next."""

    title: Text
    what: Text
    next: Text


SAYINGS: dict[int, Saying] = {
    400: Saying(
        _("This request could not be read"),
        _("The browser sent something that this page does not understand."),
        _("Go back, load the page again and repeat what you did."),
    ),
    403: Saying(
        _("You may not do this"),
        _("Your roles do not hold the right that this page needs."),
        _("If you need it for your work, ask your administrator for the right."),
    ),
    404: Saying(
        _("Nothing to see here"),
        _("There is nothing at this address, or nothing that your branch may see."),
        _("Check the number, or search again."),
    ),
    409: Saying(
        _("This cannot be done now"),
        _("What you wanted to change has moved on, or exists already."),
        _("Open it again and look at how it stands."),
    ),
    410: Saying(
        _("This was erased"),
        _("It was here once, and has been erased for good as the law asks."),
        _("Nothing can bring it back. If the person is a customer again, create a new customer."),
    ),
    412: Saying(
        _("Someone else was faster"),
        _("This was changed after you opened it. Nothing of yours has been saved."),
        _("Open it again and repeat your change."),
    ),
    413: Saying(
        _("Too large"),
        _("What you sent is larger than this page accepts."),
        _("Send a smaller file, or have the file delivered to the loading area."),
    ),
    422: Saying(
        _("Something is not right yet"),
        _("What was sent breaks a rule."),
        _("Go back and correct it."),
    ),
    429: Saying(
        _("Too many attempts"),
        _("There were too many attempts in a short time."),
        _("Wait a while, then try again."),
    ),
    500: Saying(
        _("Something went wrong on our side"),
        _("The error has been recorded. Nothing half-done was saved."),
        _("Try once more; if it stays, tell the operator the request number below."),
    ),
    503: Saying(
        _("Not available at the moment"),
        _("A part that this page needs is not answering."),
        _("Try again in a minute."),
    ),
}


def refusals_as_pages(view: View) -> View:
    """`view`, whose refusals are answered with a page; what nobody foresaw goes on to `server_error`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
            render = getattr(response, "render", None)
            return render() if callable(render) and not getattr(response, "is_rendered", True) else response
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            return refused(request, refusal)

    return guarded


def refused(request: HttpRequest, refusal: ServiceError) -> HttpResponse:
    """The page for one refusal."""
    status = status_of(refusal)
    _log.info("refused", extra={"code": refusal.code, "status": status})
    note_refusal(request, refusal, status)
    return system_page(request, status, detail=refusal.message, code=refusal.code)


def system_page(request: HttpRequest, status: int, detail: Text = "", code: str = "") -> HttpResponse:
    """A page on its own, without menu and without a look into the database."""
    saying = SAYINGS[status]
    context = {"status": status, "saying": saying, "code": code, "trace_id": trace_id(request)}
    context["detail"] = detail if str(detail) != str(saying.what) else ""
    return HttpResponse(render_to_string("panorama/problem.html", context, request=None), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400; a body beyond the limit is 413."""
    return system_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return system_page(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly a page that stayed open longer than its session."""
    detail = _("This page was open too long, or cookies are switched off. Load it again and repeat.")
    return system_page(request, 403, detail=detail, code="csrf")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return system_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    return system_page(request, 500)
