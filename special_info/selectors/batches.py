"""Reading a batch of agency payments: its lines, masked, with what was found of each."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.customer import VIEW
from customers.selectors.rows import RowView, get_row
from mdm.errors import NotFound, Text
from mdm.history.models import Status
from mdm.paging import Page
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.access.sight import Sight
from security.audit.log import record
from security.crypto.masking import mask
from special_info.models import AgencyAgreement, AgencyBatch, AgencyHandler, AgencyLine
from special_info.rules.payment import FINDINGS
from special_info.rules.states import AGENCY, BATCH

#: The largest page of lines.
LARGEST = 200


@dataclass(frozen=True, slots=True)
class LineView:
    """One payment as the reader may see it; `payee_no` is empty where the payee is not the reader's to see."""

    id: int
    line: int
    payee: str
    account: str
    id_number: str
    amount: str
    payee_no: str
    finding: str
    text: Text
    paid: bool | None
    result: str
    result_text: str


#: What lines may be narrowed by, besides all of them.
NARROW: dict[str, tuple[Text, Q]] = {
    "flawed": (_("With findings"), ~Q(finding="")),
    "unknown": (_("Payee not found"), Q(payee_no="")),
    "open": (_("Without result"), Q(paid=None)),
    "failed": (_("Failed"), Q(paid=False)),
    "paid": (_("Paid"), Q(paid=True)),
}


def lines(
    actor: Actor,
    batch_id: int,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 50,
    narrow: str = "",
) -> Page[LineView]:
    """A page of a batch's payments in the order of the file; `narrow` is one of `NARROW`. Logged."""
    view = get_row(actor, "agency_batch", batch_id, at=at)
    owner: Any = view.row
    with in_scope(actor, VIEW):
        rows = AgencyLine.objects.filter(customer_id=owner.customer_id, batch_id=batch_id)
        narrowed = rows.filter(NARROW[narrow][1]) if narrow else rows
        below = narrowed.filter(line__gt=after) if after is not None else narrowed
        size = max(1, min(size, LARGEST))
        found = list(below.order_by("line")[: size + 1])
        record(
            actor,
            "agency_line.list",
            at,
            subject="agency_batch",
            object_id=batch_id,
            customer_id=view.customer.pk,
            fields={"shown": len(found[:size])},
        )
        seen = _visible(actor, [one.payee_no for one in found])
        sight = actor.sight(view.customer)
        shown = [_line(one, sight, one.payee_no if one.payee_no in seen else "") for one in found[:size]]
        return Page(shown, found[size - 1].line if len(found) > size else None)


def _visible(actor: Actor, numbers: list[str]) -> set[str]:
    """Which payees are the reader's to see: the batch may have been taken by somebody who sees more."""
    ids = [pk for number in numbers if (pk := customer_id(number))]
    return {row.customer_no for row in scoped(Customer.objects.filter(pk__in=ids), actor, VIEW).only("pk")}


def _line(one: AgencyLine, sight: Sight, payee_no: str) -> LineView:
    def told(name: str) -> str:
        value = getattr(one, name)
        kind = AgencyLine._meta.get_field(name).kind  # type: ignore[union-attr]
        return mask(kind, value.open(), sight.profile) if value is not None else ""

    return LineView(
        one.pk,
        one.line,
        told("payee_name"),
        told("account"),
        told("id_number"),
        told("amount"),
        payee_no,
        one.finding,
        FINDINGS.get(one.finding, ""),
        one.paid,
        one.result,
        one.result_text,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """How much of a batch: payments and their sum in the currency of the batch."""

    lines: int
    sum: Decimal


def totals(actor: Actor, batch: Any) -> dict[str, Totals]:
    """What was paid and what failed of a batch that was settled (`paid`, `failed`); empty before."""
    if not batch.paid_lines and not batch.failed_lines:
        return {}
    with in_scope(actor, VIEW):
        failed = AgencyLine.objects.filter(customer_id=batch.customer_id, batch_id=batch.pk, paid=False)
        amounts = [
            one.amount.open() for one in failed.only("customer_id", "amount") if one.amount is not None
        ]
    lost = sum((Decimal(amount) for amount in amounts), Decimal(0))
    return {
        "paid": Totals(batch.paid_lines, batch.total - lost),
        "failed": Totals(batch.failed_lines, lost),
    }


def agreement_id(actor: Actor, batch: Any) -> int | None:
    """The agreement under which a batch was handed in."""
    with in_scope(actor, VIEW):
        own = AgencyAgreement.objects.filter(
            customer_id=batch.customer_id, agreement_no=batch.agreement_no, status=Status.ACTIVE
        )
        return own.values_list("pk", flat=True).first()


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement to look at: handlers and batches, what may be done."""

    view: RowView
    handlers: list[AgencyHandler]
    batches: list[AgencyBatch]
    operations: list[str]


def agreement_view(actor: Actor, row_id: int, *, at: datetime) -> AgreementView:
    """One agreement with its newest batches; the read is logged. NotFound out of scope."""
    view = get_row(actor, "agency_agreement", row_id, at=at)
    row: Any = view.row
    with in_scope(actor, VIEW):
        own = {"customer_id": row.customer_id, "agreement_no": row.agreement_no, "status": Status.ACTIVE}
        handlers = list(AgencyHandler.objects.filter(**own).order_by("handler_no"))
        batches = list(AgencyBatch.objects.filter(**own).order_by("-pk")[:LARGEST])
    return AgreementView(view, handlers, batches, AGENCY.allowed(row.agency_state))


def agreement_of(actor: Actor, number: str, row_id: int, *, at: datetime) -> AgencyAgreement:
    """An agreement of a customer whose number is told. NotFound for another customer's."""
    found = agreement_view(actor, row_id, at=at)
    if found.view.head["customer_no"] != number:
        raise NotFound("row.unknown", _("There is no such entry."))
    row: Any = found.view.row
    return row  # type: ignore[no-any-return]


def batch_operations(state: str) -> list[str]:
    """What may be done with a batch, the second person's part among it: it is asked for by the maker."""
    return BATCH.allowed(state) + BATCH.allowed(state, "checker")
