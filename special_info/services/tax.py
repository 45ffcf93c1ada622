"""Declarations of tax residence: registered whole, handed in, approved by a second person, replaced, ended.

Nothing is assumed: what a declaration lacks keeps it from being handed in, place by place, and what conflicts with
what the bank knows keeps it from being approved until it is explained.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id
from customers.services import facets
from mdm.errors import FieldError, Invalid
from mdm.history.models import Status, SubjectModel
from mdm.subjects import Row
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.requests import Done, perform
from special_info.models import TaxCertification
from special_info.rules import reasonableness, statement
from special_info.selectors.declaration import CONTROL, HEAD, RESIDENCE, look
from special_info.services.moving import KINDS, ask, by_hand, day_of, move, move_all

TAX = KINDS["tax"]
APPROVE = "tax.approve"


@transaction.atomic
def declare(
    actor: Actor,
    number: str,
    head: Row,
    residences: Sequence[Row] = (),
    persons: Sequence[Row] = (),
    *,
    reason: str,
    at: datetime,
) -> SubjectModel:
    """Register a declaration as a draft, with its parts, all or nothing. It gets a number unless told one.

    Raises what `facets.add` raises; places are `/tax_residence/0/tin` and the like, as they were told.
    """
    named = head.get("certification_no") or _next_number(actor, number, day_of(at))
    row = _add(actor, number, HEAD, 0, {**head, "certification_no": named}, reason, at)
    for facet, rows in ((CONTROL, persons), (RESIDENCE, residences)):
        for place, told in enumerate(rows):
            _add(actor, number, facet, place, {**told, "certification_no": named}, reason, at)
    return row


def _add(
    actor: Actor, number: str, facet: str, place: int, told: Row, reason: str, at: datetime
) -> SubjectModel:
    """One row; what is refused is named by its place in what was told."""
    values = {name: value for name, value in told.items() if value not in (None, "")}
    try:
        return facets.add(actor, number, facet, values, reason=reason, at=at)
    except Invalid as refusal:
        refusal.errors = [
            FieldError(f"/{facet}/{place}/{error.pointer.rpartition('/')[2]}", error.code, error.detail)
            for error in refusal.errors
        ]
        raise


def _next_number(actor: Actor, number: str, day: date) -> str:
    """The next number of the day of this customer; of two who take it at once the guard refuses one."""
    opening = f"T{day:%Y%m%d}-"
    with in_scope(actor, TAX.right):
        used = TaxCertification.objects.filter(
            customer_id=customer_id(number) or 0, certification_no__startswith=opening
        )
        return f"{opening}{used.count() + 1}"


@transaction.atomic
def submit(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """Hand a draft in, and ask for its approval (or approve it, where no rule asks for a second person).

    Raises Invalid `declaration.incomplete` with every place, `declaration.unexplained` for conflicts without an
    explanation, Duplicate `state.refused`.
    """

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        return _judged(row, customer, day_of(at))

    handed_in = move(actor, TAX, "submit", row_id, version, reason=reason, at=at, more=more)
    return perform(actor, APPROVE, {"row": handed_in.pk, "version": handed_in.version}, reason=reason, at=at)


def _judged(row: Row, customer: Customer, day: date) -> dict[str, Any]:
    """What is written of the judgement; Invalid where the declaration cannot stand."""
    looked = look(row, customer, day)
    if looked.faults:
        text = _("The self-certification cannot be handed in as it is.")
        raise Invalid("declaration.incomplete", text, [fault.error for fault in looked.faults])
    if looked.verdict == reasonableness.FAILED:
        conflicts = [
            FieldError(f"/{HEAD}/0/explanation", f"indicium.{code}", reasonableness.INDICIA[code])
            for code in looked.indicia
        ]
        text = _("This conflicts with what the bank knows: explain it.")
        raise Invalid("declaration.unexplained", text, conflicts)
    return {"reasonableness": looked.verdict, "indicia": ",".join(looked.indicia)}


@transaction.atomic
def do_approve(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """The approval that was asked for: judged once more on what is known now; what was in force is replaced."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        judged = _judged(row, customer, day_of(at))
        facts = {"reasonableness": judged["reasonableness"], "indicia": judged["indicia"].split(",")}
        ask(actor, TAX, "approve", row, customer, facts)
        return {**judged, "decided_on": day_of(at)}

    with in_scope(actor, TAX.right):
        approved = move(actor, TAX, "approve", told["row"], told["version"], reason=reason, at=at, more=more)
        _supersede(actor, approved, reason, at)
    return approved


def _supersede(actor: Actor, approved: SubjectModel, reason: str, at: datetime) -> None:
    """Only one declaration is in force: those of the customer and of who was merged into it give way."""
    told: Any = approved
    owner = Customer.objects.get(pk=told.customer_id)
    golden = owner if owner.golden_id is None else Customer.objects.get(pk=owner.golden_id)
    others = TaxCertification.objects.filter(
        customer_id__in=[golden.pk, *golden.members], tax_state="APPROVED", status=Status.ACTIVE
    ).exclude(pk=approved.pk)
    for other in others.order_by("pk"):
        move(
            actor,
            TAX,
            "supersede",
            other.pk,
            None,
            reason=reason,
            at=at,
            more=lambda _row, _customer: {
                "superseded_by": told.certification_no,
                "change_notice_due": None,
            },
        )


def do_reject(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """What follows from a rejected request."""
    decided = {"decided_on": day_of(at)}
    return move(
        actor, TAX, "reject", told["row"], None, reason=reason, at=at, more=lambda _row, _customer: decided
    )


def report_change(
    actor: Actor, row_id: int, version: int, changed_on: date, *, reason: str, at: datetime
) -> SubjectModel:
    """Circumstances changed: a new declaration is due within 30 days. Invalid for a day to come."""
    if changed_on > day_of(at):
        text = _("The day has not come yet.")
        raise Invalid("record.refused", text, [FieldError("/changed_on", "day.ahead", text)])
    due = {"changed_on": changed_on, "change_notice_due": statement.change_notice_due(changed_on)}
    return move(
        actor, TAX, "report_change", row_id, version, reason=reason, at=at, more=lambda _row, _customer: due
    )


def step(
    actor: Actor, operation: str, row_id: int, version: int, *, reason: str, at: datetime
) -> SubjectModel:
    """Take back for correction (`reopen`), `withdraw`, or `invalidate` a declaration."""
    by_hand(actor, TAX, operation)
    return move(actor, TAX, operation, row_id, version, reason=reason, at=at)


def lapse(actor: Actor, day: date, *, reason: str, at: datetime) -> int:
    """End declarations whose successor is overdue; returns how many."""
    overdue = TaxCertification.objects.filter(tax_state="APPROVED", change_notice_due__lt=day)
    return move_all(actor, TAX, "lapse", overdue, reason=reason, at=at)
