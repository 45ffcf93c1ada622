"""Compare and merge: two customers side by side, the decision about them; merges and taking one back."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consolidation.admin.words import FIELDS, LEVELS, VETOES
from consolidation.matching.contradictions import GROUP
from consolidation.models.decision import CaseState
from consolidation.selectors import merges, side_by_side
from consolidation.selectors.cases import VIEW
from consolidation.selectors.comparing import RIGHT, Sides
from consolidation.services import merging, requesting
from consolidation.services.deciding import OPERATION
from consolidation.services.membership import seniority
from customers.admin.documents import pictures_of
from customers.admin.links import customer_url
from customers.rules.number import customer_no
from customers.selectors.search import hits
from mdm.backoffice import objects
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import looked_at, went
from mdm.backoffice.forms import ReasonForm
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Stale
from mdm.paging import number_in
from mdm.rest.problems import status_of
from security.access.actor import Actor
from security.access.scope import in_scope

REASONS = (
    _("Same document and same person on the photo"),
    _("The customer was asked"),
    _("Relatives in one household"),
    _("Two people of one name"),
)


class CaseForm(ReasonForm):
    """What was looked at, what is said of it, and why."""

    standing = forms.CharField(widget=forms.HiddenInput, max_length=64)
    verdict = forms.ChoiceField(choices=[(CaseState.SAME, ""), (CaseState.NOT_SAME, "")])


@page("duplicates/<int:case_id>/", "case", VIEW)
def compare(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """One case: what both tell, what speaks for and against, and the decision."""
    actor, at = actor_of(request), timezone.now()
    form = CaseForm(request.POST or None)
    refusal: ServiceError | None = None
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            done = requesting.decide(
                actor, case_id, told["verdict"], told["standing"], reason=told["reason"], at=at
            )
        except (Stale, Duplicate, Invalid) as refused:
            refusal = refused
        else:
            message, target = went(done, _("The case is decided."), reverse("admin:case", args=[case_id]))
            messages.success(request, message)
            return HttpResponseRedirect(target)
    found = side_by_side.side_by_side(actor, case_id, at=at)
    only = request.GET.get("only") == side_by_side.DIFFER
    context = _case_page(actor, found, at) | {
        "only": only,
        "refusal": refusal,
        "form": form,
        "reasons": REASONS,
    }
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return render_page(request, "panorama/compare.html", context, status=status)


def _case_page(actor: Actor, found: side_by_side.SideBySide, at: datetime) -> dict[str, Any]:
    sides, case = found.sides, found.sides.case
    survivor = min((sides.one, sides.other), key=seniority)
    with in_scope(actor, VIEW):
        heads = [hits(actor, [row])[0] for row in (sides.one, sides.other)]
    return {
        "title": _("Duplicate case %d") % case.pk,
        "crumbs": [
            {"url": reverse("admin:consolidation_reviewcase_changelist"), "label": _("Duplicate cases")}
        ],
        "found": found,
        "case": case,
        "heads": [{"hit": hit, "url": customer_url(hit.customer_no)} for hit in heads],
        "records": [len(family) for family in sides.families],
        "weights": [
            {
                "field": FIELDS.get(one.field, one.field),
                "level": LEVELS.get(one.level, one.level),
                "bits": one.bits,
            }
            for one in found.weights
        ],
        "veto": VETOES.get(case.veto, case.veto),
        "survivor": customer_no(survivor.pk),
        "inside": case.rule == GROUP,
        "open": case.state == CaseState.OPEN,
        "shelves": _shelves(actor, sides, at),
        "may_decide": case.state == CaseState.OPEN and actor.may(RIGHT) and actor.may(merging.RIGHT),
    }


def _shelves(actor: Actor, sides: Sides, at: datetime) -> list[dict[str, Any]]:
    """What is on file about the case, by the customer that it is on file with (two records may be one by now); of those
    whose documents the reader may see."""
    shelves = []
    for number in dict.fromkeys(customer_no(row.golden_id or row.pk) for row in (sides.one, sides.other)):
        with suppress(NotFound, NotAllowed):
            if found := pictures_of(actor, number, "case", sides.case.pk, at):
                shelves.append({**found, "number": number})
    return shelves


@page("customer/<str:number>/merges/", "merges", VIEW)
def merged(request: HttpRequest, number: str) -> HttpResponseBase:
    """The merges that a customer is made of."""
    actor, at = actor_of(request), timezone.now()
    rows = [
        {
            "merge": one,
            "survivor": customer_no(one.customer_id),
            "other": customer_no(one.other_id),
            "url": reverse("admin:merge", args=[one.pk]),
        }
        for one in merges.merges_of(actor, number, at=at)
    ]
    context = {"title": _("Merges"), "crumbs": _of(number), "rows": rows, "number": number}
    return render_page(request, "panorama/merges.html", context)


def _of(number: str) -> list[dict[str, Any]]:
    return [
        {"url": reverse("admin:customers_customer_changelist"), "label": _("Customers")},
        {"url": customer_url(number), "label": number},
    ]


@page("merges/<int:merge_id>/", "merge", VIEW)
def take_back(request: HttpRequest, merge_id: int) -> HttpResponseBase:
    """One merge: who would part, what was written since, and taking it back with a reason."""
    actor, at = actor_of(request), timezone.now()
    form = ReasonForm(request.POST or None)
    refusal: ServiceError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            done = requesting.unmerge(actor, merge_id, reason=form.cleaned_data["reason"], at=at)
        except (Duplicate, Invalid) as refused:
            refusal = refused
        else:
            text = _("The merge was taken back: both customers stand by themselves again.")
            message, target = went(done, text, reverse("admin:merge", args=[merge_id]))
            messages.success(request, message)
            return HttpResponseRedirect(target)
    found = merges.parting(actor, merge_id, at=at)
    number = customer_no(found.merge.customer_id)
    context = {
        "title": _("Merge %d") % merge_id,
        "crumbs": [*_of(number), {"url": reverse("admin:merges", args=[number]), "label": _("Merges")}],
        "found": found,
        "merge": found.merge,
        "stays": [(told, customer_url(told)) for told in found.stays],
        "goes": [(told, customer_url(told)) for told in found.goes],
        "form": form,
        "refusal": refusal,
        "may": actor.may(merging.RIGHT) and not found.blocked,
        "reasons": REASONS,
    }
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return render_page(request, "panorama/merge.html", context, status=status)


looked_at(OPERATION, lambda request: reverse("admin:case", args=[request.facts["case"]]))
looked_at(merging.UNDO, lambda request: reverse("admin:merge", args=[request.facts["merge"]]))
objects.register(
    "case",
    objects.Naming(
        lambda pk: f"#{pk}",
        lambda pk: reverse("admin:case", args=[pk]),
        number_in,
    ),
)
