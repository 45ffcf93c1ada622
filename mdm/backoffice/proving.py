"""The page that asks who is at the keyboard once more, before a sensitive step (`security.authentication`)."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.pages import page, render_page
from security.authentication.freshness import prove


class PasswordForm(forms.Form):
    """The password of whoever is signed in."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Refused unless it is this account's."""
        told: str = self.cleaned_data["password"]
        name = self.request.user.get_username()
        if authenticate(self.request, username=name, password=told) is None:
            raise forms.ValidationError(_("This is not your password."), code="password")
        return told


@page("prove/", "prove")
def prove_page(request: HttpRequest) -> HttpResponse:
    """Ask for proof, then go on to where the reader wanted to."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    form = PasswordForm(request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid():
        prove(request.session, timezone.now())
        return HttpResponseRedirect(_ours(request, target))
    context = {"title": _("Show once more that it is you"), "form": form, "next": target}
    return render_page(
        request, "panorama/prove.html", context, status=422 if request.method == "POST" else 200
    )


def _ours(request: HttpRequest, target: str) -> str:
    """The address, if it is one of ours."""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else reverse("admin:index")
