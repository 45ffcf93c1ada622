"""Pages about the integrity of data: one customer as a sheet to print, and the figures of many."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.rules.completeness import Element
from credentials.rules.integrity import LABELS, Found
from credentials.selectors import integrity
from credentials.services.integrity import order
from credentials.services.population import LIST, RIGHT, Population, numbers_in, view_in
from customers.admin.links import ACTIONS, Action, customer_url
from customers.selectors.saved_views import views
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, Text
from mdm.paging import number_in
from mdm.subjects import registry

TONES = {"MISSING": "bad", "INVALID": "bad", "INCONSISTENT": "warn", "UNVERIFIED": "info", "EXPIRED": "warn"}
_STATES: dict[str, tuple[Text, str]] = {
    "OK": (_("in order"), "ok"),
    "MISSING": (_("missing"), "bad"),
    "EXPIRED": (_("expired"), "warn"),
}
_FILTERS = [
    Filter("kind", _("Found"), choices=LABELS.items),
    Filter("org", _("Branch code"), "text"),
    Filter("run", _("Run"), "text"),
]


@page("customer/<str:number>/integrity/", "customer_integrity", "customer.view")
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """What is not as it should be about one customer: on screen, and to print."""
    actor, at = actor_of(request), timezone.now()
    told = integrity.check(actor, number, at=at)
    report = told.report
    context = {
        "title": _("Integrity of the data"),
        "crumbs": [
            {"url": reverse("admin:customers_customer_changelist"), "label": _("Customers")},
            {"url": customer_url(told.head["customer_no"]), "label": told.head["display_name"] or number},
        ],
        "head": told.head,
        "day": told.day,
        "at": at,
        "by": actor.name,
        "score": report.score,
        "kinds": [
            {"label": LABELS[kind], "count": report.counts[kind], "tone": TONES[kind]}
            for kind in integrity.KINDS
        ],
        "elements": [_element(one) for one in report.elements],
        "done": sum(one.state == "OK" for one in report.elements),
        "found": [_found(one) for kind in integrity.KINDS for one in report.found if one.kind == kind],
    }
    return render_page(request, "panorama/integrity.html", context)


def _element(one: Element) -> dict[str, Any]:
    label, tone = _STATES[one.state]
    return {"label": one.label, "state": label, "tone": tone}


def _found(one: Found) -> dict[str, Any]:
    facet = registry.facet(one.facet).model._meta.verbose_name if one.facet else ""
    return {
        "kind": LABELS[one.kind],
        "tone": TONES[one.kind],
        "facet": facet,
        "text": one.text,
        "code": one.code,
    }


@page("integrity/", "integrity", "customer.view")
def board(request: HttpRequest) -> HttpResponse:
    """The figures of the last checks; who may, orders a new one."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        run = order(actor, _wanted(request.POST), at=at)
        messages.success(request, _("The check was ordered: run %s.") % run.pk)
        return HttpResponseRedirect(f"{reverse('admin:integrity')}?run={run.pk}")
    query = ListQuery.read(request.GET, _FILTERS)
    found = integrity.results(
        actor,
        at=at,
        org=query.filters.get("org", ""),
        kind=query.filters.get("kind", ""),
        run=_run(query),
        after=query.after,
        size=query.size,
    )
    context = {
        "title": _("Integrity of the data"),
        "summary": found.summary,
        "kinds": [
            {
                "label": LABELS[kind],
                "count": found.summary[kind.lower()],
                "url": query.url(kind=kind),
                "tone": TONES[kind],
            }
            for kind in integrity.KINDS
        ],
        "listing": _listing(found, query),
        "may_order": actor.may(RIGHT),
        "views": views(actor, LIST) if actor.may(RIGHT) else [],
    }
    return render_page(request, "panorama/integrity_board.html", context)


def _run(query: ListQuery) -> int | None:
    """The run that figures are narrowed to. Invalid `filter.unknown` for what names none."""
    told = query.filters.get("run", "")
    found = number_in(told)
    if told and found is None:
        raise Invalid("filter.unknown", _("There is no such run."))
    return found


def _wanted(told: QueryDict) -> Population:
    """Whom the form names."""
    org, numbers = told.get("org", "").strip()[:20], numbers_in(told.get("customers", ""))
    return Population(org, view_in(told.get("view", "")), numbers)


def _listing(found: integrity.Results, query: ListQuery) -> Any:
    def figure(kind: str) -> Column[Any]:
        return Column(LABELS[kind], lambda row: Cell(row[kind.lower()], "num"), "num")

    columns: list[Column[Any]] = [
        Column(
            _("Customer"),
            lambda row: Cell(
                row["display_name"] or row["customer_no"],
                url=reverse("admin:customer_integrity", args=[row["customer_no"]]),
                main=True,
                note=row["customer_no"],
            ),
        ),
        Column(_("Branch"), lambda row: Cell(row["branch"])),
        Column(_("Score"), lambda row: Cell(row["score"], "num"), "num"),
        Column(_("Elements in order"), lambda row: Cell(row["elements"], "num"), "num"),
        *(figure(kind) for kind in integrity.KINDS),
        Column(_("Checked"), lambda row: Cell(row["checked_at"], "time")),
    ]
    return listing(
        _("Customers checked"),
        columns,
        found.rows,
        query,
        filters=_FILTERS,
        next=found.next or "",
        empty=_("No customer was checked yet, or none matches"),
        empty_next=_("Order a check, or open the sheet of one customer."),
    )


ACTIONS.append(Action("admin:customer_integrity", _("Integrity"), "customer.view", "i"))
menu.add(
    menu.Item("customers", _("Integrity of the data"), "admin:integrity", "ok", "customer.view", order=22)
)
