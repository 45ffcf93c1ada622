"""“My security”: one's own password, second factors and sessions."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_registration
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.login import locked, takes_passkeys
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, ServiceError
from security.authentication import ending
from security.authentication.attempts import Locked
from security.authentication.duties import duty_of, needs_factor
from security.authentication.factors import LABELS, Type, left_over, proper_factors, qr_code
from security.authentication.freshness import fresh
from security.authentication.passwords import must_change, state_of
from security.authentication.policy import policy
from security.authentication.sessions import digest_of
from security.models import User
from security.selectors.sign_in import helped_back, own_sessions
from security.services import second_factors, sign_in

#: Where new recovery codes wait for the page that tells them once.
_CODES = "panorama_new_codes"
HOME = "admin:own_security"


@page("my-security/", "own_security")
def overview(request: HttpRequest) -> HttpResponse:
    """How I sign in, and where I am signed in."""
    user, at = _me(request), timezone.now()
    actor = actor_of(request)
    own = digest_of(request.session.session_key or "")
    factors = proper_factors(user)
    context = {
        "title": _("My security"),
        "state": state_of(user, at=at),
        "lifetime": policy.password_lifetime.days,
        "factors": [_drawn(row) for row in factors],
        "has_app": any(row.type == Type.TOTP for row in factors),
        "codes_left": left_over(user),
        "required": needs_factor(user, at=at),
        "passkeys": takes_passkeys(request),
        "helped": helped_back(actor, at=at),
        "sessions": [(row, row.digest == own) for row in own_sessions(actor, at=at)],
        "policy": policy,
        "duty": duty_of(request, at=at),
    }
    return render_page(request, "panorama/security/overview.html", context)


def _drawn(row: Any) -> dict[str, Any]:
    label = LABELS[Type(row.type)]
    return {"row": row, "kind": label, "name": row.data.get("name", label)}


@page("my-security/app/", "own_app")
@fresh
def add_app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: its picture, then the first code it shows."""
    user, wrong = _me(request), ""
    secret = get_totp_secret(regenerate=request.method != "POST")
    if request.method == "POST":
        try:
            codes = second_factors.add_app(
                actor_of(request), user, secret, request.POST.get("code", "")[:20], at=timezone.now()
            )
        except Invalid as refusal:
            wrong = str(refusal.message)
        else:
            clear_totp_secret(request)
            return _done(request, codes, _("The authenticator app is in use."))
    address = get_adapter().build_totp_url(user, secret)
    grouped = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    context = {"title": _("Set up an authenticator app"), "picture": qr_code(address), "secret": grouped}
    context |= {"wrong": wrong, "crumbs": _crumbs()}
    return render_page(request, "panorama/security/app.html", context, status=422 if wrong else 200)


@page("my-security/passkey/", "own_passkey")
@fresh
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Make a passkey on this device or on a security key."""
    user, wrong = _me(request), False
    if request.method == "POST":
        form = AddWebAuthnForm(_passwordless(request), user=user)
        if form.is_valid():
            told = form.cleaned_data
            codes = second_factors.add_passkey(
                actor_of(request), user, told["name"], told["credential"], at=timezone.now()
            )
            return _done(request, codes, _("The passkey is in use."))
        wrong = True
    context = {"title": _("Add a passkey"), "crumbs": _crumbs(), "wrong": wrong}
    context |= {"options": json.dumps(begin_registration(user, True)), "passkeys": takes_passkeys(request)}
    return render_page(request, "panorama/security/passkey.html", context, status=422 if wrong else 200)


def _passwordless(request: HttpRequest) -> Any:
    """What was sent, as a passkey: one that asks its holder for a finger, a face or a PIN."""
    told = request.POST.copy()
    told["passwordless"] = "on"
    return told


def _posted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only by POST, with fresh proof; a refusal becomes a message on the overview."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ServiceError as refusal:
            messages.error(request, str(refusal.message))
            return HttpResponseRedirect(reverse(HOME))

    return require_POST(fresh(run))


@page("my-security/factor/<int:factor_id>/remove/", "own_factor_remove")
@_posted
def remove_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove one second factor."""
    second_factors.remove(actor_of(request), _me(request), factor_id, at=timezone.now())
    return _done(request, [], _("The second factor was removed."))


@page("my-security/codes/renew/", "own_codes_renew")
@_posted
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in place of the old ones."""
    codes = second_factors.renew_codes(actor_of(request), _me(request), at=timezone.now())
    return _done(request, codes, _("The old recovery codes no longer hold."))


@page("my-security/codes/", "own_codes")
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, told this once."""
    codes = request.session.pop(_CODES, None)
    if not codes:
        return HttpResponseRedirect(reverse(HOME))
    context = {"title": _("Your recovery codes"), "crumbs": _crumbs(), "codes": codes}
    response = render_page(request, "panorama/security/codes.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@page("my-security/session/<int:session_id>/end/", "own_session_end")
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End another session of mine; this needs no fresh proof, it must be quick."""
    try:
        sign_in.end_own_session(actor_of(request), session_id, at=timezone.now())
    except ServiceError as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The session was ended."))
    return HttpResponseRedirect(reverse(HOME))


class PasswordForm(forms.Form):
    """The old password once, the new one twice."""

    required_css_class = "must"
    old_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=_("The new password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("new_password1") != told.get("new_password2"):
            self.add_error("new_password2", _("The two new passwords differ."))
        return told


@page("password_change/", "password_change")
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password of one's own; the other sessions end, and so does this one: it signs in anew."""
    user, at = _me(request), timezone.now()
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            sign_in.change_password(
                actor_of(request), user, told["old_password"], told["new_password1"], at=at
            )
        except Locked as lock:
            return locked(request, lock, at)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _go_on(request, user)
    context = {
        "title": _("Change password"),
        "form": form,
        "why": must_change(user, at=at),
        "policy": policy,
        "lifetime": policy.password_lifetime.days,
    }
    return render_page(
        request, "registration/password_change_form.html", context, 422 if form.is_bound else 200
    )


def _go_on(request: HttpRequest, user: User) -> HttpResponse:
    """This session goes on under the new password; every other one has ended with the old."""
    update_session_auth_hash(request, user)
    ending.other_sessions(request, user, at=timezone.now())
    return HttpResponseRedirect(reverse("admin:password_change_done"))


def _done(request: HttpRequest, codes: list[str], text: Any) -> HttpResponse:
    """To the overview, or first to the new recovery codes."""
    messages.success(request, text)
    if codes:
        request.session[_CODES] = codes
        return HttpResponseRedirect(reverse("admin:own_codes"))
    return HttpResponseRedirect(reverse(HOME))


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _crumbs() -> list[dict[str, Any]]:
    return [{"url": reverse(HOME), "label": _("My security")}]
