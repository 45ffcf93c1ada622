"""The panorama: everything known of one customer on one page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from customers.admin.facets import FacetAdmin
from customers.admin.links import ACTIONS, row_url
from customers.rules.number import customer_id
from customers.selectors.customer import rights_on
from customers.selectors.documents import VIEW as DOCUMENTS
from customers.selectors.erasing import RIGHT as ERASE
from customers.selectors.history import HISTORY
from customers.selectors.panorama import panorama
from customers.selectors.tenure import tenure_of
from customers.services.revealing import RIGHT as CLEAR
from customers.services.sharing import RIGHT as SHARE
from customers.survivorship import Why
from mdm.backoffice import objects
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import request_url
from mdm.backoffice.pages import page, render_page
from mdm.extension.attributes import PREFIX
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.approvals.reading import about_customer

Json = dict[str, Any]
#: What the reader may do with the customer at hand.
Rights = frozenset[str]
#: What buttons of the page ask for besides the rights to change.
ASKED = (HISTORY, CLEAR, ERASE, SHARE, DOCUMENTS)
#: Colours of customer states; the word says it.
TONES = {
    "ACTIVE": "ok",
    "PENDING": "info",
    "POTENTIAL": "info",
    "RESTRICTED": "warn",
    "DORMANT": "warn",
    "CLOSED": "",
    "MERGED": "",
    "DECEASED": "bad",
    "DISSOLVED": "bad",
    "REJECTED": "bad",
    "WITHDRAWN": "",
}


@page("customer/<str:number>/", "panorama", "customer.view")
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The page of one customer; a merged number shows its survivor and says so."""
    actor = actor_of(request)
    at = timezone.now()
    told = panorama(actor, number, at=at)
    asked = {*ASKED, *(action.permission for action in ACTIONS)}
    may = rights_on(actor, told["customer_no"], {*asked, *(facet.permission for facet in registry.facets())})
    subjects = [drawn_subject(subject, told, may) for subject in told["subjects"]]
    context = {
        "title": told["display_name"] or told["customer_no"],
        "p": told,
        "tone": TONES.get(told["lifecycle_status"]["code"], ""),
        "subjects": subjects,
        "issues": [_issue(issue) for issue in told["quality"]["issues"]],
        "cases": [{**case, "url": _case_url(case)} for case in told["cases"]],
        "waiting": _waiting(actor, told["customer_no"], at),
        "acts": [
            {"url": reverse(one.url_name, args=[told["customer_no"]]), "label": one.label, "key": one.key}
            for one in ACTIONS
            if one.permission in may
        ],
        "may_see_cases": actor.may("case.view"),
        "may_history": HISTORY in may,
        "may_change": "customer.change" in may,
        "access_url": reverse("admin:customer_access", args=[told["customer_no"]]) if SHARE in may else "",
        "documents_url": reverse("admin:kept_documents", args=[told["customer_no"]])
        if DOCUMENTS in may
        else "",
        "erase_url": reverse("admin:customer_erase", args=[told["customer_no"]]) if ERASE in may else "",
        "sources": _sources(subjects),
        "tenure": tenure_of(actor, told["customer_no"]),
        "edit_url": row_url(registry.facet("customer"), "change", _own_id(subjects)),
    }
    return render_page(request, "panorama/customer.html", context)


def drawn_subject(subject: Json, told: Json, may: Rights) -> Json:
    """A subject of what is told of a customer, with the columns of its facets and what this reader may do."""
    facets = [_facet(facet, told, may) for facet in subject["facets"]]
    kept = [facet for facet in facets if facet["rows"] or facet["add_url"]]
    return {**subject, "facets": kept}


def _facet(facet: Json, told: Json, may: Rights) -> Json:
    """A facet with its columns and the addresses of what this reader may do with it."""
    known = registry.facet(facet["name"])
    may_change = known.permission in may and not known.recorded
    has_room = facet["multiple"] or (not facet["rows"] and known.fits(told["party_type"]["code"]))
    adds = getattr(admin.site._registry.get(known.model), "add_right", "")
    add_url = row_url(known, "add") if may_change and has_room and adds else ""
    columns = _columns(known, facet)
    labels = {field["name"]: field["label"] for field in facet["fields"]}
    return {
        **facet,
        "columns": [labels[names[-1]] if len(names) == 1 else facet["label"] for names in columns],
        "rows": [_row(row, known, facet["fields"], columns, may_change, may) for row in facet["rows"]],
        "add_url": f"{add_url}?customer={told['customer_no']}" if add_url else "",
    }


