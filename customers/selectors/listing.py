"""Customers as a list shows them: a page of golden customers with name and main document, masked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.selectors import list_columns
from customers.selectors.customer import VIEW, list_customers, narrowed
from customers.selectors.list_columns import LISTED
from customers.selectors.search import Hit, hits, matching
from mdm.paging import LARGEST, Page, newest_first
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record_shown

#: The most customers that the export of a typed search has.
MOST_FOUND = 10_000


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
    actor: Actor,
    *,
    at: datetime,
    filters: Mapping[str, str],
    action: str,
    columns: Sequence[str],
    term: str = "",
) -> Iterator[list[tuple[str, ...]]]:
    """Every customer in scope that the filters and, if told, a typed search let through, newest first, page after
    page, as texts of `columns`; a row of the log under `action` for each. Raises as `list_customers`."""
    after: int | None = None
    while True:
        with in_scope(actor, VIEW):
            rows = narrowed(actor, filters)
            if term:
                rows = rows.filter(pk__in=matching(actor, term, MOST_FOUND))
            page = newest_first(rows, after, LARGEST)
            record_shown(actor, action, at, [row.pk for row in page.rows])
            found = _texts(actor, page.rows, columns)
        yield found
        if page.next is None:
            return
        after = page.next


def _texts(actor: Actor, rows: Sequence[Customer], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The columns of each customer."""
    listed = [_listed(hit, row) for hit, row in zip(hits(actor, rows), rows, strict=True)]
    told = list_columns.texts(actor, rows, columns)
    return [
        tuple(str(getattr(line, name)) if name in LISTED else more[name] for name in columns)
        for line, more in zip(listed, told, strict=True)
    ]


def _listed(hit: Hit, row: Customer) -> Listed:
    told = (hit.customer_no, hit.display_name, hit.party_type, hit.org, hit.credential, hit.status)
    return Listed(*told, row.lifecycle_status)
