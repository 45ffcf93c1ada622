"""Signing in through the bank's identity provider (OpenID Connect, authorisation code flow with PKCE).

The session's cookie is SameSite=Strict, so the browser leaves it out when the provider sends it back.
The page it then gets is ours and loads the same address once more: that request comes from us and
brings the cookie, with the state that the answer is checked against.
"""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from mdm.backoffice.preferences import shown_with

#: Marks the address that our own page has loaded, so that a browser without cookies is not sent in circles.
_AGAIN = "again"


@require_POST
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the identity provider."""
    try:
        return views.login(request, provider_id)  # type: ignore[no-any-return]
    except ImmediateHttpResponse as answer:
        return answer.response  # type: ignore[no-any-return]


@require_GET
@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the identity provider with a code."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and _AGAIN not in request.GET:
        address = f"{request.get_full_path()}&{_AGAIN}=1"
        return render(request, "panorama/coming_back.html", {"address": address, **shown_with(request)})
    try:
        return views.callback(request, provider_id)  # type: ignore[no-any-return]
    except ImmediateHttpResponse as answer:
        return answer.response  # type: ignore[no-any-return]
