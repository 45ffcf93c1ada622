"""Screening again when a field changes on which screening depends (domain 1.2, subject 8).

What is due stands in the customer's events, where the work list reads it; a new assessment settles it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from customers.models import Customer, CustomerEvent
from customers.rules.screening import RESCREENING, critical
from mdm.bulk.rows import insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.writing import allocate_ids
from mdm.history.models import Status
from mdm.history.writing import save_with_history
from mdm.subjects import Changes, registry

#: As long as the database keeps the reference of an event.
_REFERENCE = 80
#: Assessments that settle what is due.
_SETTLING = frozenset({"AML", "PEP", "SANCTIONS", "DUE_DILIGENCE"})


def note(golden: int, facet: str, fields: Iterable[str], row: Any, stamp: Stamp) -> None:
    """After a change of a row: screening is due, once until it is done; an assessment settles it."""
    if facet == "rating":
        if row.kind in _SETTLING and row.status == Status.ACTIVE:
            _settle(golden, stamp)
        return
    reference = _reference([(facet, fields)])
    if reference and not _due([golden]).exists():
        _raise({golden: reference}, stamp)


def note_all(changes: Changes, stamp: Stamp) -> None:
    """The same for what a source changed of many known customers, who are locked: screening is due for each golden
    one, once until it is done."""
    why = {one: found for one, told in changes.items() if (found := _reference(told))}
    if not why:
        return
    golden = Customer.objects.filter(pk__in=why).values_list("pk", "golden_id")
    asked = {kept or one: why[one] for one, kept in golden}
    known = set(_due(asked).values_list("customer_id", flat=True))
    _raise({one: reference for one, reference in asked.items() if one not in known}, stamp)


def _reference(told: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Which fields changed on which screening depends; empty for none."""
    found: dict[str, set[str]] = defaultdict(set)
    for facet, fields in told:
        found[facet].update(critical(facet, fields))
    parts = [f"{facet}: {', '.join(sorted(fields))}" for facet, fields in found.items() if fields]
    return "; ".join(parts)[:_REFERENCE]


def _due(golden: Iterable[int]) -> Any:
    return CustomerEvent.objects.filter(customer_id__in=list(golden), kind=RESCREENING, status=Status.ACTIVE)


def _raise(due: Mapping[int, str], stamp: Stamp) -> None:
    """An event for each golden customer, with its reference."""
    facet = registry.facet("customer_event")
    ids = allocate_ids(facet.model._meta.db_table, len(due))
    rows = [
        {
            "id": row_id,
            "customer_id": golden,
            "source_system": "control",
            "source_key": str(golden),
            "slot": f"control-{row_id}",
            "kind": RESCREENING,
            "happened_on": stamp.business_date,
            "reference": reference,
            "follow_up_on": stamp.business_date,
        }
        for row_id, (golden, reference) in zip(ids, due.items(), strict=True)
    ]
    insert_with_history(facet, rows, stamp)


def _settle(golden: int, stamp: Stamp) -> None:
    for event in _due([golden]):
        event.status, event.valid_to = Status.ENDED, stamp.business_date
        save_with_history(event, stamp)
