"""The page that asks who is at the keyboard once more, before a sensitive step (`security.authentication`)."""

from datetime import datetime
from typing import Any

from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from mdm.backoffice.access import actor_of
from mdm.backoffice.login import locked, next_address, passkey_options
from mdm.backoffice.pages import page, render_page
from security.audit.log import record
from security.authentication.attempts import Locked
from security.authentication.factors import Type, check_code, has_factor, kinds_of
from security.authentication.freshness import prove


@page("prove/", "prove")
@sensitive_post_parameters("password", "code")
def prove_page(request: HttpRequest) -> HttpResponse:
    """Ask for code or passkey, of those who have neither for the password, then go on to where the reader wanted to."""
    at, user = timezone.now(), request.user
    if request.method == "POST":
        try:
            how = _shown(request, at)
        except Locked as lock:
            return locked(request, lock, at)
        with transaction.atomic():
            result = "ok" if how else "refused"
            record(actor_of(request), "session.prove", at, subject="session", result=result)
        if how:
            prove(request.session, at)
            return HttpResponseRedirect(next_address(request))
    kinds = kinds_of(user)  # type: ignore[arg-type]
    context: dict[str, Any] = {
        "title": _("Show once more that it is you"),
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "has_password": _takes_password(user),
        "has_code": bool(kinds - {Type.WEBAUTHN}),
        "passkey": passkey_options(request, user, kinds),
        "wrong": request.method == "POST",
    }
    return render_page(
        request, "panorama/prove.html", context, status=422 if request.method == "POST" else 200
    )


@page("stay/", "stay")
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there: the session goes on."""
    return HttpResponse(status=204)


def _takes_password(user: Any) -> bool:
    """Whether the password proves enough: not of who has a second factor, else a stolen one would do alone."""
    return bool(user.has_usable_password()) and not has_factor(user)


def _shown(request: HttpRequest, at: datetime) -> bool:
    """Whether what was shown is right. Raises Locked after too many that are not."""
    told, user = request.POST, request.user
    if "credential" in told:
        return bool(AuthenticateWebAuthnForm(told, user=user).is_valid())
    if told.get("code"):
        return check_code(user, told["code"][:40], at=at) is not None  # type: ignore[arg-type]
    if not _takes_password(user):
        return False
    return authenticate(request, username=user.get_username(), password=told.get("password", "")) is not None
