"""Agency payment agreements with their handlers: handed in, in force, suspended, ended."""

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
from security.approvals.requests import Done, perform
from special_info.models import AgencyAgreement, AgencyHandler
from special_info.services.moving import KINDS, ask, by_hand, day_of, move, move_all

AGENCY = KINDS["agency"]
ACTIVATE = "agency.activate"


@transaction.atomic
def submit(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """Hand an agreement in, and ask for its activation. Invalid `agreement.incomplete` with every place."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        _refuse_incomplete(row, customer, day_of(at))
        return {}

    handed_in = move(actor, AGENCY, "submit", row_id, version, reason=reason, at=at, more=more)
    return perform(actor, ACTIVATE, {"row": handed_in.pk, "version": handed_in.version}, reason=reason, at=at)


def do_activate(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """The activation that was asked for; what it takes is looked at once more."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        _refuse_incomplete(row, customer, day_of(at))
        handlers = len(handlers_on(customer, str(row["agreement_no"]), day_of(at)))
        ask(actor, AGENCY, "activate", row, customer, {"handlers": handlers})
        return {}

    return move(actor, AGENCY, "activate", told["row"], told["version"], reason=reason, at=at, more=more)


def do_reject(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """What follows from a rejected request: a draft again."""
    return move(actor, AGENCY, "reject", told["row"], None, reason=reason, at=at)


def step(
    actor: Actor, operation: str, row_id: int, version: int, *, reason: str, at: datetime
) -> SubjectModel:
    """Reopen, suspend, resume or terminate an agreement; the reason stays with it."""
    by_hand(actor, AGENCY, operation)
    why = {"ended_why": reason[:200] if operation in ("suspend", "terminate") else ""}
    return move(
        actor, AGENCY, operation, row_id, version, reason=reason, at=at, more=lambda _row, _customer: why
    )


def expire(actor: Actor, day: date, *, reason: str, at: datetime) -> int:
    """End agreements whose time is over and that do not renew themselves; returns how many."""
    over = AgencyAgreement.objects.filter(
        agency_state__in=("ACTIVE", "SUSPENDED"), auto_renew=False, ends_on__lt=day
    )
    return move_all(actor, AGENCY, "expire", over, reason=reason, at=at)


def _refuse_incomplete(row: Row, customer: Customer, day: date) -> None:
    errors = []
    for name in ("settlement_account", "begins_on", "pay_day"):
        if not row.get(name):
            errors.append(FieldError(f"/{name}", "agreement.needed", _("This has to be told.")))
    if customer.lifecycle_status != "ACTIVE":
        errors.append(FieldError("", "agreement.employer", _("The employer is no active customer.")))
    if not handlers_on(customer, str(row["agreement_no"]), day):
        errors.append(FieldError("", "agreement.handler", _("No handler has a document that is valid.")))
    if errors:
        raise Invalid("agreement.incomplete", _("The agreement cannot come into force as it is."), errors)


def handlers_on(customer: Customer, agreement_no: str, day: date) -> dict[str, AgencyHandler]:
    """Who may hand in batches on a day: document and authority are not over."""
    rows = AgencyHandler.objects.filter(
        customer_id__in=[customer.pk, *customer.members], agreement_no=agreement_no, status=Status.ACTIVE
    )
    return {
        row.handler_no: row
        for row in rows
        if row.document_expiry is not None
        and row.document_expiry >= day
        and (row.authorised_until is None or row.authorised_until >= day)
    }
