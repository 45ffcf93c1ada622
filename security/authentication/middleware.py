"""Around every page: who is using it, so that an idle session ends, and why a session had ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from security.authentication.policy import policy
from security.authentication.sessions import SessionStore
from security.models import Session

#: A session is written at most this often to say that it is used.
GRAIN = timedelta(seconds=30)


class SessionUseMiddleware:
    """Notes use; a part of a page that refreshes itself is not use, so an open screen does not keep one alive."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session = request.session
        if isinstance(session, SessionStore) and request.user.is_authenticated and _is_use(request):
            note_use(session, timezone.now())
        response = self.get_response(request)
        return _told_why(request, response)


def note_use(session: SessionStore, at: datetime) -> None:
    """Move the time of last use on."""
    row = session.row
    if row is not None and at - row.last_seen_at >= min(GRAIN, policy.idle / 4):
        Session.objects.filter(pk=row.pk, ended_at=None).update(last_seen_at=at)


def _is_use(request: HttpRequest) -> bool:
    return not (request.method == "GET" and request.headers.get("HX-Request"))


def _told_why(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The way to the sign-in page carries why the session is over."""
    over = getattr(request.session, "over", "")
    target = response.headers.get("Location", "")
    if over and over != "out" and target.startswith(reverse("admin:login")):
        join = "&" if "?" in target else "?"
        response.headers["Location"] = f"{target}{join}{urlencode({'ended': over})}"
    return response
