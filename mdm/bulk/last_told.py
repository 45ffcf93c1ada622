"""What a source last told of rows that others have changed since; what a load writes as its reason."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q

from mdm.bulk.reading import open_rows
from mdm.bulk.stamp import Stamp
from mdm.subjects import Facet, Row

_LOADED = "load #"
_DELIVERED = "facet file #"
#: What a load adds to its reason where it has told a row anew but left fields as staff had made them.
_KEPT = " (kept: "
#: History rows that are a source's own word: a record as it began, and what a load told anew.
SOURCES_WORD = Q(history_type="+") | Q(
    history_change_reason__startswith=_LOADED, history_user_id__startswith="system:"
)
_RUN = re.compile(rf"(?:{_LOADED}|{_DELIVERED})(\d+)(?!\d)", re.ASCII)


def load_reason(run_id: int | None) -> str:
    """The reason in the history of all that a load writes; it tells whose word a history row is."""
    return f"{_LOADED}{run_id}"


def delivery_reason(run_id: int | None) -> str:
    """The same of what a file told by the row: to the file that tells of the whole customer it is as staff's word."""
    return f"{_DELIVERED}{run_id}"


def keeping(reason: str, names: Collection[str]) -> str:
    """The reason of a load for a row of which it keeps some fields as staff made them: their names, no value."""
    return f"{reason}{_KEPT}{', '.join(names)})" if names else reason


def last_told(facet: Facet, rows: Sequence[Row], stamp: Stamp) -> dict[int, Row]:
    """By row id what the source last told (attname -> clear value), for rows that somebody else has changed.

    That is the newest history row written by a load, or the first one of all; of a field that a load kept as staff
    had made it, the newest before. A row at its first version, or last written by who writes now without keeping
    anything, is itself what the source told, and not looked up.
    """
    ours = (stamp.actor.name, stamp.actor.channel)
    again = {r["id"]: (r["updated_by"], r["updated_channel"]) == ours for r in rows if r["version"] > 1}
    history = facet.model.history.model._default_manager
    touched = [pk for pk, by_us in again.items() if not by_us]
    if mixed := [row["id"] for row in rows if row["version"] > 2 and again[row["id"]]]:
        kept = history.filter(id__in=mixed, history_change_reason__contains=_KEPT)
        touched += kept.values_list("id", flat=True).distinct()
    if not touched:
        return {}
    told = history.filter(SOURCES_WORD, id__in=touched)
    found = list(told.order_by("id", "-history_id").values())
    open_rows(facet, found)
    by_row: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        by_row[row["id"]].append(row)
    return {row_id: _unwound(versions) for row_id, versions in by_row.items()}


def _unwound(versions: Sequence[Row]) -> Row:
    """The newest version, with what it had kept as the version before told it, and so on."""
    last, kept = dict(versions[0]), kept_in(versions[0])
    for older in versions[1:]:
        still = kept & kept_in(older)
        last |= {name: older[name] for name in kept - still if name in older}
        kept = still
        if not kept:
            break
    return last


def kept_in(version: Row) -> set[str]:
    """The fields that a history row says a load kept as staff had made them."""
    names = (version["history_change_reason"] or "").partition(_KEPT)[2]
    return set(names.removesuffix(")").split(", ")) - {""}


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
    return {int(found[1]) for reason in told if (found := _RUN.match(reason))}
