"""Changes of all customers in scope, newest first: who changed what of whom, through which door and why; masked.

Each facet's history is asked by its index on time for one page, and the pages are put together, so that the cost
does not grow with the history. A filter by field looks at the differences and reads on, as far as `SCANNED`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql

from customers.models import Customer
from customers.rules.number import customer_id, customer_no
from customers.selectors.history import EXACT, HISTORY, about, begin_of, diffs
from mdm.paging import LARGEST, chosen_filters, number_in
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record, record_shown

Json = dict[str, Any]
#: The right to look at everybody's changes, on top of the right to see history.
VIEW = "audit.view"
FILTERS = frozenset({*EXACT, "facet", "field", "customer", "reason", "since", "until"})
#: Changes that a filter by field looks at for one page.
SCANNED = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """One change among all: newest first, then by facet and history id."""

    at: datetime
    facet: str
    history_id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.facet}_{self.history_id}"

    @classmethod
    def read(cls, cursor: str) -> "Place | None":
        """The place a cursor names; None for none and for one that is none of ours."""
        moment, _blank, rest = cursor.partition("_")
        facet, _blank, told = rest.rpartition("_")
        number = number_in(told)
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        known = facet in {one.name for one in registry.facets()}
        return cls(at, facet, number) if known and at.tzinfo and number is not None else None


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes, each with the `customer_no` it is about, and where the next begins (empty: nowhere)."""

    rows: Sequence[Json]
    next: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A history row that was picked."""

    place: Place
    row_id: int
    owner: int


def changes(
    actor: Actor, *, at: datetime, after: str = "", size: int = 25, filters: Mapping[str, str] | None = None
) -> Changes:
    """A page of changes of every customer in scope. NotAllowed without `audit.view` and `customer.history`.

    `filters`: `actor`, `channel`, `source`, `request`, `facet`, `field`, `customer` (number), `reason` (part of
    it), `since`, `until` (ISO 8601). Invalid `filter.unknown` for another. The read is logged, with a row for
    each customer whose changes are shown.
    """
    chosen = chosen_filters(filters, FILTERS)
    actor.require(VIEW)
    with in_scope(actor, HISTORY):
        found, following = _page(actor, Place.read(after), max(1, min(size, LARGEST)), chosen)
        owners = [change["customer_id"] for change in found]
        fields = {"shown": len(found), "filters": sorted(chosen)}
        record(actor, "change.list", at, subject="customer", fields=fields, shown=owners)
    return Changes(found, following)


def each_change(
    actor: Actor, upto: datetime, *, at: datetime, filters: Mapping[str, str], action: str
) -> Iterator[Sequence[Json]]:
    """Every change before `upto` that the filters of `changes` let through, newest first, page after page; a row
    of the log under `action` for each customer that a page shows. Raises what `changes` raises."""
    chosen = chosen_filters(filters, FILTERS)
    actor.require(VIEW)
    cursor: str = str(Place(upto, min(facet.name for facet in registry.facets()), 0))
    while cursor:
        with in_scope(actor, HISTORY):
            found, cursor = _page(actor, Place.read(cursor), LARGEST, chosen)
            record_shown(actor, action, at, [change["customer_id"] for change in found])
        yield found


def _page(actor: Actor, after: Place | None, size: int, filters: Mapping[str, str]) -> tuple[list[Json], str]:
    """The changes of one page, and the cursor of the next."""
    found: list[Json] = []
    scanned, step = 0, size if "field" not in filters else min(4 * size, LARGEST)
    while scanned < SCANNED:
        picked = _pick(after, step + 1, filters)
        for change, one in zip(_told(actor, picked[:step]), picked, strict=False):
            if change and about(change, filters.get("field", "")):
                found.append(change)
                if len(found) > size:
                    return found[:size], str(after)
            after = one.place
        scanned += step
        if len(picked) <= step:
            return found, ""
        if "field" not in filters:
            break
    return found, str(after)


def _told(actor: Actor, picked: Sequence[_Found]) -> list[Json]:
    """The changes in words, masked as the actor sees each customer; an empty one for a customer out of scope,
    which row-level security has not kept from a worker."""
    reached = scoped(Customer.objects.defer("name_tokens"), actor, HISTORY)
    customers = {row.pk: row for row in reached.filter(pk__in={one.owner for one in picked})}
    rows: dict[tuple[str, int], set[int]] = {}
    for one in picked:
        if one.owner in customers:
            rows.setdefault((one.place.facet, one.owner), set()).add(one.row_id)
    told: dict[tuple[str, int], Json] = {}
    for (name, owner), ids in rows.items():
        for change in diffs(registry.facet(name), sorted(ids), actor.sight(customers[owner])):
            told[name, change["history_id"]] = change
    return [
        {
            **told[one.place.facet, one.place.history_id],
            "customer_id": one.owner,
            "customer_no": customer_no(one.owner),
        }
        if one.owner in customers
        else {}
        for one in picked
    ]


def _pick(after: Place | None, size: int, filters: Mapping[str, str]) -> list[_Found]:
    """The newest history rows after a place that the filters let through; row-level security narrows them."""
    chosen = [facet for facet in registry.facets() if filters.get("facet", facet.name) == facet.name]
    if not chosen:
        return []
    parts = sql.SQL(" UNION ALL ").join(_of_facet(facet, after) for facet in chosen)
    statement = sql.SQL(
        "SELECT facet, id, owner, history_id, history_date FROM ({}) x"
        " ORDER BY history_date DESC, facet DESC, history_id DESC LIMIT %(size)s"
    ).format(parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, _params(after, size, filters))
        return [
            _Found(Place(at, facet, number), row, owner)
            for facet, row, owner, number, at in cursor.fetchall()
        ]


def _of_facet(facet: Facet, after: Place | None) -> sql.Composed:
    """The newest rows of one facet's history."""
    conditions: list[sql.Composable] = [
        sql.SQL("(%({name})s::text IS NULL OR {column} = %({name})s)").format(
            name=sql.SQL(name), column=sql.Identifier(column)
        )
        for name, column in EXACT.items()
    ]
    owner = sql.Identifier("id" if facet.name == "customer" else "customer_id")
    conditions += [
        sql.SQL("(%(customer)s::bigint IS NULL OR {} = %(customer)s)").format(owner),
        sql.SQL("(%(reason)s::text IS NULL OR strpos(lower(history_change_reason), lower(%(reason)s)) > 0)"),
        sql.SQL("(%(since)s::timestamptz IS NULL OR history_date >= %(since)s)"),
        sql.SQL("(%(until)s::timestamptz IS NULL OR history_date < %(until)s)"),
    ]
    if after is not None:
        place = "(history_date, {}::text, history_id) < (%(after_at)s, %(after_facet)s::text, %(after_id)s)"
        conditions += [
            sql.SQL(place).format(sql.Literal(facet.name)),
            sql.SQL("history_date <= %(after_at)s"),
        ]
    return sql.SQL(
        "(SELECT {name}::text AS facet, id, {owner} AS owner, history_id, history_date FROM {table} WHERE {conditions}"
        " ORDER BY history_date DESC, history_id DESC LIMIT %(size)s)"
    ).format(
        name=sql.Literal(facet.name),
        owner=owner,
        table=sql.Identifier(facet.model.history.model._meta.db_table),
        conditions=sql.SQL(" AND ").join(conditions),
    )


def _params(after: Place | None, size: int, filters: Mapping[str, str]) -> Json:
    told: Json = {name: filters.get(name) for name in (*EXACT, "reason")}
    number = filters.get("customer")
    told |= {
        "size": size,
        "customer": (customer_id(number) or 0) if number else None,
        "since": begin_of(filters.get("since")),
        "until": begin_of(filters.get("until"), 1),
    }
    if after is not None:
        told |= {"after_at": after.at, "after_facet": after.facet, "after_id": after.history_id}
    return told
