"""Batches of agency payments that employers hand in: checked, approved, sent, settled.

The bank's systems move the money; here it is registered what was handed in, by whom, whose the payments are, and
what became of them.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_no
from customers.services import facets
from customers.services.locking import lock
from mdm.bulk.writing import allocate_ids
from mdm.errors import Duplicate, FieldError, Invalid, NotFound, Text
from mdm.history.models import Status, SubjectModel
from mdm.subjects import Row
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.requests import Done, perform
from special_info.models import AgencyAgreement, AgencyBatch, AgencyLine
from special_info.rules import payment
from special_info.rules.payment import Payment, Result
from special_info.selectors.payees import with_payees
from special_info.services.agency_payment import handlers_on
from special_info.services.moving import KINDS, ask, day_of, move

BATCH = KINDS["batch"]
APPROVE = "batch.approve"
#: Lines written in one statement.
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What an employer hands in: a file of payments, its number, who brings it, when to pay."""

    batch_no: str
    handler_no: str
    pay_on: date
    text: str
    count: int | None = None
    total: Decimal | None = None


@transaction.atomic
def receive(actor: Actor, agreement_id: int, told: HandedIn, *, reason: str, at: datetime) -> AgencyBatch:
    """Register a batch: read, checked against agreement and totals, payees looked for, line by line.

    Raises Invalid `batch.refused` for what concerns the whole (state, handler, header, count, sum, limits), naming
    each; Duplicate `record.number_taken` for a batch number of this agreement that is taken. What concerns one line
    is kept with the line. Nothing is written where it raises.
    """
    payments = _read(told)
    with in_scope(actor, BATCH.right):
        agreement, customer = _employer(agreement_id)
        _refuse_batch(agreement, customer, told, payments, day_of(at))
        checked = payment.checked(payments, agreement.line_limit)
        lines = with_payees(actor, checked, BATCH.right)
        return _written(actor, agreement, told, lines, reason, at)


def _employer(agreement_id: int) -> tuple[AgencyAgreement, Customer]:
    """An agreement and its employer, locked; NotFound out of scope."""
    agreement = AgencyAgreement.objects.filter(pk=agreement_id, status=Status.ACTIVE).first()
    customer = lock([agreement.customer_id]).get(agreement.customer_id) if agreement else None
    if agreement is None or customer is None:
        raise NotFound("row.unknown", _("There is no such entry."))
    return agreement, customer


def _read(told: HandedIn) -> list[Payment]:
    try:
        return payment.read(told.text)
    except payment.BatchError as unreadable:
        raise _refused(unreadable.errors) from unreadable


def _refused(errors: Sequence[FieldError]) -> Invalid:
    return Invalid("batch.refused", _("The batch cannot be taken as it is."), errors)


def _refuse_batch(
    agreement: AgencyAgreement, customer: Customer, told: HandedIn, payments: Sequence[Payment], day: date
) -> None:
    taken = AgencyBatch.objects.filter(
        customer_id=agreement.customer_id, agreement_no=agreement.agreement_no, batch_no=told.batch_no
    )
    if taken.exists():
        text = _("This number is taken.")
        raise Duplicate("record.number_taken", text, [FieldError("/batch_no", "record.number_taken", text)])
    errors = [*_standing(agreement, customer, told, day), *_sums(agreement, told, payments)]
    if errors:
        raise _refused(errors)


def _standing(agreement: AgencyAgreement, customer: Customer, told: HandedIn, day: date) -> list[FieldError]:
    """Whether agreement, employer and handler let a batch be handed in on a day."""
    found: list[tuple[bool, str, str, Text]] = [
        (agreement.agency_state == "ACTIVE", "", "batch.agreement", _("The agreement is not in force.")),
        (
            customer.lifecycle_status == "ACTIVE",
            "",
            "batch.employer",
            _("The employer is no active customer."),
        ),
        (
            told.handler_no in handlers_on(customer, agreement.agreement_no, day),
            "/handler_no",
            "batch.handler",
            _("This is no handler, or document or authority are over."),
        ),
        (told.pay_on >= day, "/pay_on", "batch.pay_on", _("The day of payment is over.")),
    ]
    return [FieldError(place, code, text) for right, place, code, text in found if not right]


