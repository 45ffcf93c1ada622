"""The pages of declarations, assessments, agreements and batches: what is told, what the rules say, the next step."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url, row_url
from customers.selectors.rows import RowView, get_row, texts
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import looked_at
from mdm.backoffice.forms import REASONS, DayField
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import field_of, own_fields
from mdm.codes import get as code_list
from mdm.errors import Duplicate, Invalid, ServiceError
from mdm.paging import number_in
from mdm.subjects import registry
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from special_info.admin.settling import settle_form, settled, text_of
from special_info.admin.steps import TONES, buttons, number, status, step_form, taken
from special_info.rules import reasonableness
from special_info.rules.investor import WHY, Criterion
from special_info.selectors.assessment import assessment_view
from special_info.selectors.batches import (
    NARROW,
    agreement_id,
    agreement_view,
    batch_operations,
    lines,
    totals,
)
from special_info.selectors.declaration import (
    CONTROL,
    RESIDENCE,
    DeclarationView,
    declaration_view,
    shown_rows,
)
from special_info.services import agency_batch, agency_payment, investor, tax
from special_info.services.agency_batch import HandedIn
from special_info.services.moving import KINDS, Kind

VIEW = "customer.view"
Json = dict[str, Any]


def _frame(actor: Actor, kind: Kind, view: RowView) -> Json:
    """What every one of these pages has: head, state, sheet, the rows' own pages."""
    row: Any = view.row
    told = texts(view.facet, row, actor.sight(view.customer))
    state = getattr(row, kind.state)
    skipped = {kind.state, *(("indicia",) if kind.name == "tax" else ())}
    fields = [
        (f.verbose_name, told[f.attname]) for f in own_fields(view.facet.model) if f.name not in skipped
    ]
    draft = state == kind.machine.initial
    may = actor.may_on(kind.right, view.customer)
    return {
        "crumbs": [
            {"url": f"{reverse('admin:special')}?kind={kind.name}", "label": _("Special information")},
            {
                "url": customer_url(view.head["customer_no"]),
                "label": view.head["display_name"] or view.head["customer_no"],
            },
        ],
        "head": view.head,
        "row": row,
        "may": may,
        "state": code_list(kind.machine.states).label(state),
        "tone": TONES.get(state, ""),
        "sheet": [(label, text) for label, text in fields if text],
        "edit_url": row_url(view.facet, "change", row.pk) if draft and may and kind.name != "batch" else "",
        "history_url": row_url(view.facet, "history", row.pk)
        if actor.may_on("customer.history", view.customer)
        else "",
        "reasons": REASONS,
    }


def _steps(
    request: HttpRequest, context: Json, kind: Kind, operations: list[str], acts: Json
) -> tuple[HttpResponse | None, Json]:
    """Do the step that was sent, or add form, buttons and refusal to the page."""
    allowed = [name for name in operations if name in acts] if context["may"] else []
    form = step_form(request, allowed, context["row"].version)
    done = taken(request, form, acts, kind.right, request.path)
    if isinstance(done, HttpResponseRedirect):
        return done, context
    refusal = done if isinstance(done, ServiceError) else None
    more = {"step": form if allowed else None, "buttons": buttons(allowed), "refusal": refusal}
    return None, {**context, **more, "status": status(refusal)}


def _by(service: Any, names: tuple[str, ...], row_id: int, actor: Actor, at: Any) -> Json:
    """Acts that take the operation's name."""

    def act(name: str, version: int, reason: str, _day: Any) -> Any:
        return service(actor, name, row_id, version, reason=reason, at=at)

    return {name: partial(act, name) for name in names}


def _one(service: Any, row_id: int, actor: Actor, at: Any) -> Any:
    """An act with a service of its own."""
    return lambda version, reason, _day: service(actor, row_id, version, reason=reason, at=at)


# -- declarations ------------------------------------------------------------------------------------------


