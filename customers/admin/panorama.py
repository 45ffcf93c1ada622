"""The panorama: everything known of one customer on one page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from customers.admin.links import customer_url, row_url
from customers.selectors.panorama import panorama
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page
from mdm.subjects import registry
from security.access.actor import Actor

Json = dict[str, Any]
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
    told = panorama(actor, number, at=timezone.now())
    subjects = [_subject(subject, told["customer_no"], actor) for subject in told["subjects"]]
    context = {
        "title": told["display_name"] or told["customer_no"],
        "p": told,
        "tone": TONES.get(told["lifecycle_status"]["code"], ""),
        "subjects": subjects,
        "issues": [_issue(issue) for issue in told["quality"]["issues"]],
        "cases": [{**case, "url": _case_url(case)} for case in told["cases"]],
        "may_history": actor.may("customer.history"),
        "edit_url": row_url(registry.facet("customer"), "change", _own_id(subjects)),
    }
    return render_page(request, "panorama/customer.html", context)


def _subject(subject: Json, number: str, actor: Actor) -> Json:
    facets = [_facet(facet, number, actor) for facet in subject["facets"]]
    kept = [facet for facet in facets if facet["rows"] or facet["add_url"]]
    return {**subject, "facets": kept, "count": sum(len(facet["rows"]) for facet in kept)}


def _facet(facet: Json, number: str, actor: Actor) -> Json:
    """A facet with the addresses of what this reader may do with it."""
    known = registry.facet(facet["name"])
    may_change = actor.may(known.permission)
    add_url = row_url(known, "add") if may_change and facet["multiple"] else ""
    fields = [field for field in facet["fields"] if facet["multiple"] is False or _told(facet, field)]
    return {
        **facet,
        "fields": fields,
        "rows": [_row(row, fields, facet["name"], may_change, actor) for row in facet["rows"]],
        "add_url": f"{add_url}?customer={number}" if add_url else "",
    }


def _told(facet: Json, field: Json) -> bool:
    """Whether any row of a table tells this field: empty columns only take room."""
    return any(row["values"][field["name"]]["text"] not in ("", None) for row in facet["rows"])


def _row(row: Json, fields: list[Json], facet_name: str, may_change: bool, actor: Actor) -> Json:
    known = registry.facet(facet_name)
    return {
        **row,
        "cells": [
            {"label": field["label"], "text": row["values"][field["name"]]["text"], "sensitive": field["sensitive"]}
            for field in fields
        ],
        "edit_url": row_url(known, "change", row["id"]) if may_change else "",
        "history_url": row_url(known, "history", row["id"]) if actor.may("customer.history") else "",
    }


def _issue(issue: Json) -> Json:
    return {**issue, "tone": {"BLOCK": "bad", "WARN": "warn"}.get(issue["severity"], "info")}


def _case_url(case: Json) -> str:
    return customer_url(case["other"]) if case.get("other") else reverse("admin:index")


def _own_id(subjects: list[Json]) -> int | None:
    """The row of the customer itself."""
    rows = [row for s in subjects for f in s["facets"] if f["name"] == "customer" for row in f["rows"]]
    return rows[0]["id"] if rows else None
