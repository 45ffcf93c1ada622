"""Signing in: name and password, then the second factor; the page of an account that is locked for a while."""

import json
from datetime import datetime
from ipaddress import ip_address
from math import ceil
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.socialaccount.adapter import get_adapter as get_providers
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from mdm.backoffice.preferences import shown_with
from mdm.errors import NotAllowed, Text
from security.authentication import ending
from security.authentication.attempts import Locked
from security.authentication.factors import Type, check_code, kinds_of
from security.authentication.policy import policy
from security.models import User

#: Why a session is over, as the sign-in page says it.
ENDED: dict[str, Text] = {
    "idle": _("You were signed out because nothing was done for a while."),
    "age": _("You were signed out because the longest time of a session was over."),
    "remote": _("Your session was ended from another place."),
    "elsewhere": _("You were signed out because you signed in at another place."),
    "closed": _("Your session was ended by an administrator."),
    "password": _("Sign in with your new password."),
}


class StaffLoginForm(forms.Form):
    """One text for every failure, so that nobody learns which names exist."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, widget=forms.PasswordInput)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Ask the backend; it counts the guess and may raise Locked. Who knows the password is told why it is over."""
        told = super().clean() or {}
        if not self.errors:
            try:
                found = authenticate(self.request, username=told["username"], password=told["password"])
            except NotAllowed as refusal:
                raise forms.ValidationError(str(refusal.message), code=refusal.code) from None
            if not isinstance(found, User):
                raise forms.ValidationError(
                    _("User name or password is not right, or the account is not open for staff."),
                    code="invalid_login",
                )
            self.user = found
        return told


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    target = next_address(request)
    if request.method == "GET" and request.user.is_authenticated:
        return HttpResponseRedirect(target)
    form = StaffLoginForm(request, request.POST if request.method == "POST" else None)
    try:
        if form.is_valid() and form.user is not None:
            login = Login(user=form.user, redirect_url=target)
            return perform_password_login(request, {}, login)  # type: ignore[no-any-return]
    except Locked as lock:
        ending.refused(request, at=timezone.now(), result="locked")
        return locked(request, lock, timezone.now())
    except ImmediateHttpResponse as answer:
        return answer.response  # type: ignore[no-any-return]
    if form.is_bound:
        ending.refused(request, at=timezone.now())
    context = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "ended": ENDED.get(request.GET.get("ended", ""), ""),
        "passkeys": takes_passkeys(request),
        "provider": provider_of(request),
        **shown_with(request),
    }
    return render(request, "admin/login.html", context)


@never_cache
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")  # type: ignore[untyped-decorator]
def second_step(request: HttpRequest) -> HttpResponse:
    """After the password: a code of the app, a recovery code, or a passkey."""
    stage: Any = request._login_stage  # type: ignore[attr-defined]
    user, at = stage.login.user, timezone.now()
    wrong: Text = ""
    kinds = kinds_of(user)
    if request.method == "POST":
        try:
            found = _shown(request, user, at)
        except Locked as lock:
            ending.refused(request, at=at, user=user, result="locked")
            return locked(request, lock, at)
        if found is not None:
            post_authentication(request, found)
            return stage.exit()  # type: ignore[no-any-return]
        ending.refused(request, at=at, user=user, result="wrong_factor")
        wrong = _("This is not right. A code is taken once only; wait for the next one.")
    passkey = passkey_options(request, user, kinds)
    context = {"wrong": wrong, "passkey": passkey, "has_app": Type.TOTP in kinds, **shown_with(request)}
    return render(request, "panorama/second_step.html", context, status=422 if wrong else 200)


@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """GET tells a script what to ask the browser for; POST brings the passkey, which is proof enough."""
    if request.method == "GET":
        return JsonResponse({"request_options": begin_authentication(None)})
    form = LoginWebAuthnForm(request.POST)
    if not form.is_valid():
        ending.refused(request, at=timezone.now(), result="wrong_factor")
        messages.error(request, _("This passkey is not known here. Use your password."))
        return HttpResponseRedirect(reverse("admin:login"))
    shown = form.cleaned_data["credential"]
    login = Login(user=shown.user, redirect_url=next_address(request))
    return perform_passwordless_login(request, shown, login)  # type: ignore[no-any-return]


def _shown(request: HttpRequest, user: User, at: datetime) -> Authenticator | None:
    """The factor that was shown; None for none that is right."""
    if "credential" in request.POST:
        form = AuthenticateWebAuthnForm(request.POST, user=user)
        return form.cleaned_data["credential"] if form.is_valid() else None
    return check_code(user, request.POST.get("code", "")[:40], at=at)


def locked(request: HttpRequest, lock: Locked, at: datetime) -> HttpResponse:
    """How long, and whom to ask; the name that was typed is not repeated."""
    wait = (lock.until - at) if lock.until else policy.lock
    minutes = max(1, ceil(wait.total_seconds() / 60))
    body = render_to_string("registration/locked.html", {"minutes": minutes, **shown_with(request)}, request)
    return HttpResponse(
        body, status=429, headers={"Retry-After": str(minutes * 60), "Cache-Control": "no-store"}
    )


def next_address(request: HttpRequest) -> str:
    """Where the reader wanted to, if it is one of our addresses."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else reverse("admin:index")


def takes_passkeys(request: HttpRequest) -> bool:
    """Passkeys belong to a host name; a bare network address has none (WebAuthn level 2, 5.1.2)."""
    try:
        ip_address(request.get_host().rpartition(":")[0].strip("[]") or request.get_host())
    except ValueError:
        return True
    return False


def passkey_options(request: HttpRequest, user: Any, kinds: set[str]) -> str:
    """What the browser needs to ask for one of the account's passkeys, as JSON; empty without one."""
    asked = Type.WEBAUTHN in kinds and takes_passkeys(request)
    return json.dumps(begin_authentication(user)) if asked else ""


def provider_of(request: HttpRequest) -> dict[str, str]:
    """The bank's identity provider as the sign-in page offers it; empty without one."""
    if not settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]:
        return {}
    found = get_providers().get_provider(request, "bank")
    return {"name": found.app.name, "url": found.get_login_url(request)}
