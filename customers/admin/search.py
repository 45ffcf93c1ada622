"""Typed search: one box that recognises what was typed. What was typed never stands in an address."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import export_url
from customers.rules.search_text import KINDS, put_together
from customers.selectors.search import search
from customers.selectors.search_terms import open_term, seal_term
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import open_page, page, render_page
from mdm.errors import Invalid

VIEW = "customer.view"
#: How long the address of a result page answers, in seconds.
KEPT_FOR = 30 * 60
#: Longest text that is searched for.
LONGEST = 200

menu.add(menu.Item("work", _("Search"), "admin:search", "search", VIEW, order=20))


@page("search/", "search", VIEW)
def ask(request: HttpRequest) -> HttpResponse:
    """The box; a posted term is sealed, kept for a while and named by a token in the address."""
    if request.method != "POST":
        return render_page(
            request, "panorama/search.html", {"title": _("Search"), "examples": EXAMPLES, "known": KNOWN}
        )
    known = {kind: request.POST.get(kind, "") for kind in KINDS}
    term = put_together(request.POST.get("term", "").strip(), known).strip()[:LONGEST]
    if not term:
        return HttpResponseRedirect(reverse("admin:search"))
    return HttpResponseRedirect(
        reverse("admin:search_found", args=[_keep(term, user_id_of(request))]), status=303
    )


@page("search/<str:token>/", "search_found", VIEW)
def found(request: HttpRequest, token: str) -> HttpResponse:
    """The results of a search; its token answers its own user only."""
    term = kept(token, user_id_of(request))
    context: dict[str, Any] = {
        "title": _("Search"),
        "examples": EXAMPLES,
        "known": KNOWN,
        "create_url": open_page("onboarding", actor_of(request)),
        "export_url": _export_url(request, token),
    }
    if term is None:
        return render_page(request, "panorama/search.html", {**context, "over": True}, status=404)
    try:
        result = search(actor_of(request), term, at=timezone.now())
    except Invalid as refusal:
        return render_page(request, "panorama/search.html", {**context, "refusal": refusal}, status=422)
    return render_page(request, "panorama/search.html", {**context, "result": result})


def _export_url(request: HttpRequest, token: str) -> str:
    """Where these results are exported, for who may; the address names the token, not the term."""
    return export_url(actor_of(request), "customers", "?" + urlencode({"found": token}))


def _keep(term: str, user_id: int) -> str:
    """The token of a term; only its ciphertext is kept, bound to the user."""
    token = secrets.token_urlsafe(16)
    cache.set(_name(token), seal_term(user_id, term), KEPT_FOR)
    return token


def kept(token: str, user_id: int) -> str | None:
    """The term of a token; None where its time is over or it is another user's."""
    stored = cache.get(_name(token))
    if not isinstance(stored, bytes) or not token.isascii():
        return None
    return open_term(user_id, stored)


def _name(token: str) -> str:
    return f"screen:search:{token[:40]}"


def user_id_of(request: HttpRequest) -> int:
    """Whose search it is."""
    return int(actor_of(request).user_id or 0)


#: What the empty page offers, in the order of how often it is in hand.
EXAMPLES = (
    (_("Document number"), _("resident ID, passport, permit, unified social credit code, whole")),
    (_("Telephone or e-mail"), _("whole, with or without the country code")),
    (_("Name"), _("whole or its beginning, from two characters; also a firm’s registered or short name")),
    (_("Pinyin"), _("whole or initials, such as zhangwei or zw")),
    (_("Name and more"), _("a name and a birth date or year, last four signs of a number, 138…, a city")),
    (_("Customer number"), _("a C and eleven digits; an old number of a merged customer also answers")),
)
#: What may be told besides the name: kind of piece, what it is called, an example.
KNOWN = (
    ("born", _("Birth date, month or year"), "1980-05-12"),
    ("ends", _("Last four signs of a number"), "002X"),
    ("phone", _("Telephone begins with"), "138"),
    ("place", _("City or district"), "深圳"),
    ("branch", _("Branch code"), "1100"),
)
