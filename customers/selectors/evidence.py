"""What can be exported: the operation log and the changes of customers as evidence, and lists of customers; as
rows of a table.

Each source reads as its page does: the same right, the same filters, the same scope, the same masks. `upto` is
the moment of asking: what is written later is not in the export.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_id, customer_no
from customers.selectors import changes
from customers.selectors.customer import FILTERS, VIEW
from customers.selectors.history import HISTORY
from customers.selectors.list_columns import standard
from customers.selectors.listing import each_listed
from mdm.errors import Invalid, Text
from security.access.actor import Actor
from security.audit.evidence import Cell
from security.models import OperationLog
from security.selectors import operations

#: The action under which customers are shown in an export of changes.
CHANGES_SHOWN = "change.export"
#: The action under which customers are shown in an export of a list.
LIST_SHOWN = "customer.export_list"
#: Rows read at a time.
CHUNK = 1_000

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What exports have in common: the job that makes them, the right to ask, the most rows (so much is told apart
    by filters), how long a package is kept (None: for good), and whether each row bears who asked for it."""

    job: str
    right: str
    most: int
    kept: timedelta | None = None
    marked: bool = False


#: Evidence for auditors; and lists of customers, of which each row says who let it out, and which are soon destroyed.
LOG = Kind("export_log", "audit.export", 5_000_000)
LISTS = Kind("export_customers", "customer.export", 100_000, timedelta(days=7), marked=True)
KINDS = (LOG, LISTS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for of a source: the filters in force, the columns, and of a list the search that it is of."""

    filters: Mapping[str, str]
    columns: tuple[str, ...]
    term: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to export: the rights that it needs, its filters, its columns (none fixed where one may choose), its
    rows in chunks."""

    name: str
    label: Text
    rights: tuple[str, ...]
    filters: frozenset[str]
    columns: tuple[str, ...]
    read: Callable[[Actor, datetime, Wanted, datetime], Iterator[Rows]]
    kind: Kind = LOG

    def standard(self) -> tuple[str, ...]:
        """The columns where nobody chose any."""
        return self.columns or standard()


def source(name: str) -> Source:
    """The source of a name. Invalid `export.source` for another."""
    if name not in SOURCES:
        raise Invalid("export.source", _("There is nothing of this name to export."))
    return SOURCES[name]


def sources(kind: Kind) -> list[str]:
    """The names of what is exported as one kind."""
    return sorted(name for name, one in SOURCES.items() if one.kind == kind)


def _operations(actor: Actor, upto: datetime, wanted: Wanted, at: datetime) -> Iterator[Rows]:
    """The operation log, oldest first, in one snapshot."""
    told = dict(wanted.filters)
    if "customer" in told:
        told["customer"] = str(customer_id(told["customer"]) or 0)
    found = operations.each_operation(actor, upto, told).iterator(CHUNK)
    while chunk := list(islice(found, CHUNK)):
        yield [_operation(row) for row in chunk]


def _operation(row: OperationLog) -> tuple[Cell, ...]:
    who = (row.actor, row.roles, row.org_code, row.channel, row.address, row.request_id)
    about = (
        row.action,
        row.subject,
        row.object_id,
        customer_no(row.customer_id) if row.customer_id else None,
    )
    details = json.dumps(row.fields, ensure_ascii=False, sort_keys=True) if row.fields else None
    return (row.pk, row.at.isoformat(), *who, *about, details, row.reason, row.result, row.code)


def _changes(actor: Actor, upto: datetime, wanted: Wanted, at: datetime) -> Iterator[Rows]:
    """Changes, newest first, a row for each field."""
    pages = changes.each_change(actor, upto, at=at, filters=wanted.filters, action=CHANGES_SHOWN)
    for page in pages:
        yield [row for change in page for row in _change(change)]


def _change(change: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """The rows of one change; one without a field where none differs."""
    shown = {**change, "approved_by": ", ".join(change["approved_by"])}
    told = tuple(shown[name] for name in _CHANGE)
    for one in change["changes"] or [dict.fromkeys(_FIELD)]:
        yield (*told, *(one[name] for name in _FIELD))


def _customers(actor: Actor, upto: datetime, wanted: Wanted, at: datetime) -> Iterator[Rows]:
    """Customers, newest first; one that comes while the export is made is in it."""
    yield from each_listed(
        actor,
        at=at,
        filters=wanted.filters,
        action=LIST_SHOWN,
        columns=wanted.columns,
        term=wanted.term,
    )


_CHANGE = (
    *("at", "actor", "channel", "reason", "request_id", "approved_by"),
    *("customer_no", "facet", "row_id", "version", "history_id", "type"),
)
_FIELD = ("field", "label", "old", "new")
_OPERATION = (
    *("id", "at", "actor", "roles", "branch", "channel", "address", "request_id"),
    *("action", "subject", "object_id", "customer_no", "details", "reason", "result", "code"),
)

SOURCES: dict[str, Source] = {
    "operations": Source(
        "operations",
        _("Operation log"),
        (operations.VIEW,),
        frozenset({*operations.EXACT, "customer", "kind", "result", "day", "since", "until"}),
        _OPERATION,
        _operations,
    ),
    "changes": Source(
        "changes", _("Changes"), (changes.VIEW, HISTORY), changes.FILTERS, (*_CHANGE, *_FIELD), _changes
    ),
    "customers": Source("customers", _("Customers"), (VIEW,), frozenset(FILTERS), (), _customers, LISTS),
}
