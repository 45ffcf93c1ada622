"""What a source last told of rows that others have changed since; what a load writes as its reason."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from mdm.bulk.reading import open_rows
from mdm.bulk.stamp import Stamp
from mdm.subjects import Facet, Row

_LOADED = "load #"
_DELIVERED = "facet file #"


def load_reason(run_id: int | None) -> str:
    """The reason in the history of all that a load writes; it tells whose word a history row is."""
    return f"{_LOADED}{run_id}"


def delivery_reason(run_id: int | None) -> str:
    """The same of what a file told by the row: to the file that tells of the whole customer it is as staff's word."""
    return f"{_DELIVERED}{run_id}"


def last_told(facet: Facet, rows: Sequence[Row], stamp: Stamp) -> dict[int, Row]:
    """By row id what the source last told (attname -> clear value), for rows somebody else changed last.

    That is the newest history row written by a load, or the first one of all. A row that is at its first
    version, or was last written by who writes now, is itself what the source told, and not looked up.
    """
    ours = (stamp.actor.name, stamp.actor.channel)
    touched = [r["id"] for r in rows if r["version"] > 1 and (r["updated_by"], r["updated_channel"]) != ours]
    if not touched:
        return {}
    history = facet.model.history.model
    loaded = Q(history_change_reason__startswith=_LOADED, history_user_id__startswith="system:")
    told = history._default_manager.filter(Q(history_type="+") | loaded, id__in=touched)
    found = list(told.order_by("id", "-history_id").distinct("id").values())
    open_rows(facet, found)
    return {row["id"]: row for row in found}


def runs_told(facet: Facet, customer_ids: Sequence[int]) -> set[int]:
    """The load runs that wrote rows of a facet of these customers."""
    owner = "id__in" if facet.name == "customer" else "customer_id__in"
    return _runs(facet, **{owner: list(customer_ids)})


def runs_of_row(facet: Facet, row_id: int) -> set[int]:
    """The load runs that wrote one row."""
    return _runs(facet, id=row_id, history_user_id__startswith="system:")


def _runs(facet: Facet, **which: Any) -> set[int]:
    rows = facet.model.history.model._default_manager.filter(**which)
    loaded = Q(history_change_reason__startswith=_LOADED) | Q(history_change_reason__startswith=_DELIVERED)
    told = rows.filter(loaded).values_list("history_change_reason", flat=True).distinct()
    numbers = (reason.removeprefix(_LOADED).removeprefix(_DELIVERED) for reason in told)
    return {int(number) for number in numbers if number.isdigit()}
