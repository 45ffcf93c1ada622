"""Changing the status of a customer: only as the table allows, with its guards proved, agreed to by a second person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, PersonProfile
from customers.rules.lifecycle import GUARDS, REFUSALS, move, refusal
from customers.rules.number import customer_id as id_of
from customers.selectors.holdings import holding
from customers.selectors.restricted import on_everything
from customers.services.locking import done_again
from customers.services.operating import Held, add_rows, held
from mdm.codes import get as code_list
from mdm.errors import Duplicate, FieldError, Invalid, NotFound
from mdm.history.models import Status
from mdm.quality.rules import Audience, audience_of
from mdm.subjects import registry
from security.access.actor import Actor
from security.approvals.gate import Case, require_approval
from security.approvals.requests import Done, perform

OPERATION = "customer.status"
RIGHT = "customer.change"
#: States that are an event in the life of the relation.
_EVENTS = {"DECEASED": "DECEASED"}


def ask(actor: Actor, number: str, version: int, to: str, *, reason: str, at: datetime) -> Done:
    """Change the status, or ask for it where the bank's rules ask for a second person. Raises as `change`."""
    arguments = {"customer": number, "version": version, "to": to}
    return perform(actor, OPERATION, arguments, reason=reason, at=at)


def do_change(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Customer:
    """The change that a person or a request asked for."""
    return change(actor, told["customer"], told["version"], told["to"], reason=reason, at=at)


@done_again
def change(actor: Actor, number: str, version: int, to: str, *, reason: str, at: datetime) -> Customer:
    """Bring a customer to another status; gives its row.

    Raises NotFound, Stale `row.stale`, Duplicate `customer.merged` or with a code of
    `customers.rules.lifecycle` for a move that is forbidden or whose guard refuses, Invalid `status.unknown`,
    ApprovalNeeded.
    """
    row_id = id_of(number)
    if row_id is None:
        raise NotFound("customer.unknown", _("There is no such customer."))
    with held(actor, "customer", row_id, version, reason=reason, at=at) as customer:
        _refuse(customer, to)
        require_approval(actor, _case(customer, to))
        before = customer.row.lifecycle_status
        customer.save(lifecycle_status=to)
        if to in _EVENTS:
            values = {"kind": _EVENTS[to], "happened_on": customer.stamp.business_date}
            add_rows(registry.facet("customer_event"), [(customer.owner, values)], customer.stamp)
        customer.done("status", fields=["lifecycle_status"], before=before, after=to)
        customer.row.refresh_from_db()
        changed: Customer = customer.row
        return changed


def _refuse(customer: Held, to: str) -> None:
    if to not in code_list("lifecycle_status"):
        text = _("This code is not in the list.")
        raise Invalid("status.unknown", text, [FieldError("/status", "status.unknown", text)])
    source = customer.row.lifecycle_status
    allowed = move(source, to)
    if allowed is None:
        raise _refused(refusal(source, to), REFUSALS)
    for name in allowed.guards:
        code = _PROOFS[name](customer)
        if code is not None:
            raise _refused(code, GUARDS)


def _refused(code: str, texts: Mapping[str, Any]) -> Duplicate:
    return Duplicate(code, texts[code], [FieldError("/status", code, texts[code])])


def _case(customer: Held, to: str) -> Case:
    row = customer.row
    return Case(
        operation=OPERATION,
        target=f"status:{row.pk}",
        permission=RIGHT,
        org_path=row.org_path,
        org_code=customer.golden.org.code,
        customer_id=row.pk,
        fields=["lifecycle_status"],
        base={"before": row.lifecycle_status},
        versions={f"customer:{row.pk}": row.version},
        facts={"from": row.lifecycle_status, "to": to, "party_type": row.party_type},
    )


# -- guards: the code of the refusal, or None ------------------------------------------------------------


def _credentials(customer: Held) -> Any:
    """The documents in force; the app that owns them stands above, so they are asked for by name."""
    model: Any = registry.facet("credential").model
    return model._default_manager.filter(customer_id__in=customer.family, status=Status.ACTIVE)


def _document(customer: Held) -> str | None:
    return None if _credentials(customer).exists() else "status.document"


def _unrestricted(customer: Held) -> str | None:
    held = on_everything(customer.family, customer.stamp.business_date)
    return "status.restricted" if held else None


def _no_holdings(customer: Held) -> str | None:
    return "status.holdings" if holding(customer.family) else None


def _reverified(customer: Held) -> str | None:
    """A document was verified after the customer was closed."""
    closed = Customer.history.filter(id=customer.row.pk, lifecycle_status="CLOSED").order_by("history_id")
    ever = closed.values_list("history_date", flat=True)
    last = _closed_at(list(ever), customer)
    again = _credentials(customer).filter(verified_at__gt=last).exists()
    return None if again else "status.reverify"


def _closed_at(moments: list[datetime], customer: Held) -> datetime:
    """When the customer was closed last: the first of the unbroken run of history rows that say so."""
    opened = Customer.history.filter(id=customer.row.pk).exclude(lifecycle_status="CLOSED")
    before = opened.order_by("-history_date", "-history_id").values_list("history_date", flat=True).first()
    return min((one for one in moments if before is None or one >= before), default=customer.stamp.at)


def _is_person(customer: Held) -> bool:
    return audience_of(customer.row.party_type) is Audience.PERSONS


def _person(customer: Held) -> str | None:
    return None if _is_person(customer) else "status.person"


def _organisation(customer: Held) -> str | None:
    return "status.organisation" if _is_person(customer) else None


def _death_date(customer: Held) -> str | None:
    rows = PersonProfile.objects.filter(customer_id__in=customer.family, status=Status.ACTIVE)
    return None if rows.exclude(deceased_on=None).exists() else "status.death_date"


_PROOFS: dict[str, Callable[[Held], str | None]] = {
    "document": _document,
    "unrestricted": _unrestricted,
    "no_holdings": _no_holdings,
    "reverified": _reverified,
    "person": _person,
    "organisation": _organisation,
    "death_date": _death_date,
}
