"""The board of special information: what waits, by kind, and how much there is."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.admin.saved_views import show_views
from customers.admin.view_bar import views_of
from customers.selectors.rows import Entry
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Cell, Column, Filter, Listing, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import field_of
from mdm.codes import get as code_list
from mdm.paging import Page
from mdm.subjects import registry
from security.access.actor import Actor
from special_info.rules.rights import TAX
from special_info.selectors.undeclared import MOST, NAME, WHY, Undeclared, undeclared
from special_info.selectors.worklists import KINDS, Kind, Statistics, counts, statistics, worklist

#: The page of a record of each kind.
PAGES = {
    "tax": "tax_declaration",
    "investor": "investor_assessment",
    "agency": "agency_agreement",
    "batch": "agency_batch",
}
#: The columns of a list besides the customer: the first leads to the record.
COLUMNS = {
    "tax": ("certification_no", "residency_status", "entity_class", "change_notice_due"),
    "investor": ("assessment_no", "regime", "branch_met", "qualified_until"),
    "agency": ("agreement_no", "purpose", "ends_on"),
    "batch": ("batch_no", "pay_on", "line_count", "flawed_lines"),
}
#: The lists of the board by the name under which views of them are kept.
VIEWED = "special"
#: Who is to be asked: what the list may be narrowed by, and the colours of its reasons.
ASKED = _("To be asked for a self-certification")
_LISTS = [(one.name, one.label) for kind in KINDS.values() for one in kind.lists]
UNDECLARED = (
    Filter("why", _("Why"), choices=WHY.items),
    Filter("party_type", _("Kind of customer"), choices=lambda: code_list("party_type").choices()),
    Filter("org", _("Branch code"), kind="text"),
)
WHY_TONES = {"overdue": "bad", "due": "warn", "rejected": "warn", "waiting": "info"}


@page("special/", "special", "customer.view")
def board(request: HttpRequest) -> HttpResponse:
    """One kind at a time: its lists with their counts, the list that was chosen, the figures."""
    actor, at = actor_of(request), timezone.now()
    kind = KINDS.get(request.GET.get("kind", ""), KINDS["tax"])
    asked = request.GET.get("list", "") == NAME and kind.name == "tax"
    how_many = counts(actor, kind.name, at=at)
    drawn = _asked(actor, request, at) if asked else _waiting(actor, request, kind, at)
    context = {
        "title": _("Special information"),
        "kinds": [
            {"label": one.label, "url": f"?kind={one.name}", "current": one is kind} for one in KINDS.values()
        ],
        "lists": [_tile(kind, name, count, drawn.query) for name, count in how_many.items()],
        "listing": drawn,
        "views": views_of(actor, VIEWED, drawn.query),
        "figures": _figures(kind, statistics(actor, kind.name, at=at)),
    }
    return render_page(request, "panorama/special/board.html", context)


def _tile(kind: Kind, name: str, count: int, query: ListQuery) -> dict[str, Any]:
    """A list with its count, as the board shows it above."""
    one = next((one for one in kind.lists if one.name == name), None)
    return {
        "label": one.label if one else ASKED,
        "count": count,
        "more": name == NAME and count >= MOST,
        "tone": (one.tone if one else "warn") if count else "",
        "url": f"?kind={kind.name}&list={name}",
        "current": query.filters["list"] == name,
    }


def _waiting(actor: Actor, request: HttpRequest, kind: Kind, at: datetime) -> Listing:
    """The records of a list that waits."""
    names = [one.name for one in kind.lists]
    chosen = request.GET.get("list", "")
    query = _query(request, kind.name, chosen if chosen in names else names[0], ())
    name = query.filters["list"]
    return _listing(
        kind, name, worklist(actor, kind.name, name, at=at, after=query.after_id, size=query.size), query
    )


def _asked(actor: Actor, request: HttpRequest, at: datetime) -> Listing:
    """Who is to be asked for a self-certification, each with the page where it is registered."""
    query = _query(request, "tax", NAME, UNDECLARED)
    narrow = {name: value for name, value in query.filters.items() if name not in ("kind", "list")}
    found = undeclared(actor, at=at, after=query.after_id, size=query.size, filters=narrow)
    columns: list[Column[Undeclared]] = [
        Column(
            _("Customer"),
            lambda row: Cell(row.display_name or "—", url=customer_url(row.customer_no), main=True),
        ),
        Column(_("Customer number"), lambda row: Cell(row.customer_no, "mono")),
        Column(_("Kind"), lambda row: Cell(row.party_type)),
        Column(_("Branch"), lambda row: Cell(row.org)),
        Column(_("Customer since"), lambda row: Cell(row.opened_on, "day")),
        Column(_("Why"), lambda row: Cell(WHY[row.why], "tag", WHY_TONES.get(row.why, ""))),
        Column(_("Due on"), lambda row: Cell(row.due, "day")),
        Column(_("Next step"), partial(_next, actor)),
    ]
    return listing(
        ASKED,
        columns,
        found.rows,
        query,
        filters=UNDECLARED,
        next=str(found.next or ""),
        empty=_("Nobody is to be asked"),
    )


def _next(actor: Actor, row: Undeclared) -> Cell:
    """The declaration that is on its way, or the form of a new one for who may register it."""
    if row.record is not None:
        return Cell(_("Open"), url=reverse("admin:tax_declaration", args=[row.record]))
    if not actor.may(TAX):
        return Cell("—")
    return Cell(_("Declare"), url=reverse("admin:tax_new", args=[row.customer_no]))


def _query(request: HttpRequest, kind: str, name: str, filters: Sequence[Filter]) -> ListQuery:
    query = ListQuery.read(request.GET, filters)
    query.filters.update({"kind": kind, "list": name})
    return query


def _listing(kind: Kind, name: str, found: Page[Entry], query: ListQuery) -> Listing:
    facet = registry.facet(kind.facet)
    first, *others = COLUMNS[kind.name]
    columns: list[Column[Entry]] = [
        Column(
            field_of(facet, first).verbose_name,
            lambda row: Cell(
                row.texts[first] or "—", url=reverse(f"admin:{PAGES[kind.name]}", args=[row.id]), main=True
            ),
        ),
        Column(_("Customer"), lambda row: Cell(row.display_name or "—", url=customer_url(row.customer_no))),
        Column(_("Customer number"), lambda row: Cell(row.customer_no, "mono")),
        *[Column(field_of(facet, other).verbose_name, _text(other)) for other in others],
        Column(_("Changed"), lambda row: Cell(row.updated_at, "time")),
    ]
    label = next(one.label for one in kind.lists if one.name == name)
    return listing(
        label,
        columns,
        found.rows,
        query,
        next="" if found.next is None else str(found.next),
        about=found.about,
        empty=_("Nothing waits here"),
    )


def _text(name: str) -> Any:
    return lambda row: Cell(row.texts[name] or "—")


def _figures(kind: Kind, told: Statistics) -> dict[str, Any]:
    """Counts by code, in words, and by branch."""
    facet = registry.facet(kind.facet)
    codes = facet.model.CODES
    groups = [
        {
            "label": field_of(facet, name).verbose_name,
            "rows": [
                (code_list(codes[name]).label(one.value), one.count)
                for one in told.figures
                if one.field == name
            ],
        }
        for name in kind.counted
    ]
    return {"total": told.total, "groups": [g for g in groups if g["rows"]], "branches": told.branches}


menu.add(
    menu.Item("customers", _("Special information"), "admin:special", "list", "customer.view", order=40),
)
show_views(
    VIEWED,
    "special",
    _("Special information"),
    (
        Filter("kind", _("Kind"), choices=lambda: [(one.name, one.label) for one in KINDS.values()]),
        Filter("list", _("List"), choices=lambda: [*_LISTS, (NAME, ASKED)]),
        *UNDECLARED,
    ),
)