@page("special/tax/<int:row_id>/", "tax_declaration", VIEW)
def declaration(request: HttpRequest, row_id: int) -> HttpResponse:
    """One declaration whole: what is missing, what conflicts, what may be done."""
    actor, at = actor_of(request), timezone.now()
    found = declaration_view(actor, number(row_id), at=at)
    kind = KINDS["tax"]

    def report(version: int, reason: str, day: Any) -> Any:
        if day is None:
            raise Invalid("reason.missing", _("Say since when circumstances have changed."))
        return tax.report_change(actor, row_id, version, day, reason=reason, at=at)

    acts = {
        "submit": _one(tax.submit, row_id, actor, at),
        "report_change": report,
        **_by(tax.step, ("reopen", "withdraw", "invalidate"), row_id, actor, at),
    }
    led, context = _steps(request, _frame(actor, kind, found.view), kind, found.operations, acts)
    if led is not None:
        return led
    row: Any = found.view.row
    told = {
        "title": _("Self-certification %s") % row.certification_no,
        "faults": _faults(found) if row.tax_state == "DRAFT" else [],
        "indicia": [reasonableness.INDICIA[code] for code in found.looked.indicia],
        "explained": found.looked.verdict == reasonableness.OVERRIDDEN,
        "residences": _part(actor, found, RESIDENCE, context),
        "persons": _part(actor, found, CONTROL, context),
    }
    return render_page(
        request, "panorama/special/declaration.html", {**context, **told}, status=context["status"]
    )


def _faults(found: DeclarationView) -> list[Json]:
    """Each fault with the field it is about, and where that is filled in."""
    places = {RESIDENCE: found.residences, CONTROL: found.persons}
    told = []
    for fault in found.looked.faults:
        facet = registry.facet(fault.facet)
        rows = places.get(fault.facet, [found.view.row])
        label = field_of(facet, fault.field).verbose_name
        row_id = rows[fault.place].pk if fault.place < len(rows) else None
        told.append(
            {"label": label, "text": fault.text, "url": row_url(facet, "change", row_id) if row_id else ""}
        )
    return told


def _part(actor: Actor, found: DeclarationView, name: str, context: Json) -> Json:
    """The rows of one part as a table."""
    columns = {
        RESIDENCE: ("country", "person_no", "tin", "no_tin_reason", "explanation"),
        CONTROL: ("person_no", "full_name", "control_type", "residency_status", "ownership_pct", "self_cert"),
    }[name]
    facet = registry.facet(name)
    return {
        "columns": [field_of(facet, column).verbose_name for column in columns],
        "rows": [
            {
                "cells": [one[column] or "—" for column in columns],
                "url": row_url(facet, "change", int(one["id"])) if context["edit_url"] else "",
            }
            for one in shown_rows(actor, found, name)
        ],
    }


# -- assessments -------------------------------------------------------------------------------------------


@page("special/investor/<int:row_id>/", "investor_assessment", VIEW)
def assessment(request: HttpRequest, row_id: int) -> HttpResponse:
    """One assessment: which branch is met, on what evidence, and why others are not."""
    actor, at = actor_of(request), timezone.now()
    found = assessment_view(actor, number(row_id), at=at)
    kind = KINDS["investor"]
    acts = {
        "submit": _one(investor.submit, row_id, actor, at),
        **_by(investor.step, ("reopen", "revoke"), row_id, actor, at),
    }
    led, context = _steps(request, _frame(actor, kind, found.view), kind, found.operations, acts)
    if led is not None:
        return led
    row: Any = found.view.row
    done = found.evaluation
    labels = {f.name: f.verbose_name for f in own_fields(found.view.facet.model)}
    told = {
        "title": _("Assessment %s") % row.assessment_no,
        "done": done,
        "branch": code_list("investor_branch").label(done.branch) if done.branch else "",
        "criteria": [_criterion(one, labels) for one in done.criteria],
        "missing": [labels[name] for name in done.missing],
        "evidence": list(done.evidence),
    }
    return render_page(
        request, "panorama/special/assessment.html", {**context, **told}, status=context["status"]
    )


def _criterion(one: Criterion, labels: Json) -> Json:
    return {
        "branch": code_list("investor_branch").label(one.branch) if one.branch else _("asked of all"),
        "label": labels[one.field],
        "needed": one.needed,
        "met": one.met,
        "why": WHY.get(one.why, ""),
    }


# -- agency payment ----------------------------------------------------------------------------------------


class BatchForm(forms.Form):
    """A batch as the employer hands it in."""

    batch_no = forms.CharField(label=_("Number of the batch"), max_length=40)
    handler_no = forms.CharField(label=_("Handler"), max_length=8)
    pay_on = DayField(label=_("Pay on"))
    count = forms.IntegerField(label=_("Payments told"), min_value=1, required=False)
    total = forms.DecimalField(label=_("Sum told"), max_digits=18, decimal_places=2, required=False)
    file = forms.FileField(label=_("File of payments"), help_text=_("CSV: name, account, amount, id_number"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"list": "reasons"})
    )


