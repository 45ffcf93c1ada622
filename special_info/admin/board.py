"""The board of special information: what waits, by kind, and how much there is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.selectors.rows import Entry
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import field_of
from mdm.codes import get as code_list
from mdm.paging import Page
from mdm.subjects import registry
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


@page("special/", "special", "customer.view")
def board(request: HttpRequest) -> HttpResponse:
    """One kind at a time: its lists with their counts, the list that was chosen, the figures."""
    actor, at = actor_of(request), timezone.now()
    kind = KINDS.get(request.GET.get("kind", ""), KINDS["tax"])
    chosen = request.GET.get("list", "")
    names = [one.name for one in kind.lists]
    name = chosen if chosen in names else names[0]
    query = ListQuery.read(request.GET, _filters(kind))
    query.filters.update({"kind": kind.name, "list": name})
    after = int(query.after) if query.after.isdigit() and len(query.after) < 19 else None
    found = worklist(actor, kind.name, name, at=at, after=after, size=query.size)
    how_many = counts(actor, kind.name, at=at)
    context = {
        "title": _("Special information"),
        "kinds": [
            {"label": one.label, "url": f"?kind={one.name}", "current": one is kind} for one in KINDS.values()
        ],
        "lists": [
            {
                "label": one.label,
                "count": how_many[one.name],
                "tone": one.tone if how_many[one.name] else "",
                "url": f"?kind={kind.name}&list={one.name}",
                "current": one.name == name,
            }
            for one in kind.lists
        ],
        "listing": _listing(kind, name, found, query),
        "figures": _figures(kind, statistics(actor, kind.name, at=at)),
    }
    return render_page(request, "panorama/special/board.html", context)


def _filters(kind: Kind) -> list[Filter]:
    return [
        Filter("kind", _("Kind"), choices=lambda: [(one.name, one.label) for one in KINDS.values()]),
        Filter("list", _("List"), choices=lambda: [(one.name, one.label) for one in kind.lists]),
    ]


def _listing(kind: Kind, name: str, found: Page[Entry], query: ListQuery) -> Any:
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


def _url(kind: Kind, row: Entry) -> str:
    return reverse(f"admin:{PAGES[kind.name]}", args=[row.id])


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
