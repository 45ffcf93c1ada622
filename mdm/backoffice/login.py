"""Signing in: the form, and the page of an account that is locked for a while."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.preferences import shown_with
from security.access.actor import system_actor
from security.audit.log import record
from security.authentication.freshness import prove
from security.models import User


class StaffLoginForm(AdminAuthenticationForm):
    """One text for every failure, so that nobody learns which names exist."""

    error_messages = {
        "invalid_login": _("User name or password is not right, or the account is not open for staff."),
        "inactive": _("User name or password is not right, or the account is not open for staff."),
    }


def locked(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: how long, and whom to ask; the name that was typed is not repeated."""
    wait = get_cool_off(request) or timedelta()
    minutes = max(1, round(wait.total_seconds() / 60))
    body = render_to_string("registration/locked.html", {"minutes": minutes, **shown_with(request)}, request)
    return HttpResponse(
        body, status=429, headers={"Retry-After": str(minutes * 60), "Cache-Control": "no-store"}
    )


def note_sign_in(request: HttpRequest) -> None:
    """One row of the operation log for a sign-in, and for one that was refused (without the name that was
    typed: people type passwords there)."""
    if isinstance(request.user, User):
        prove(request.session, timezone.now())
        record(actor_of(request), "session.begin", timezone.now(), subject="session")
        return
    nobody = system_actor("sign-in", (), channel="COUNTER").asking("", request.META.get("REMOTE_ADDR"))
    record(nobody, "session.begin", timezone.now(), subject="session", result="refused")
