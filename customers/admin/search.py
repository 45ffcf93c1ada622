"""Typed search: one box that recognises what was typed. What was typed never stands in an address."""

import secrets
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.selectors.search import search
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, Unavailable
from security.crypto import purposes
from security.crypto.sealed import SealedColumn

VIEW = "customer.view"
#: How long the address of a result page answers, in seconds.
KEPT_FOR = 30 * 60
#: Longest text that is searched for.
LONGEST = 200

_PURPOSE = purposes.register("screen.search_term", "party-pii")
_SEALED = SealedColumn(_PURPOSE.name, "free_text")

menu.add(menu.Item("work", _("Search"), "admin:search", "search", VIEW, order=20))


@page("search/", "search", VIEW)
def ask(request: HttpRequest) -> HttpResponse:
    """The box; a posted term is sealed, kept for a while and named by a token in the address."""
    if request.method != "POST":
        return render_page(request, "panorama/search.html", {"title": _("Search"), "examples": EXAMPLES})
    term = request.POST.get("term", "").strip()[:LONGEST]
    if not term:
        return HttpResponseRedirect(reverse("admin:search"))
    return HttpResponseRedirect(
        reverse("admin:search_found", args=[_keep(term, _user_id(request))]), status=303
    )


@page("search/<str:token>/", "search_found", VIEW)
def found(request: HttpRequest, token: str) -> HttpResponse:
    """The results of a search; its token answers its own user only."""
    term = _kept(token, _user_id(request))
    context: dict[str, Any] = {
        "title": _("Search"),
        "examples": EXAMPLES,
        "may_create": actor_of(request).may("customer.create"),
    }
    if term is None:
        return render_page(request, "panorama/search.html", {**context, "over": True}, status=404)
    try:
        result = search(actor_of(request), term, at=timezone.now())
    except Invalid as refusal:
        return render_page(request, "panorama/search.html", {**context, "refusal": refusal}, status=422)
    return render_page(request, "panorama/search.html", {**context, "result": result})


def _keep(term: str, user_id: int) -> str:
    """The token of a term; only its ciphertext is kept, bound to the user."""
    token = secrets.token_urlsafe(16)
    cache.set(_name(token), _SEALED.seal(user_id, term), KEPT_FOR)
    return token


def _kept(token: str, user_id: int) -> str | None:
    """The term of a token; None where its time is over or it is another user's."""
    stored = cache.get(_name(token))
    if not isinstance(stored, bytes) or not token.isascii():
        return None
    try:
        return _SEALED.open_text(user_id, stored)
    except Unavailable as refusal:
        if refusal.code != "crypto.tampered":
            raise
        return None


def _name(token: str) -> str:
    return f"screen:search:{token[:40]}"


def _user_id(request: HttpRequest) -> int:
    return int(actor_of(request).user_id or 0)


#: What the empty page offers, in the order of how often it is in hand.
EXAMPLES = (
    (_("Document number"), _("resident ID, passport, permit, unified social credit code, whole")),
    (_("Telephone or e-mail"), _("whole, with or without the country code")),
    (_("Name"), _("whole or its beginning, from two characters; also a firm’s registered or short name")),
    (_("Pinyin"), _("whole or initials, such as zhangwei or zw")),
    (_("Customer number"), _("a C and eleven digits; an old number of a merged customer also answers")),
)
