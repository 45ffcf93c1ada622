"""Duplicate cases as a list shows them: both customers with their masked names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.cases import VIEW, queue
from customers.models import Customer
from customers.selectors.search import Hit, hits
from mdm.paging import Page
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case and the two customers it is about."""

    case: ReviewCase
    one: Hit
    other: Hit


def list_cases(
    actor: Actor,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: dict[str, Any] | None = None,
) -> Page[CaseLine]:
    """A page of open cases of which the actor may see both customers; the read is logged."""
    with in_scope(actor, VIEW):
        page = queue(actor, after=after, size=size, outcome=str((filters or {}).get("outcome", "")))
        ids = {pk for case in page.rows for pk in (case.customer_id, case.other_id)}
        customers = list(Customer.objects.select_related("org").filter(pk__in=ids))
        found = _shown(actor, customers)
        record(actor, "case.list", at, subject="case", fields={"shown": len(page.rows)}, shown=sorted(found))
        lines = [
            CaseLine(case, found[case.customer_id], found[case.other_id])
            for case in page.rows
            if case.customer_id in found and case.other_id in found
        ]
        return Page(lines, page.next)


def _shown(actor: Actor, customers: Sequence[Customer]) -> dict[int, Hit]:
    """Each customer as lists show it; a merged one, which contradicts its survivor, with what itself told."""
    golden = [customer for customer in customers if customer.golden_id is None]
    merged = [customer for customer in customers if customer.golden_id is not None]
    rows = [*golden, *merged]
    return dict(zip([row.pk for row in rows], [*hits(actor, golden), *hits(actor, merged)], strict=True))


def open_cases(actor: Actor, limit: int) -> int:
    """How many open cases the actor may see, counted up to `limit`."""
    with in_scope(actor, VIEW):
        visible = Customer.objects.values("pk")
        rows = ReviewCase.objects.filter(state=CaseState.OPEN, customer_id__in=visible, other_id__in=visible)
        return rows.values("pk")[:limit].count()
