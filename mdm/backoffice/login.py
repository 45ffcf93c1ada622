"""Signing in: the form, and the page of an account that is locked for a while."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.preferences import shown_with


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