@page("special/agency/<int:row_id>/", "agency_agreement", VIEW)
def agreement(request: HttpRequest, row_id: int) -> HttpResponse:
    """One agreement: its handlers, its batches, handing one in."""
    actor, at = actor_of(request), timezone.now()
    found = agreement_view(actor, number(row_id), at=at)
    kind = KINDS["agency"]
    acts = {
        "submit": _one(agency_payment.submit, row_id, actor, at),
        **_by(agency_payment.step, ("reopen", "suspend", "resume", "terminate"), row_id, actor, at),
    }
    led, context = _steps(request, _frame(actor, kind, found.view), kind, found.operations, acts)
    if led is not None:
        return led
    row: Any = found.view.row
    upload = BatchForm(*((request.POST, request.FILES) if "batch" in request.POST else ()))
    if "batch" in request.POST:
        led = _received(request, actor, row_id, upload, context)
        if led is not None:
            return led
    sight = actor.sight(found.view.customer)
    handler, batch = registry.facet("agency_handler"), registry.facet("agency_batch")
    add_url = row_url(handler, "add")
    told = {
        "title": _("Agency payment agreement"),
        "handlers": [(one, texts(handler, one, sight)) for one in found.handlers],
        "batches": [(one, texts(batch, one, sight)) for one in found.batches],
        "add_url": f"{add_url}?customer={found.view.head['customer_no']}" if context["may"] else "",
        "upload": upload if context["may"] and row.agency_state == "ACTIVE" else None,
        "form": upload if upload.errors else None,
    }
    return render_page(
        request, "panorama/special/agreement.html", {**context, **told}, status=context["status"]
    )


def _received(
    request: HttpRequest, actor: Actor, row_id: int, form: BatchForm, context: Json
) -> HttpResponse | None:
    """Register the batch that was sent; None where it is refused, with the page's refusal set."""
    actor.require(KINDS["batch"].right)
    context["status"] = 422
    if not form.is_valid():
        return None
    told = form.cleaned_data
    try:
        handed_in = HandedIn(
            told["batch_no"],
            told["handler_no"],
            told["pay_on"],
            text_of(told["file"]),
            told["count"],
            told["total"],
        )
        made = agency_batch.receive(actor, row_id, handed_in, reason=told["reason"], at=timezone.now())
    except (Invalid, Duplicate) as refusal:
        context["refusal"] = refusal
        return None
    messages.success(request, _("The batch was registered and checked."))
    return HttpResponseRedirect(reverse("admin:agency_batch", args=[made.pk]))


@page("special/batch/<int:row_id>/", "agency_batch", VIEW)
def batch(request: HttpRequest, row_id: int) -> HttpResponse:
    """One batch line by line; what became of it is told here."""
    actor, at = actor_of(request), timezone.now()
    only, after = request.GET.get("only", ""), request.GET.get("after", "")
    only = only if only in NARROW else ""
    view = get_row(actor, "agency_batch", number(row_id), at=at)
    kind = KINDS["batch"]
    acts = {
        "approve": _one(agency_batch.approve_batch, row_id, actor, at),
        "refuse": _one(agency_batch.refuse_batch, row_id, actor, at),
        "send": _one(agency_batch.send_batch, row_id, actor, at),
    }
    row: Any = view.row
    operations = batch_operations(row.batch_state)
    led, context = _steps(request, _frame(actor, kind, view), kind, operations, acts)
    form = settle_form(request, row.version)
    done = led or settled(request, row_id, form)
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        context |= {"refusal": done, "status": status(done)}
    found = lines(actor, row_id, at=at, after=number_in(after), narrow=only)
    told = {
        "title": _("Batch %s") % row.batch_no,
        "lines": found.rows,
        "next": found.next,
        "only": only,
        "narrow": [
            ("", _("All"), not only),
            *((name, told[0], name == only) for name, told in NARROW.items()),
        ],
        "totals": totals(actor, row),
        "settle": form if context["may"] and "settle" in operations else None,
        "agreement_id": agreement_id(actor, row),
    }
    return render_page(request, "panorama/special/batch.html", {**context, **told}, status=context["status"])


def _page(name: str) -> Any:
    """Where the thing that a request is about is looked at."""

    def address(request: ChangeRequest) -> str:
        return reverse(f"admin:{name}", args=[int(request.target.rpartition(":")[2])])

    return address


for _operation, _name in (
    (tax.APPROVE, "tax_declaration"),
    (investor.APPROVE, "investor_assessment"),
    (agency_payment.ACTIVATE, "agency_agreement"),
    (agency_batch.APPROVE, "agency_batch"),
):
    looked_at(_operation, _page(_name))
