"""While the root key is sealed: every business address answers 503, health stays up, custodians unseal.

Only where the key agent holds the root key (`PANORAMA_ROOT_KEY_PROVIDER=agent`). The page asks nobody to
sign in: nobody can while keys are sealed, and a share proves itself. It opens the machine that answers it;
a bank with several machines unseals each.
"""

import socket
import time
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mdm.backoffice.problems import refused
from mdm.conf import conf
from mdm.errors import Invalid, Unavailable
from mdm.rest.middleware import API_PREFIX
from mdm.rest.problems import problem
from security.access.actor import system_actor
from security.audit.log import record
from security.crypto.agent_client import agent_client
from security.crypto.keyring import keyring
from security.crypto.providers import provider_name

#: Seconds between two looks at the agent.
RECHECK = 1.0
#: What answers while everything is sealed.
OPEN_PATHS = ("/healthz/", "/metrics", "/unseal/", settings.STATIC_URL)
_RETRY = "30"


class SealedMiddleware:
    """Refuses with `key.sealed` what needs keys, until the agent of this machine was unsealed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if provider_name(conf) != "agent":
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._looked, self._refusal = -RECHECK, None  # type: tuple[float, Unavailable | None]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = self._look()
        if refusal is None:
            return self.get_response(request)
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)  # sessions are sealed too
        if request.path_info.startswith(OPEN_PATHS):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            answer = _refused(request, refusal)
        answer.headers["Retry-After"] = _RETRY
        return answer

    def _look(self) -> Unavailable | None:
        if time.monotonic() - self._looked > RECHECK:
            self._refusal = sealed_now()
            self._looked = time.monotonic()
        return self._refusal


def _refused(request: HttpRequest, refusal: Unavailable) -> HttpResponse:
    if request.path_info.startswith(API_PREFIX):
        return problem(request, refusal)
    return refused(request, refusal)


def sealed_now() -> Unavailable | None:
    """Why keys cannot be used on this machine now, `key.sealed` or `key.agent_down`; opened keys are dropped."""
    try:
        agent_client(conf).check_open()
    except Unavailable as refusal:
        keyring.forget()
        return refusal
    return None


class SecretForm(forms.Form):
    """One share, or the passphrase; never sent back to the browser."""

    secret = forms.CharField(
        label=_("Share"),
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unseal(request: HttpRequest) -> HttpResponse:
    """How far unsealing has come on this machine; takes one share. 404 where no agent is used."""
    if provider_name(conf) != "agent":
        raise Http404
    client, form = agent_client(conf), SecretForm(request.POST or None)
    try:
        status = client.status()
        if form.is_valid() and status["sealed"]:
            op = "share" if status["kind"] == "shares" else "passphrase"
            told = client.ask(op, text=form.cleaned_data["secret"])
            _note(request, told)
            return HttpResponseRedirect(request.path)
    except Invalid as refusal:
        form.add_error("secret", str(refusal.message))
        _note(request, status, result=refusal.code)
    except Unavailable as refusal:
        return refused(request, refusal)
    return render(request, "panorama/unseal.html", _shown(status, form), status=422 if form.errors else 200)


def _shown(status: dict[str, Any], form: SecretForm) -> dict[str, Any]:
    given = status["given"]
    return {
        "title": _("Unseal the keys"),
        "status": status,
        "form": form,
        "machine": socket.gethostname(),
        "custodians": [
            {"number": number, "name": name, "given": number in given}
            for number, name in enumerate(status["holders"], start=1)
        ],
        "missing": status["needed"] - len(given),
    }


def _note(request: HttpRequest, told: dict[str, Any], result: str = "ok") -> None:
    """The operation log says that a share was given, by number, never the share."""
    address = request.META.get("REMOTE_ADDR") or None
    actor = system_actor("unseal", []).asking(request.META.get("HTTP_X_REQUEST_ID", ""), address)
    fields: dict[str, Any] = {
        name: told[name] for name in ("sealed", "given", "needed", "accepted") if name in told
    }
    with transaction.atomic():
        record(actor, "key.unseal", timezone.now(), subject="key", fields=fields, result=result)
