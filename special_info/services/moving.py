"""Moving records of special information from state to state: one way for all kinds, by their tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.services import facets
from mdm.errors import Duplicate, NotAllowed, Stale, Text
from mdm.history.models import Status, SubjectModel
from mdm.subjects import Row
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.gate import Case, require_approval
from special_info.rules import states
from special_info.rules.rights import AGENCY, INVESTOR, TAX
from special_info.rules.states import Machine


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its facet, the table of its moves, the field of its state, the right to write it."""

    name: str
    facet: str
    machine: Machine
    state: str
    right: str


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("tax", "tax_certification", states.TAX, "tax_state", TAX),
        Kind("investor", "investor_assessment", states.INVESTOR, "investor_state", INVESTOR),
        Kind("agency", "agency_agreement", states.AGENCY, "agency_state", AGENCY),
        Kind("batch", "agency_batch", states.BATCH, "batch_state", AGENCY),
    )
}

#: What else a move writes, decided under the lock: (row in clear, golden customer) -> fields. It raises to refuse.
More = Callable[[Row, Customer], dict[str, Any]]


def _nothing(_row: Row, _customer: Customer) -> dict[str, Any]:
    return {}


def move(
    actor: Actor,
    kind: Kind,
    operation: str,
    row_id: int,
    version: int | None,
    *,
    reason: str,
    at: datetime,
    more: More = _nothing,
) -> SubjectModel:
    """Do one operation on one record. Raises NotFound, Stale `row.stale`, Duplicate `state.refused`, Invalid
    `reason.missing`, and what `more` raises: nothing is written then."""

    def decide(row: Row, customer: Customer) -> dict[str, Any]:
        after = kind.machine.after(row[kind.state], operation)
        return {**more(row, customer), kind.state: after}

    return facets.operate(actor, kind.facet, row_id, version, operation, decide, reason=reason, at=at)


def move_all(
    actor: Actor, kind: Kind, operation: str, rows: QuerySet[Any], *, reason: str, at: datetime
) -> int:
    """Do the clock's operation on every row in force of a selection, each in a transaction of its own; returns how
    many. What somebody else moves meanwhile is left to them."""
    with in_scope(actor, kind.right):
        found = list(rows.filter(status=Status.ACTIVE).order_by("pk").values_list("pk", "version"))
    done = 0
    for row_id, version in found:
        try:
            move(actor, kind, operation, row_id, version, reason=reason, at=at)
        except (Duplicate, Stale):
            continue
        done += 1
    return done


def by_hand(actor: Actor, kind: Kind, operation: str) -> None:
    """Refuse what only a second person, or the clock, may do."""
    makers = {one.operation for one in kind.machine.moves if one.by == "maker"}
    if operation not in makers:
        text: Text = _("This is not done by hand: it follows from an approval, or from the clock.")
        raise NotAllowed("state.not_by_hand", text)


def ask(
    actor: Actor, kind: Kind, operation: str, row: Row, customer: Customer, facts: Mapping[str, Any]
) -> None:
    """Go on where a second person has agreed, or nobody has to; raises what the gate raises."""
    require_approval(
        actor,
        Case(
            operation=f"{kind.name}.{operation}",
            target=f"{kind.facet}:{row['id']}",
            permission=kind.right,
            org_path=customer.org_path,
            org_code=customer.org.code,
            customer_id=customer.pk,
            fields=[kind.state],
            base={"before": row[kind.state]},
            versions={f"{kind.facet}:{row['id']}": int(row["version"])},
            facts={**facts, "party_type": customer.party_type},
        ),
    )


def day_of(at: datetime) -> date:
    """The bank's day."""
    return timezone.localtime(at).date()