def _columns(known: Facet, facet: Json) -> list[tuple[str, ...]]:
    """The columns of a facet's table that some row tells, as its admin names them; else every field."""
    mine = admin.site._registry.get(known.model)  # Django has no public look-up that may find nothing
    told = mine.told if isinstance(mine, FacetAdmin) and mine.told else [f["name"] for f in facet["fields"]]
    added = [f["name"] for f in facet["fields"] if f["name"].startswith(PREFIX) and f["name"] not in told]
    columns = [names if isinstance(names, tuple) else (names,) for names in (*told, *added)]
    return [names for names in columns if any(_text(row, names) for row in facet["rows"])]


def _text(row: Json, names: Sequence[str]) -> str:
    return " ".join(text for name in names if (text := str(row["values"][name]["text"] or "")))


def _row(
    row: Json,
    known: Facet,
    fields: list[Json],
    columns: list[tuple[str, ...]],
    may_change: bool,
    may: Rights,
) -> Json:
    """A row: its cells, its ticked boxes as tags, every field for the details."""
    values = row["values"]
    return {
        **row,
        "cells": [_text(row, names) for names in columns],
        "tags": [field["label"] for field in fields if values[field["name"]]["value"] is True],
        "all": [(field["label"], *_told(values[field["name"]], row)) for field in fields],
        "why_label": Why(row["why"]).label if len(row["sources"]) > 1 else "",
        "edit_url": row_url(known, "change", row["id"]) if may_change else "",
        "history_url": row_url(known, "history", row["id"]) if HISTORY in may else "",
        "look_url": _look_url(row, known) if DOCUMENTS in may else "",
        "reveal_url": _reveal_url(row, known, fields) if CLEAR in may else "",
    }


def _told(value: Json, row: Json) -> tuple[str, str]:
    """A value as read, and, where one of several sources won, which and why."""
    if "source" not in value:
        return value["text"], ""
    source = row["sources"][value["source"]]
    return value["text"], f"{source['system']} {source['key']}: {Why(value['why']).label}"


def _look_url(row: Json, known: Facet) -> str:
    """Where what a row leads to is looked at: the pages of a document."""
    return (
        reverse("admin:kept_document", args=[row["customer_no"], row["id"]])
        if known.name == "document"
        else ""
    )


def _reveal_url(row: Json, known: Facet, fields: list[Json]) -> str:
    """Where a row's clear values are asked for; empty where it has none that are masked."""
    masked = any(field["sensitive"] and row["values"][field["name"]]["value"] for field in fields)
    return reverse("admin:reveal", args=[row["customer_no"], known.name, row["id"]]) if masked else ""


def _sources(subjects: list[Json]) -> list[Json]:
    """Every source record that tells of this customer, once."""
    told = [source for s in subjects for f in s["facets"] for row in f["rows"] for source in row["sources"]]
    return list({(source["system"], source["key"]): source for source in told}.values())


def _issue(issue: Json) -> Json:
    return {**issue, "tone": {"BLOCK": "bad", "WARN": "warn"}.get(issue["severity"], "info")}


def _waiting(actor: Actor, number: str, at: datetime) -> list[Json]:
    """Changes of this customer that wait for approval."""
    found = about_customer(actor, [customer_id(number) or 0], at=at)
    return [{"number": one.number, "url": request_url(one.pk), "by": str(one.maker)} for one in found]


def _case_url(case: Json) -> str:
    return objects.naming("case").url(case["id"])


def _own_id(subjects: list[Json]) -> int | None:
    """The row of the customer itself."""
    rows = [row for s in subjects for f in s["facets"] if f["name"] == "customer" for row in f["rows"]]
    return rows[0]["id"] if rows else None
