"""Sensitive steps ask for fresh proof: who did not show a password, code or passkey lately does so now.

For the pages that show clear values, export, use keys or give rights:

    @fresh                       # a view, or a method of a view or admin
    def unmask(request, ...): ...

    @fresh(methods=("POST",))    # the form may be read, sending it needs fresh proof
    @fresh(within=timedelta(minutes=2))

Signing in counts as proof. `within` defaults to the policy's `step_up` (`PANORAMA_STEP_UP_MINUTES`, 10).
Outside a view ask `is_fresh(request)`, or `require_fresh(request)`, which raises NotAllowed `auth.step_up`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, overload
from urllib.parse import urlencode, urlsplit

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed
from security.authentication.policy import policy

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

#: Where a session keeps the time of the last proof (seconds since 1970).
PROVED_AT = "panorama_proved_at"
#: The page that asks for proof.
PROVE_PAGE = "admin:prove"


def prove(session: SessionBase, at: datetime) -> None:
    """Remember that whoever holds this session showed a password, code or passkey at `at`."""
    session[PROVED_AT] = at.timestamp()


def proved_at(session: SessionBase) -> datetime | None:
    """When that was; None where it never was."""
    seconds = session.get(PROVED_AT)
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None


def is_fresh(request: HttpRequest, *, within: timedelta | None = None, at: datetime | None = None) -> bool:
    """Whether the signed-in person gave proof at most `within` before `at` (now)."""
    last = proved_at(request.session) if request.user.is_authenticated else None
    return last is not None and (at or timezone.now()) - last < (within or policy.step_up)


def require_fresh(request: HttpRequest, *, within: timedelta | None = None) -> None:
    """Raise NotAllowed `auth.step_up` where the proof is not fresh."""
    if not is_fresh(request, within=within):
        raise NotAllowed("auth.step_up", _("Show once more that it is you."))


@overload
def fresh(view: V) -> V:
    """For a view, or a method that is one."""


@overload
def fresh(*, within: timedelta | None = None, methods: Sequence[str] | None = None) -> Callable[[V], V]:
    """For some methods of HTTP, or with another age of the proof."""


def fresh(view: Any = None, *, within: timedelta | None = None, methods: Sequence[str] | None = None) -> Any:
    """Let the view run only with fresh proof; else the browser asks for it first and comes back."""

    def guard(guarded: V) -> V:
        @wraps(guarded)
        def run(*args: Any, **kwargs: Any) -> HttpResponseBase:
            request = next(found for found in args if isinstance(found, HttpRequest))
            asked = methods is None or request.method in methods
            if asked and not is_fresh(request, within=within):
                return ask_for_proof(request)
            return guarded(*args, **kwargs)

        return run  # type: ignore[return-value]

    return guard if view is None else guard(view)


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """To the page that asks for proof and back; what was posted is typed again, it is never kept."""
    address = f"{reverse(PROVE_PAGE)}?{urlencode({'next': _way_back(request)})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _way_back(request: HttpRequest) -> str:
    """The page the reader was on: of a posted form the page that holds it."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    ours = shown.netloc == request.get_host()
    return shown._replace(scheme="", netloc="").geturl() if ours else reverse("admin:index")
