"""Screening again when a field changes on which screening depends (domain 1.2, subject 8).

What is due stands in the customer's events, where the work list reads it; a new assessment settles it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from customers.models import CustomerEvent
from mdm.bulk.rows import insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.writing import allocate_ids
from mdm.history.models import Status
from mdm.history.writing import save_with_history
from mdm.subjects import registry

KIND = "RESCREENING"
#: Facet -> fields on which name screening and the grade of risk depend; `*` for all of them.
CRITICAL: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"party_type"}),
    "customer_name": frozenset({"*"}),
    "person_profile": frozenset({"birth_date", "sex", "nationality", "occupation", "resident_status"}),
    "organisation_profile": frozenset(
        {"registered_name", "english_name", "country", "industry", "business_scope"}
    ),
    "credential": frozenset({"type", "number", "issuing_country", "name_on_document"}),
    "relationship": frozenset({"*"}),
    "tax_residence": frozenset({"*"}),
}
#: Assessments that settle what is due.
_SETTLING = frozenset({"AML", "PEP", "SANCTIONS", "DUE_DILIGENCE"})


def critical(facet: str, fields: Iterable[str]) -> list[str]:
    """The fields of a change on which screening depends."""
    asked = CRITICAL.get(facet, frozenset())
    return sorted(fields) if "*" in asked else sorted(asked & set(fields))


def note(golden: int, facet: str, fields: Iterable[str], row: Any, stamp: Stamp) -> None:
    """After a change of a row: screening is due, once until it is done; an assessment settles it."""
    if facet == "rating":
        if row.kind in _SETTLING and row.status == Status.ACTIVE:
            _settle(golden, stamp)
        return
    found = critical(facet, fields)
    if found and not _due(golden).exists():
        _raise(golden, f"{facet}: {', '.join(found)}"[:80], stamp)


def _due(golden: int) -> Any:
    return CustomerEvent.objects.filter(customer_id=golden, kind=KIND, status=Status.ACTIVE)


def _raise(golden: int, reference: str, stamp: Stamp) -> None:
    facet = registry.facet("customer_event")
    row_id = allocate_ids(facet.model._meta.db_table, 1)[0]
    row = {
        "id": row_id,
        "customer_id": golden,
        "source_system": "control",
        "source_key": str(golden),
        "slot": f"control-{row_id}",
        "kind": KIND,
        "happened_on": stamp.business_date,
        "reference": reference,
        "follow_up_on": stamp.business_date,
    }
    insert_with_history(facet, [row], stamp)


def _settle(golden: int, stamp: Stamp) -> None:
    for event in _due(golden):
        event.status, event.valid_to = Status.ENDED, stamp.business_date
        save_with_history(event, stamp)
