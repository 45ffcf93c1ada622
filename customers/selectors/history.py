"""History of a customer: who changed what, when, through which door and why; values masked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from customers.selectors.customer import resolve, sight_on, visible
from customers.selectors.gathering import MOST_HISTORY, Whole
from mdm.bulk.reading import open_rows
from mdm.bulk.tables import AnyField, own_fields
from mdm.display import field_label, shown
from mdm.errors import NotFound
from mdm.paging import LARGEST, Page
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.reading import with_approvers
from security.audit.log import record

Json = dict[str, Any]
HISTORY = "customer.history"
#: How a field of a row is shown under a mask profile.
Show = Callable[[Facet, AnyField, Row, str], Json]
#: Filters that compare a column of history: filter -> column.
EXACT = {
    "actor": "history_user_id",
    "channel": "updated_channel",
    "source": "source_system",
    "request": "request_id",
}
#: The newest changes of a customer that a filter by field looks at.
SCANNED = 2_000
#: How many of the newest changes a panorama shows.
RECENT = 10


def history(
    actor: Actor,
    number: str,
    *,
    at: datetime,
    offset: int = 0,
    size: int = 50,
    filters: Mapping[str, str] | None = None,
) -> Page[Json]:
    """Changes of a customer and its members, newest first; `next` is the offset of the next page.

    `filters` may name `facet`, `field`, `actor`, `channel`, `source`, `request`, and the days `since` and `until`.
    NotFound out of scope; the read is logged.
    """
    with in_scope(actor, HISTORY):
        view = resolve(actor, number, HISTORY)
        record(actor, "customer.history", at, subject="customer", customer_id=view.golden_id)
        size = min(size, LARGEST)
        found = _changes(view.member_ids, actor.sight(view.customer), offset, size + 1, filters or {})
        return Page(found[:size], offset + size if len(found) > size else None)


def row_history(actor: Actor, facet_name: str, row_id: int, *, at: datetime) -> list[Json]:
    """Changes of one row, newest first."""
    with in_scope(actor, HISTORY):
        facet = registry.facet(facet_name)
        row: Any = facet.model._default_manager.filter(pk=row_id).first()
        owner = row and (row_id if facet_name == "customer" else row.customer_id)
        if owner is None or not visible(actor, owner, HISTORY):
            raise NotFound("row.unknown", _("There is no such entry."))
        record(actor, f"{facet_name}.history", at, subject=facet_name, object_id=row_id, customer_id=owner)
        return diffs(facet, [row_id], sight_on(actor, owner, HISTORY))


def recent_changes(member_ids: Sequence[int], whole: Whole, profile: str) -> list[Json]:
    """The newest changes of a customer, for the panorama, out of the newest history rows of each facet."""
    past = whole.history
    if any(len(rows) >= MOST_HISTORY for rows in past.values()):
        return _changes(member_ids, profile, 0, RECENT, {})  # what came before a change may be cut off
    told = [
        (row["history_date"], row["history_id"], name, row) for name, rows in past.items() for row in rows
    ]
    told.sort(key=lambda entry: entry[2])
    newest = sorted(told, key=lambda entry: entry[:2], reverse=True)[:RECENT]
    pairs = [(name, row, _before(row, past[name])) for _at, _id, name, row in newest]
    _open_pairs(pairs)
    drawn = [_change(registry.facet(name), before, row, profile, whole.shown) for name, row, before in pairs]
    return with_approvers(drawn)


def _before(row: Row, rows: Sequence[Row]) -> Row | None:
    """The history row that tells of the same row as it was before."""
    older = [o for o in rows if o["id"] == row["id"] and o["history_id"] < row["history_id"]]
    return max(older, key=lambda one: one["history_id"], default=None)


def _open_pairs(pairs: Sequence[tuple[str, Row, Row | None]]) -> None:
    """Decrypt the history rows that are shown, each once."""
    wanted: dict[str, dict[int, Row]] = {}
    for name, *rows in pairs:
        for row in rows:
            if row is not None:
                wanted.setdefault(name, {})[row["history_id"]] = row
    for name, found in wanted.items():
        open_rows(registry.facet(name), list(found.values()))


@cache
def _index() -> sql.Composed:
    """Which history rows a customer has, over all facets: facet, row, history id, time, actor."""
    parts = [
        sql.SQL(
            "SELECT {} AS facet, h.id AS row_id, h.history_id, h.history_date, h.history_user_id,"
            " h.updated_channel, h.source_system, h.request_id FROM {} h WHERE h.{} = ANY(%(ids)s)"
        ).format(
            sql.Literal(facet.name),
            sql.Identifier(facet.model.history.model._meta.db_table),
            sql.Identifier("id" if facet.name == "customer" else "customer_id"),
        )
        for facet in registry.facets()
    ]
    return sql.SQL("SELECT facet, row_id, history_id FROM ({}) x").format(sql.SQL(" UNION ALL ").join(parts))


def _changes(
    ids: Sequence[int], profile: str, offset: int, size: int, filters: Mapping[str, str]
) -> list[Json]:
    """Changes that the filters let through; a field is looked for in the differences themselves."""
    field = filters.get("field")
    if not field:
        return _drawn(_pick(ids, offset, size, filters), profile)
    found = [one for one in _drawn(_pick(ids, 0, SCANNED, filters), profile) if about(one, field)]
    return found[offset : offset + size]


def about(change: Json, field: str) -> bool:
    """Whether a change is one of a field; every change is of no field."""
    return not field or any(one["field"] == field for one in change["changes"])


def _drawn(wanted: Sequence[tuple[str, int, int]], profile: str) -> list[Json]:
    """Picked history rows as changes, in their order."""
    by_facet: dict[str, list[tuple[int, int]]] = {}
    for facet, row_id, history_id in wanted:
        by_facet.setdefault(facet, []).append((row_id, history_id))
    found = {}
    for name, pairs in by_facet.items():
        for change in diffs(registry.facet(name), sorted({row_id for row_id, _history in pairs}), profile):
            found[(name, change["history_id"])] = change
    return [found[(facet, history_id)] for facet, _row, history_id in wanted]


def begin_of(day: str | None, later: int = 0) -> datetime | None:
    """The begin of a day (ISO 8601) of the bank, or of a later one; None for none."""
    if not day:
        return None
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time())) + timedelta(days=later)


def _facets_of(filters: Mapping[str, str]) -> list[str]:
    """The facets that the filters leave: that of the name, those that have the field."""
    name, field = filters.get("facet"), filters.get("field")
    told = [facet for facet in registry.facets() if name in (None, "", facet.name)]
    return [one.name for one in told if not field or field in {f.attname for f in compared(one)}]


def _pick(
    ids: Sequence[int], offset: int, size: int, filters: Mapping[str, str]
) -> list[tuple[str, int, int]]:
    """The newest history rows that the filters let through; those of one field before the differences are known."""
    exact = [
        sql.SQL(" AND (%({name})s::text IS NULL OR {column} = %({name})s::text)").format(
            name=sql.SQL(name), column=sql.Identifier(column)
        )
        for name, column in EXACT.items()
    ]
    statement = sql.Composed(
        [
            _index(),
            sql.SQL(" WHERE facet = ANY(%(facets)s)"),
            *exact,
            sql.SQL(
                " AND (%(since)s::timestamptz IS NULL OR history_date >= %(since)s)"
                " AND (%(until)s::timestamptz IS NULL OR history_date < %(until)s)"
                " ORDER BY history_date DESC, history_id DESC, facet OFFSET %(offset)s LIMIT %(size)s"
            ),
        ]
    )
    params = {
        **{name: filters.get(name) or None for name in EXACT},
        "ids": list(ids),
        "facets": _facets_of(filters),
        "since": begin_of(filters.get("since")),
        "until": begin_of(filters.get("until"), 1),
        "offset": offset,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [(str(facet), int(row), int(hist)) for facet, row, hist in cursor.fetchall()]


def _shown(facet: Facet, field: AnyField, row: Row, profile: str) -> Json:
    return shown(facet.model, field, row.get(field.attname), row, profile)


def diffs(facet: Facet, row_ids: Sequence[int], profile: str, show: Show = _shown) -> list[Json]:
    """Every change of some rows of a facet, newest first, each against the one before it."""
    model = facet.model.history.model
    found: list[Row] = list(model.objects.filter(id__in=row_ids).order_by("id", "history_id").values())
    open_rows(facet, found)
    changes = []
    before: Row | None = None
    for row in found:
        previous = before if before is not None and before["id"] == row["id"] else None
        changes.append(_change(facet, previous, row, profile, show))
        before = row
    newest = sorted(changes, key=lambda change: (change["at"], change["history_id"]), reverse=True)
    return with_approvers(newest)


def _change(facet: Facet, before: Row | None, row: Row, profile: str, show: Show = _shown) -> Json:
    return {
        "history_id": row["history_id"],
        "at": row["history_date"].isoformat(),
        "actor": row["history_user_id"] or "",
        "channel": row["updated_channel"],
        "reason": row["history_change_reason"] or "",
        "request_id": row["request_id"],
        "facet": facet.name,
        "facet_label": str(facet.model._meta.verbose_name),
        "row_id": row["id"],
        "version": row["version"],
        "source": row["source_system"],
        "type": row["history_type"],
        "changes": differences(facet, before, row, profile, show),
    }


def compared(facet: Facet) -> list[AnyField]:
    """The fields of a facet that differences are told of."""
    return [*own_fields(facet.model, ended=True), facet.model._meta.get_field("status")]


def differences(
    facet: Facet, before: Row | None, after: Row | None, profile: str, show: Show = _shown
) -> list[Json]:
    """What differs between two opened rows of a facet, field by field, masked; None: there was, or is, no row.
    A row alone lists only what it tells."""

    def told(row: Row | None, field: AnyField) -> Any:
        value = row.get(field.attname) if row else None
        return None if value in ("", False) and not (before and after) else value

    return [
        _field_change(facet, f, before, after, profile, show)
        for f in compared(facet)
        if told(before, f) != told(after, f)
    ]


def _field_change(
    facet: Facet, field: AnyField, before: Row | None, after: Row | None, profile: str, show: Show
) -> Json:
    old = show(facet, field, before, profile)["text"] if before else ""
    new = show(facet, field, after, profile)["text"] if after else ""
    return {"field": field.attname, "label": field_label(field), "old": old, "new": new}
