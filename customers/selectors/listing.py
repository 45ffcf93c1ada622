"""Customers as a list shows them: a page of golden customers with name and main document, masked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.selectors.customer import VIEW, list_customers
from customers.selectors.search import Hit, hits
from mdm.paging import Page
from security.access.actor import Actor
from security.access.scope import in_scope


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


def _listed(hit: Hit, row: Customer) -> Listed:
    told = (hit.customer_no, hit.display_name, hit.party_type, hit.org, hit.credential, hit.status)
    return Listed(*told, row.lifecycle_status)
