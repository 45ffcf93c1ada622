"""How a reader wants the pages: language (profile, cookie, browser), light or dark, keys on or off."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from security.models import User

THEMES = ("auto", "light", "dark")
THEME_COOKIE, KEYS_COOKIE = "panorama_theme", "panorama_keys"
_YEAR = 365 * 24 * 3600


def shown_with(request: HttpRequest) -> dict[str, Any]:
    """What templates need to draw a page the reader's way."""
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "theme": theme if theme in THEMES else "auto",
        "keys": "off" if request.COOKIES.get(KEYS_COOKIE) == "off" else "on",
        "languages": settings.LANGUAGES,
    }


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language, for this browser and for the signed-in user's profile."""
    response = _back(request)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        remember_language(response, chosen)
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response


@require_POST
def set_display(request: HttpRequest) -> HttpResponse:
    """Switch light and dark, or the keys."""
    response = _back(request)
    if request.POST.get("theme") in THEMES:
        _remember(response, THEME_COOKIE, request.POST["theme"])
    if request.POST.get("keys") in ("on", "off"):
        _remember(response, KEYS_COOKIE, request.POST["keys"])
    return response


def remember_language(response: HttpResponse, language: str) -> None:
    """Have the browser send `language` from now on; nothing where the profile names none."""
    if language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=_YEAR, secure=secure, httponly=True, samesite="Strict")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the switch was on, if it is one of ours."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if ours else reverse("admin:index"))
