"""What differs between two moments of one customer, each in both times: rows that came, went or changed."""

from datetime import datetime
from typing import Any

from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from customers.selectors.as_of import Moment, refuse_ahead, standing
from customers.selectors.customer import resolve
from customers.selectors.history import HISTORY, differences
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

Json = dict[str, Any]
CAME, WENT, CHANGED = "CAME", "WENT", "CHANGED"


def between(actor: Actor, number: str, first: Moment, second: Moment, *, at: datetime) -> Json:
    """The differences from the first moment to the second, facet by facet, masked as the reader sees it now.

    `{"customer_no", "first", "second", "facets": [{"name", "label", "rows": [{"row_id", "customer_no", "state",
    "changes": [{"field", "label", "old", "new"}]}]}], "same"}`: `same` counts the rows that do not differ. A row of
    one that was merged in between has come. Raises as `as_of` does, for either moment; the read is logged.
    """
    for moment in (first, second):
        refuse_ahead(moment, at)
    with in_scope(actor, HISTORY):
        view = resolve(actor, number, HISTORY)
        asked = id_of(number) or view.golden_id
        before, after = standing(asked, first)[2], standing(asked, second)[2]
        told = {"first": _moment(first), "second": _moment(second)}
        record(actor, "customer.compare", at, subject="customer", customer_id=view.golden_id, fields=told)
        sight, facets, same = actor.sight(view.customer), [], 0
        for facet in registry.facets():
            rows, alike = _rows(facet, before[facet.name], after[facet.name], sight)
            same += alike
            if rows:
                label = str(facet.model._meta.verbose_name)
                facets.append({"name": facet.name, "label": label, "rows": rows})
        return {"customer_no": view.customer.customer_no, **told, "facets": facets, "same": same}


def _moment(moment: Moment) -> Json:
    return {"known": moment.known.isoformat(), "on": moment.on.isoformat() if moment.on else None}


def _rows(facet: Facet, before: list[Row], after: list[Row], sight: str) -> tuple[list[Json], int]:
    """The rows of a facet that differ, by id, and how many do not."""
    was, now = ({row["id"]: row for row in rows} for rows in (before, after))
    found = []
    for row_id in sorted({*was, *now}):
        old, new = was.get(row_id), now.get(row_id)
        changes = differences(facet, old, new, sight)
        if old and new and not changes:
            continue
        owner = (new or old or {}).get("customer_id", row_id)
        state = CHANGED if old and new else CAME if new else WENT
        found.append(
            {"row_id": row_id, "customer_no": customer_no(owner), "state": state, "changes": changes}
        )
    return found, len({*was, *now}) - len(found)
