"""Assessments of investors: handed in once the product finds a branch that is met, confirmed by a second person."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from mdm.errors import FieldError, Invalid
from mdm.history.models import Status, SubjectModel
from mdm.subjects import Row
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.requests import Done, perform
from special_info.models import InvestorAssessment
from special_info.rules.investor import WHY, Evaluation
from special_info.selectors.assessment import evaluated
from special_info.services.moving import KINDS, ask, by_hand, day_of, move, move_all

INVESTOR = KINDS["investor"]
APPROVE = "investor.approve"


def _met(row: Row, customer: Customer, day: date) -> Evaluation:
    """The same; Invalid `assessment.not_met` with every criterion and why it does not count."""
    done = evaluated(row, customer, day)
    if done.met:
        return done
    text = _("No branch of this regime is met.")
    why = [FieldError(f"/{c.field}", f"criterion.{c.why}", WHY[c.why]) for c in done.criteria if c.why]
    why += [FieldError(f"/{name}", "criterion.MISSING", _("asked of everybody")) for name in done.missing]
    raise Invalid("assessment.not_met", text, why)


@transaction.atomic
def submit(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """Hand a draft in, with what was found, and ask for its approval."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        return _found(_met(row, customer, day_of(at)))

    handed_in = move(actor, INVESTOR, "submit", row_id, version, reason=reason, at=at, more=more)
    return perform(actor, APPROVE, {"row": handed_in.pk, "version": handed_in.version}, reason=reason, at=at)


def _found(done: Evaluation) -> dict[str, Any]:
    return {
        "regime_version": done.regime.version,
        "branch_met": done.branch,
        "evidence_used": "; ".join(done.evidence)[:400],
    }


@transaction.atomic
def do_approve(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """The approval that was asked for, evaluated once more; an older one under the same regime ends."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        done = _met(row, customer, day_of(at))
        ask(actor, INVESTOR, "approve", row, customer, {"branch": done.branch, "regime": row["regime"]})
        return {**_found(done), "qualified_from": day_of(at), "qualified_until": done.until}

    with in_scope(actor, INVESTOR.right):
        approved = move(
            actor, INVESTOR, "approve", told["row"], told["version"], reason=reason, at=at, more=more
        )
        _end_older(actor, approved, reason, at)
    return approved


def _end_older(actor: Actor, approved: SubjectModel, reason: str, at: datetime) -> None:
    """One assessment a regime is in force for a customer."""
    told: Any = approved
    owner = Customer.objects.get(pk=told.customer_id)
    golden = owner if owner.golden_id is None else Customer.objects.get(pk=owner.golden_id)
    older = InvestorAssessment.objects.filter(
        customer_id__in=[golden.pk, *golden.members],
        investor_state="APPROVED",
        regime=told.regime,
        status=Status.ACTIVE,
    ).exclude(pk=approved.pk)
    for one in older.order_by("pk"):
        move(actor, INVESTOR, "expire", one.pk, None, reason=reason, at=at)


def do_reject(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """What follows from a rejected request."""
    return move(actor, INVESTOR, "reject", told["row"], None, reason=reason, at=at)


def step(
    actor: Actor, operation: str, row_id: int, version: int, *, reason: str, at: datetime
) -> SubjectModel:
    """Take an assessment back for correction (`reopen`) or `revoke` it."""
    by_hand(actor, INVESTOR, operation)
    return move(actor, INVESTOR, operation, row_id, version, reason=reason, at=at)


def expire(actor: Actor, day: date, *, reason: str, at: datetime) -> int:
    """End assessments whose time is over; returns how many."""
    over = InvestorAssessment.objects.filter(investor_state="APPROVED", qualified_until__lt=day)
    return move_all(actor, INVESTOR, "expire", over, reason=reason, at=at)
