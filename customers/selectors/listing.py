"""Customers as a list shows them: a page of golden customers with name and main document, masked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.selectors.customer import VIEW, list_customers, narrowed
from customers.selectors.search import Hit, hits
from mdm.paging import LARGEST, Page, newest_first
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record_shown


@dataclass(frozen=True, slots=True)
class Listed:
    """One line: what search shows of a customer, and the code of its status."""

    customer_no: str
    display_name: str
    party_type: str
    org: str
    credential: str
    status: str
    status_code: str


def list_hits(
    actor: Actor,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: dict[str, Any] | None = None,
) -> Page[Listed]:
    """A page of customers in scope, newest first; raises as `list_customers`, which also logs the read."""
    with in_scope(actor, VIEW):
        page = list_customers(actor, at=at, after=after, size=size, filters=filters)
        drawn = hits(actor, page.rows)
        return Page(
            [_listed(hit, row) for hit, row in zip(drawn, page.rows, strict=True)], page.next, page.about
        )


def each_listed(
    actor: Actor, *, at: datetime, filters: Mapping[str, str], action: str
) -> Iterator[Sequence[Listed]]:
    """Every customer in scope that the filters let through, newest first, page after page; a row of the log under
    `action` for each. Raises as `list_customers`."""
    after: int | None = None
    while True:
        with in_scope(actor, VIEW):
            page = newest_first(narrowed(actor, filters), after, LARGEST)
            record_shown(actor, action, at, [row.pk for row in page.rows])
            found = [_listed(hit, row) for hit, row in zip(hits(actor, page.rows), page.rows, strict=True)]
        yield found
        if page.next is None:
            return
        after = page.next


def _listed(hit: Hit, row: Customer) -> Listed:
    told = (hit.customer_no, hit.display_name, hit.party_type, hit.org, hit.credential, hit.status)
    return Listed(*told, row.lifecycle_status)