def _sums(agreement: AgencyAgreement, told: HandedIn, payments: Sequence[Payment]) -> list[FieldError]:
    """Whether count and sum are those that were told, and within the limits of the agreement."""
    total = payment.total(payments)
    errors = []
    if told.count is not None and told.count != len(payments):
        errors.append(
            FieldError("/count", "batch.count", _("The file has another number of payments than was told."))
        )
    if told.total is not None and told.total != total:
        errors.append(FieldError("/total", "batch.total", _("The file has another sum than was told.")))
    if agreement.batch_limit is not None and total > agreement.batch_limit:
        errors.append(FieldError("/total", "batch.limit", _("More than the agreement allows for one batch.")))
    if agreement.month_limit is not None and total + _month(agreement, told.pay_on) > agreement.month_limit:
        errors.append(
            FieldError("/total", "batch.month_limit", _("More than the agreement allows for one month."))
        )
    return errors


def _month(agreement: AgencyAgreement, pay_on: date) -> Decimal:
    """What other batches of the month come to."""
    others = AgencyBatch.objects.filter(
        customer_id=agreement.customer_id,
        agreement_no=agreement.agreement_no,
        pay_on__year=pay_on.year,
        pay_on__month=pay_on.month,
    ).exclude(batch_state="REJECTED")
    return others.aggregate(sum=Sum("total"))["sum"] or Decimal(0)


def _written(
    actor: Actor,
    agreement: AgencyAgreement,
    told: HandedIn,
    lines: Sequence[Payment],
    reason: str,
    at: datetime,
) -> AgencyBatch:
    """The batch with its lines."""
    values: dict[str, Any] = {
        "agreement_no": agreement.agreement_no,
        "batch_no": told.batch_no,
        "handler_no": told.handler_no,
        "pay_on": told.pay_on,
        "currency": agreement.currency,
        "line_count": len(lines),
        "total": payment.total(lines),
        "digest": hashlib.sha256(told.text.encode()).hexdigest(),
        "matched_lines": sum(1 for one in lines if one.payee_no),
        "flawed_lines": sum(1 for one in lines if one.finding),
    }
    number = customer_no(agreement.customer_id)
    checked = {BATCH.state: BATCH.machine.after(BATCH.machine.initial, "check")}
    batch: Any = facets.add(actor, number, BATCH.facet, values, reason=reason, at=at, operated=checked)
    ids = allocate_ids(AgencyLine._meta.db_table, len(lines))
    AgencyLine.objects.bulk_create(
        (_line(pk, batch, one) for pk, one in zip(ids, lines, strict=True)), batch_size=AT_ONCE
    )
    return batch  # type: ignore[no-any-return]


def _line(pk: int, batch: AgencyBatch, one: Payment) -> AgencyLine:
    return AgencyLine(
        id=pk,
        customer_id=batch.customer_id,
        batch_id=batch.pk,
        line=one.line,
        payee_name=one.name[:150],
        account=one.account[:40],
        id_number=one.id_number[:60],
        amount=one.amount[:21],
        payee_no=one.payee_no,
        finding=one.finding,
    )


