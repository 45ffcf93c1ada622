"""Customers as a list shows them: a page of golden customers with name and main document, masked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from customers.selectors.customer import VIEW, list_customers, narrowed
from customers.selectors.gathering import Gathered, gather_each
from customers.selectors.search import Hit, hits
from mdm.display import shown
from mdm.extension.attributes import current, fields_of
from mdm.paging import LARGEST, Page, newest_first
from mdm.subjects import Facet, registry
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
) -> Iterator[Sequence[tuple[Listed, list[str]]]]:
    """Every customer in scope that the filters let through, newest first, page after page, each with the texts of
    `attribute_columns`; a row of the log under `action` for each. Raises as `list_customers`."""
    after: int | None = None
    while True:
        with in_scope(actor, VIEW):
            page = newest_first(narrowed(actor, filters), after, LARGEST)
            record_shown(actor, action, at, [row.pk for row in page.rows])
            drawn, more = hits(actor, page.rows), _attribute_texts(actor, page.rows)
            found = [_listed(hit, row) for hit, row in zip(drawn, page.rows, strict=True)]
        yield list(zip(found, more, strict=True))
        if page.next is None:
            return
        after = page.next


def _listed(hit: Hit, row: Customer) -> Listed:
    told = (hit.customer_no, hit.display_name, hit.party_type, hit.org, hit.credential, hit.status)
    return Listed(*told, row.lifecycle_status)


def attribute_columns() -> tuple[str, ...]:
    """The attributes in force by their codes (`phone.x_tier`): the columns that a list has besides its own."""
    return tuple(f"{facet.name}.{field.attname}" for facet in _grown() for field in fields_of(facet.model))


def _grown() -> list[Facet]:
    return [facet for facet in registry.facets() if facet.name in current().by_facet]


def _attribute_texts(actor: Actor, customers: Sequence[Customer]) -> list[list[str]]:
    """What the attributes of each golden customer's rows say, as the actor sees it."""
    facets = _grown()
    if not facets:
        return [[] for _golden in customers]
    families = {golden.pk: (golden.pk, *golden.members) for golden in customers}
    gathered = gather_each(families, frozenset(facet.name for facet in facets))
    return [
        [text for facet in facets for text in _texts(facet, gathered[golden.pk], actor.sight(golden))]
        for golden in customers
    ]


def _texts(facet: Facet, found: Gathered, sight: str) -> Iterator[str]:
    """A text for each attribute of a facet; of several rows each that says something else."""
    rows = found.get(facet.name, [])
    for field in fields_of(facet.model):
        told = (str(shown(facet.model, field, row[field.attname], row, sight)["text"]) for row in rows)
        yield "; ".join(dict.fromkeys(filter(None, told)))
