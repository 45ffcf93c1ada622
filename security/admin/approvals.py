"""Approvals: the inbox, one request with its difference and its decision, the rules."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from mdm.backoffice import menu, objects
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import clear_url, edit_url, look_url, request_url
from mdm.backoffice.home import Panel, add_panel
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, ServiceError, Stale
from mdm.rest.problems import status_of
from security.access.actor import Actor
from security.approvals import deciding, delegating, reading, requests
from security.approvals.models import ChangeRequest
from security.approvals.persons import VIEW, standing_in
from security.approvals.policy import LETS_IN
from security.approvals.reading import ALL, DECIDE, MINE
from security.approvals.registry import Shown, operation, operations
from security.approvals.states import OPEN, State
from security.authentication.freshness import ask_for_proof, is_fresh

#: Colours of states; the word says it.
TONES = {"PENDING": "info", "RETURNED": "warn", "APPROVED": "ok", "REJECTED": "bad", "EXPIRED": "bad"}
BOXES = {
    DECIDE: ("approvals", _("Waiting for me")),
    MINE: ("approvals_mine", _("Asked by me")),
    ALL: ("approvals_all", _("All I may see")),
}
_EMPTY = {
    DECIDE: (_("Nothing waits for you"), _("Requests come here when a colleague changes what takes two.")),
    MINE: (_("You have asked for nothing"), _("What you change and somebody has to approve appears here.")),
    ALL: (_("No request yet"), _("Requests of your branches appear here.")),
}
#: A request and its version, as a box of the list sends them.
_TICKED = re.compile(r"[1-9][0-9]{0,17}:[1-9][0-9]{0,8}")
FILTERS = (
    Filter("state", _("State"), choices=lambda: State.choices),
    Filter("operation", _("Operation"), choices=lambda: [(one.name, one.label) for one in operations()]),
    Filter("org", _("Branch code"), kind="text"),
)


class DecisionForm(forms.Form):
    """A decision says why; an approval may leave it open."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10**9)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "reasons"}),
    )


#: What a button of the request's page does, and what is said when it is done.
ACTS: dict[str, tuple[Any, Any]] = {
    "approve": (deciding.approve, _("You have approved this request.")),
    "return": (deciding.give_back, _("The request went back to who asked.")),
    "reject": (deciding.reject, _("The request was rejected.")),
    "withdraw": (requests.withdraw, _("The request was withdrawn.")),
    "resubmit": (requests.resubmit, _("The request was submitted again on what stands now.")),
}
REASONS = (
    _("Document seen"),
    _("Document is missing or cannot be read"),
    _("Please check the spelling"),
    _("What it builds on has changed: please ask anew"),
)


