"""The radar of documents: branches by bands, and the work list below it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.rules.standing import BANDS
from credentials.selectors.radar import Due, Line, due, radar
from customers.admin.documents import add_url, document_url
from customers.admin.links import customer_url
from customers.admin.saved_views import show_views
from customers.admin.view_bar import views_of
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Text

NAMES: dict[str, Text] = {
    "0": _("Expired"),
    "30": _("Within 30 days"),
    "60": _("31 to 60 days"),
    "90": _("61 to 90 days"),
}
_TONES = {0: "bad", 30: "warn", 60: "info", 90: ""}


#: The list by the name under which views of it are kept.
VIEWED = "documents_due"


def _filters(lines: list[Line]) -> list[Filter]:
    return [
        Filter("band", _("Ends"), choices=NAMES.items),
        Filter("org", _("Branch"), choices=lambda: [(line.org, line.name) for line in lines]),
    ]


@page("documents/", "radar", "customer.view")
def show(request: HttpRequest) -> HttpResponse:
    """Which documents have ended or end soon."""
    actor, at = actor_of(request), timezone.now()
    lines = radar(actor, at=at)
    query = ListQuery.read(request.GET, _filters(lines))
    near, org = query.filters.get("band", ""), query.filters.get("org", "")
    found = due(actor, at=at, near=int(near) if near else None, org=org, after=query.after, size=query.size)
    context = {
        "title": _("Documents that end"),
        "heads": list(NAMES.values()),
        "lines": [_drawn(line, query) for line in lines],
        "listing": _listing(found, query, lines),
        "views": views_of(actor, VIEWED, query),
    }
    return render_page(request, "panorama/radar.html", context)


def _drawn(line: Line, query: ListQuery) -> dict[str, Any]:
    """A branch: each figure leads to its part of the work list."""
    cells = [
        {"count": line.counts[near], "url": query.url(org=line.org, band=near), "tone": _TONES[near]}
        for near in (0, *BANDS)
    ]
    return {"name": line.name, "org": line.org, "url": query.url(org=line.org, band=""), "cells": cells}


def _listing(found: Due, query: ListQuery, lines: list[Line]) -> Any:
    columns: list[Column[Any]] = [
        Column(_("Ends on"), lambda row: Cell(row["expiry_date"], "day")),
        Column(_("Days left"), lambda row: Cell(row["days"], "tag", _TONES[row["band"] or 0])),
        Column(
            _("Document"),
            lambda row: Cell(row["kind"], url=reverse("admin:document", args=[row["id"]]), main=True),
        ),
        Column(_("Number"), lambda row: Cell(row["number"], "mono")),
        Column(_("State"), lambda row: Cell(row["state"])),
        Column(
            _("Customer"),
            lambda row: Cell(row["display_name"] or row["customer_no"], url=customer_url(row["customer_no"])),
        ),
        Column(_("Branch"), lambda row: Cell(row["org"], "mono")),
        Column(_("Restricted from"), lambda row: Cell(row["restricted_from"], "day")),
        Column(_("On file"), _on_file),
        Column(_("Next step"), _next),
    ]
    return listing(
        _("Work list"),
        columns,
        found.rows,
        query,
        filters=_filters(lines),
        next=found.next or "",
        empty=_("No document ends here"),
        empty_next="",
    )


def _on_file(row: Any) -> Cell:
    """The picture of the document, or the form that puts one on file."""
    if row["picture"] is not None:
        return Cell(_("Picture"), url=document_url(row["customer_no"], row["picture"]))
    if row["may_add"]:
        return Cell(_("Add"), url=add_url(row["customer_no"], "credential", row["id"]))
    return Cell("—")


def _next(row: Any) -> Cell:
    """Where another document is entered in its place, for who may."""
    page = reverse("admin:document", args=[row["id"]])
    return Cell(_("Renew"), url=f"{page}#h-replace") if row["may_renew"] else Cell("—")


menu.add(menu.Item("customers", _("Documents that end"), "admin:radar", "clock", "customer.view", order=21))
show_views(
    VIEWED,
    "radar",
    _("Documents that end"),
    (Filter("band", _("Ends"), choices=NAMES.items), Filter("org", _("Branch"), kind="text")),
)