@transaction.atomic
def approve_batch(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """Approve a batch, or ask for it: by its number, as employers and bank agreed."""
    return perform(actor, APPROVE, {"row": row_id, "version": version}, reason=reason, at=at)


def do_approve_batch(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> SubjectModel:
    """The approval that was asked for. Invalid `batch.flawed` where a line cannot be paid as it is."""

    def more(row: Row, customer: Customer) -> dict[str, Any]:
        stopping = _stopping(int(row["id"]))
        if stopping:
            raise Invalid("batch.flawed", _("Some payments cannot be made as they are."), stopping)
        facts = {"lines": row["line_count"], "flawed": row["flawed_lines"]}
        ask(actor, BATCH, "approve", row, customer, facts)
        return {}

    return move(actor, BATCH, "approve", told["row"], told["version"], reason=reason, at=at, more=more)


def _stopping(batch_id: int) -> list[FieldError]:
    flawed = AgencyLine.objects.filter(batch_id=batch_id, finding__in=payment.STOPPING).order_by("line")
    return [
        FieldError(f"/lines/{line}", finding, payment.FINDINGS[finding])
        for line, finding in flawed.values_list("line", "finding")[:50]
    ]


def refuse_batch(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> SubjectModel:
    """Give a batch back to the employer."""
    return move(actor, BATCH, "refuse", row_id, version, reason=reason, at=at)


def send_batch(actor: Actor, row_id: int, version: int, *, reason: str, at: datetime) -> SubjectModel:
    """Say that the payments went to the paying system."""
    return move(actor, BATCH, "send", row_id, version, reason=reason, at=at)


@transaction.atomic
def settle(
    actor: Actor, row_id: int, version: int, results: Sequence[Result], *, reason: str, at: datetime
) -> SubjectModel:
    """Register what became of every line. Invalid `batch.results` where lines are missing, strange or told twice."""
    operation = "settle" if all(paid for _line, paid, _code, _text in results) else "settle_partly"

    def more(row: Row, _customer: Customer) -> dict[str, Any]:
        _refuse_results(int(row["id"]), results)
        paid = sum(1 for _line, ok, _code, _text in results if ok)
        return {"paid_lines": paid, "failed_lines": len(results) - paid}

    batch = move(actor, BATCH, operation, row_id, version, reason=reason, at=at, more=more)
    told = {line: (paid, code or ("OK" if paid else "FAILED"), text) for line, paid, code, text in results}
    with in_scope(actor, BATCH.right):
        lines = list(AgencyLine.objects.filter(batch_id=row_id))
        for one in lines:
            one.paid, result, text = told[one.line]
            one.result, one.result_text = result[:20], text[:200]
        AgencyLine.objects.bulk_update(lines, ["paid", "result", "result_text"], batch_size=AT_ONCE)
    return batch


@transaction.atomic
def settle_some(
    actor: Actor,
    row_id: int,
    version: int,
    text: str,
    *,
    others_paid: bool,
    reason: str,
    at: datetime,
) -> SubjectModel:
    """Register or correct what a file of results tells of some lines. The others keep what is known of them; where
    nothing is, `others_paid` says that they were paid. Invalid `batch.refused` for a file that cannot be read; else
    raises as `settle`."""
    try:
        told = payment.read_results(text) if text.strip() else []
    except payment.BatchError as unreadable:
        raise _refused(unreadable.errors) from unreadable
    with in_scope(actor, BATCH.right):
        known = AgencyLine.objects.filter(batch_id=row_id).values_list(
            "line", "paid", "result", "result_text"
        )
        named = {line for line, *_rest in told}
        rest = [
            (line, others_paid if paid is None else paid, code, said)
            for line, paid, code, said in known
            if line not in named and (paid is not None or others_paid)
        ]
    return settle(actor, row_id, version, [*told, *rest], reason=reason, at=at)


def _refuse_results(batch_id: int, results: Sequence[Result]) -> None:
    known = set(AgencyLine.objects.filter(batch_id=batch_id).values_list("line", flat=True))
    told = Counter(line for line, *_rest in results)
    wrong = sorted({*(known ^ set(told)), *(line for line, count in told.items() if count > 1)})
    if wrong:
        text = _("Each payment of the batch is told once.")
        raise Invalid(
            "batch.results",
            text,
            [FieldError(f"/lines/{line}", "batch.results", text) for line in wrong[:50]],
        )