@page("approvals/", "approvals", VIEW)
def to_decide(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's decision."""
    return _inbox(request, DECIDE)


@page("approvals/mine/", "approvals_mine", VIEW)
def asked(request: HttpRequest) -> HttpResponse:
    """What the reader has asked for."""
    return _inbox(request, MINE)


@page("approvals/all/", "approvals_all", VIEW)
def everything(request: HttpRequest) -> HttpResponse:
    """Every request that the reader may see."""
    return _inbox(request, ALL)


def _inbox(request: HttpRequest, box: str) -> HttpResponse:
    actor, at = actor_of(request), timezone.now()
    query = ListQuery.read(request.GET, FILTERS)
    found = reading.inbox(actor, box, at=at, after=query.after_id, size=query.size, filters=query.filters)
    empty = (_("No request matches these filters"), _("Remove a filter to see more."))
    ticks = _ticks(found.rows) if box == DECIDE else ()
    drawn = listing(
        BOXES[box][1],
        (*ticks, *_columns(at)),
        found.rows,
        query,
        filters=FILTERS,
        next="" if found.next is None else str(found.next),
        empty=(empty if query.filters else _EMPTY[box])[0],
        empty_next=(empty if query.filters else _EMPTY[box])[1],
    )
    context = {"title": _("Approvals"), "boxes": _boxes(actor, at, box), "listing": drawn}
    context |= {
        "rules_url": reverse("admin:approval_rules"),
        "delegations_url": reverse("admin:delegations") if delegating.may_delegate(actor) else "",
        "several_url": reverse("admin:approvals_several") if ticks else "",
        "reasons": REASONS,
    }
    return render_page(request, "panorama/approvals.html", context)


def _ticks(rows: Sequence[ChangeRequest]) -> tuple[Column[ChangeRequest], ...]:
    """A column of boxes, where there is anything that may be approved together with others."""
    if not any(operation(row.operation).bulk for row in rows):
        return ()
    return (Column(_("Tick"), _tick),)


def _tick(row: ChangeRequest) -> Cell:
    name = _("Approve %s together with others") % row.number
    return Cell(f"{row.pk}:{row.version}" if operation(row.operation).bulk else "", "tick", note=name)


@page("approvals/several/", "approvals_several", VIEW)
@require_POST
def several(request: HttpRequest) -> HttpResponse:
    """Approve the ticked requests, each in a transaction of its own; what was refused is told one by one."""
    told = [one for one in request.POST.getlist("one") if _TICKED.fullmatch(one)]
    versions = {int(pk): int(version) for pk, version in (one.split(":") for one in told)}
    reason = request.POST.get("reason", "")[:200]
    approved = 0
    try:
        for pk, outcome in deciding.approve_many(
            actor_of(request), versions, reason=reason, at=timezone.now()
        ):
            approved += isinstance(outcome, ChangeRequest)
            if isinstance(outcome, ServiceError):
                messages.error(
                    request, _("CR-%(number)s: %(why)s") % {"number": pk, "why": str(outcome.message)}
                )
    except Invalid as refusal:
        messages.error(request, str(refusal.message))
    if approved:
        text = ngettext("You have approved %(n)d request.", "You have approved %(n)d requests.", approved)
        messages.success(request, text % {"n": approved})
    elif not versions:
        messages.error(request, _("Tick at least one request."))
    return HttpResponseRedirect(reverse("admin:approvals"))


def _boxes(actor: Actor, at: datetime, current: str) -> list[dict[str, Any]]:
    counts = reading.waiting(actor, at)
    return [
        {
            "label": label,
            "url": reverse(f"admin:{name}"),
            "current": box == current,
            "count": counts.get(box, 0),
            "more": counts.get(box, 0) > reading.COUNTED,
        }
        for box, (name, label) in BOXES.items()
    ]


def _columns(at: datetime) -> tuple[Column[ChangeRequest], ...]:
    return (
        Column(_("Request"), lambda row: Cell(row.number, url=request_url(row.pk), main=True)),
        Column(_("What"), lambda row: Cell(_title(row), note=_fields(row))),
        Column(_("Customer"), _customer),
        Column(_("Branch"), lambda row: Cell(row.org_code or "—", "mono")),
        Column(_("Asked by"), lambda row: Cell(str(row.maker))),
        Column(_("Asked at"), lambda row: Cell(row.opened_at, "time")),
        Column(_("Decide by"), lambda row: Cell(row.due_at, "time") if row.state in OPEN else Cell("—")),
        Column(_("State"), lambda row: _state(row, at)),
    )


def _title(row: ChangeRequest) -> Any:
    declared = operation(row.operation)
    return declared.title(row) if declared.title else declared.label


def _fields(row: ChangeRequest) -> str:
    return ", ".join(str(label) for label in operation(row.operation).fields(row))


def _customer(row: ChangeRequest) -> Cell:
    if row.customer_id is None:
        return Cell("—")
    named = objects.naming("customer")
    return Cell(named.number(row.customer_id), "mono", url=named.url(row.customer_id))


def _state(row: ChangeRequest, at: datetime) -> Cell:
    if row.state == State.PENDING and row.due_at <= at:
        return Cell(_("late"), "tag", "warn")
    return Cell(State(row.state).label, "tag", TONES.get(row.state, ""))


@page("approvals/<int:request_id>/", "change_request", VIEW)
def one(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """One request: what would change, who said what, and the decision."""
    actor, at = actor_of(request), timezone.now()
    refusal: ServiceError | None = None
    form = DecisionForm(request.POST or None)
    act = request.POST.get("act", "")
    if act == "approve" and not is_fresh(request) and _lets_in(actor, request_id, at):
        return ask_for_proof(request)
    if request.method == "POST" and act in ACTS and form.is_valid():
        do, said = ACTS[act]
        told = form.cleaned_data
        try:
            do(actor, request_id, told["version"], reason=told["reason"], at=at)
        except (Stale, Duplicate, Invalid) as refused:
            refusal = refused
        else:
            messages.success(request, said)
            return HttpResponseRedirect(request_url(request_id))
    told_now = reading.get(actor, request_id, at=at)
    context = _page(actor, told_now, at) | {
        "refusal": refusal,
        "form": form,
        "typed": form.data.get("reason", ""),
    }
    return render_page(
        request, "panorama/change_request.html", context, status=status_of(refusal) if refusal else 200
    )


def _lets_in(actor: Actor, request_id: int, at: datetime) -> bool:
    """Whether to agree lets somebody in, which takes proof of this moment."""
    return reading.get(actor, request_id, at=at).request.operation in LETS_IN


def _page(actor: Actor, told: reading.Told, at: datetime) -> dict[str, Any]:
    row = told.request
    shown = _shown(actor, row, at)
    return {
        "title": shown.title,
        "crumbs": [{"url": reverse("admin:approvals"), "label": _("Approvals")}],
        "row": row,
        "told": told,
        "shown": shown,
        "state": _state(row, at),
        "stale": row.state in OPEN and any(line.clash for line in shown.lines),
        "hidden": any(line.hidden for line in shown.lines),
        "customer": _customer(row),
        "open": row.state in OPEN,
        "look_url": look_url(row),
        "clear_url": clear_url(row) if actor.may("clear.read") else "",
        "edit_url": edit_url(row) if told.is_maker and row.state in OPEN else "",
        "operation": operation(row.operation).label,
        "reasons": REASONS,
    }


def _shown(actor: Actor, row: ChangeRequest, at: datetime) -> Shown:
    """In words, as the reader sees it, in whoever's stead."""
    return operation(row.operation).show(row, standing_in(actor, at), at)


def _waiting(actor: Actor, at: datetime) -> dict[str, Any]:
    """What waits, for the home page."""
    counts = reading.waiting(actor, at)
    return {"decide": counts[DECIDE], "mine": counts[MINE], "more": counts[DECIDE] > reading.COUNTED}


def _count(actor: Actor, at: datetime) -> int:
    counts = reading.waiting(actor, at)
    return counts[DECIDE] + counts[MINE]


add_panel(Panel("approvals", VIEW, "panorama/home/approvals.html", _waiting, size="tile", order=5))
menu.add(menu.Item("work", _("Approvals"), "admin:approvals", "ok", VIEW, "g a", 20, _count))
