"""What rows of facet files do: each operation is a call of the service that screens and endpoints call.

Facts are told by their source and written as the product; what takes a second person is asked in the name of the
account that delivered the file, by its rights.
"""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from batch.formats.errors import error, refuse
from batch.layouts.facet import ADD, CHANGE, END, PAYMENTS, VERIFICATIONS
from batch.pipeline import document_steps
from batch.pipeline.delivery import CHANGED, CREATED, ENDED, UNCHANGED, Delivery, known, row_of
from batch.pipeline.facet_rows import Told, checked, slot_of
from credentials.models import CredentialVerification
from credentials.rules.formats import normalise
from credentials.rules.lifecycle import TERMINAL
from credentials.services import verifying
from credentials.services.documents import documents_of, invalid
from credentials.services.verifying import Check
from customers.models import Customer
from customers.services import facets
from customers.services.facets import Teller
from mdm.errors import Invalid
from mdm.history.models import SINCE, Status
from mdm.rest.fields import Day
from mdm.subjects import APART, Row
from special_info.models import AgencyAgreement
from special_info.services import agency_batch, agency_payment, investor, tax

_MOVING: dict[str, Any] = {
    "tax_certification": tax,
    "investor_assessment": investor,
    "agency_agreement": agency_payment,
}


def done(delivery: Delivery, customer: Customer, rows: Sequence[Told]) -> str:
    """Do what a row (or several that are one thing) says; tells what became of it. Raises what the service raises."""
    if delivery.layout.name == PAYMENTS.name:
        return _receive(delivery, customer, rows)
    (told,) = rows
    if delivery.layout.name == VERIFICATIONS.name:
        return _verify(delivery, customer, told)
    step = document_steps.STEPS if delivery.facet.name == document_steps.FACET else {}
    return (_VERBS.get(told.operation) or step.get(told.operation, _move))(delivery, customer, told)


def _add(delivery: Delivery, customer: Customer, told: Told) -> str:
    facet, slot = delivery.facet, slot_of(delivery.facet, told)
    if facet.multiple and not slot:
        raise refuse([error("row.required", "/slot")])
    values, row = checked(facet, told), row_of(delivery, customer, slot, told)
    since = delivery.since(told)
    if row is not None:
        if row.status == Status.ENDED or facets.differs(
            facet, row, customer.pk, values, delivery.business_date
        ):
            raise Invalid("row.exists", _("There is one already: change it instead."))
        return UNCHANGED
    number, apart = customer.customer_no, f"{APART}{slot}" if facet.multiple else ""
    teller = Teller(told.system, told.key or number, apart, of_record=bool(told.key))
    facets.add(delivery.actor, number, facet.name, {**values, **since}, teller=teller, **delivery.say)
    return CREATED


def _change(delivery: Delivery, customer: Customer, told: Told) -> str:
    row, facet = known(delivery, customer, told), delivery.facet
    values, since = checked(facet, told), delivery.since(told)
    if not since and facets.differs(facet, row, customer.pk, values, delivery.business_date):
        since = {SINCE: min(delivery.business_date, timezone.localtime(delivery.at).date())}
    values |= since
    after = facets.change(delivery.actor, facet.name, row.pk, row.version, values, **delivery.say)
    return UNCHANGED if after.version == row.version else CHANGED


def _end(delivery: Delivery, customer: Customer, told: Told) -> str:
    row = known(delivery, customer, told)
    if row.status == Status.ENDED:
        return UNCHANGED
    facets.end(delivery.actor, delivery.facet.name, row.pk, row.version, **delivery.say)
    return ENDED


def _move(delivery: Delivery, customer: Customer, told: Told) -> str:
    """An operation of the table of states."""
    row, service = known(delivery, customer, told), _MOVING[delivery.facet.name]
    if told.operation == "submit":
        service.submit(delivery.account(), row.pk, row.version, **delivery.say)
    else:
        service.step(delivery.account(), told.operation, row.pk, row.version, **delivery.say)
    return CHANGED


_VERBS: dict[str, Callable[[Delivery, Customer, Told], str]] = {ADD: _add, CHANGE: _change, END: _end}


def _verify(delivery: Delivery, customer: Customer, told: Told) -> str:
    """A check that a service told; one by hand takes a second person, as everywhere."""
    row, check = _document(customer, told), _check(told)
    same = {name: getattr(check, name) for name in ("method", "outcome", "checked_at", "reference")}
    if CredentialVerification.objects.filter(document=row.pk, **same).exists():
        return UNCHANGED
    if check.method == "MANUAL":
        verifying.ask(delivery.account(), row.pk, row.version, check, **delivery.say)
    else:
        verifying.verify(delivery.actor, row.pk, row.version, check, **delivery.say)
    return CREATED


def _document(customer: Customer, told: Told) -> Any:
    """The document that was checked: the only one of its type, or of its type and number."""
    kind, number = told.values["document_type"], told.values.get("document_number")
    family = [customer.golden_id or customer.pk, customer.pk, *customer.members]
    found = [row for row in documents_of(family) if row.type == kind and row.lifecycle_state not in TERMINAL]
    if number:
        found = [row for row in found if _same_number(row, kind, number)]
    if len(found) != 1:
        raise invalid("document.about", "document_type", _("There is no such entry of this customer."))
    return found[0]


def _same_number(row: Any, kind: str, number: str) -> bool:
    country = row.issuing_country
    return normalise(kind, row.number.open() or "", country) == normalise(kind, number, country)


def _check(told: Told) -> Check:
    values, missing = told.values, [name for name in VERIFICATIONS.needed[2:] if not told.values.get(name)]
    if missing:
        raise refuse([error("row.required", f"/{name}") for name in missing])
    score = values.get("score")
    return Check(
        method=values["method"],
        outcome=values["outcome"],
        source=(values.get("source") or "")[:60],
        reference=(values.get("reference") or "")[:80],
        checked_at=_moment(values["checked_at"]),
        score=None if score is None else Decimal(score),
    )


def _moment(told: str) -> datetime:
    """A moment as ISO 8601 has it, in the bank's time where it names no zone. Invalid `value.date`."""
    try:
        moment = parse_datetime(told)
    except ValueError:
        moment = None
    if moment is None:
        raise refuse([error("value.date", "/checked_at")])
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _receive(delivery: Delivery, customer: Customer, rows: Sequence[Told]) -> str:
    """A batch of payments; places in it are told by the lines of this file."""
    head = rows[0].values
    agreement = AgencyAgreement.objects.filter(
        customer_id=customer.pk, agreement_no=head["agreement_no"] or "", status=Status.ACTIVE
    ).first()
    if agreement is None:
        raise invalid("row.unknown", "agreement_no", _("There is no such entry."))
    agency_batch.receive(delivery.actor, agreement.pk, _handed_in(head, rows), **delivery.say)
    return CREATED


def _handed_in(head: Row, rows: Sequence[Told]) -> agency_batch.HandedIn:
    missing = [name for name in ("batch_no", "handler_no", "pay_on") if not head[name]]
    if missing:
        raise refuse([error("row.required", f"/{name}") for name in missing])
    written = io.StringIO()
    columns = ("name", "account", "amount", "id_number")
    lines = csv.writer(written)
    lines.writerow(columns)
    lines.writerows([row.values.get(name) or "" for name in columns] for row in rows)
    pay_on = Day().to_internal_value(head["pay_on"])
    return agency_batch.HandedIn(head["batch_no"], head["handler_no"], pay_on, written.getvalue())
