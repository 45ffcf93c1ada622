"""History of a customer: who changed what, when, through which door and why; values masked."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from customers.selectors.customer import resolve, sight_on, visible
from customers.selectors.gathering import MOST_HISTORY, Whole
from mdm.bulk.reading import open_rows
from mdm.bulk.tables import AnyField, own_fields
from mdm.display import shown
from mdm.errors import NotFound
from mdm.paging import LARGEST, Page
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

Json = dict[str, Any]
HISTORY = "customer.history"
#: How a field of a row is shown under a mask profile.
Show = Callable[[Facet, AnyField, Row, str], Json]
#: How many of the newest changes a panorama shows.
RECENT = 10


def history(
    actor: Actor,
    number: str,
    *,
    at: datetime,
    offset: int = 0,
    size: int = 50,
    filters: dict[str, str] | None = None,
) -> Page[Json]:
    """Changes of a customer and its members, newest first; `next` is the offset of the next page.

    `filters` may name `facet` and `actor`. NotFound out of scope; the read is logged.
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
    return [_change(registry.facet(name), before, row, profile, whole.shown) for name, row, before in pairs]


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
            "SELECT {} AS facet, h.id AS row_id, h.history_id, h.history_date, h.history_user_id FROM {} h "
            "WHERE h.{} = ANY(%(ids)s)"
        ).format(
            sql.Literal(facet.name),
            sql.Identifier(facet.model.history.model._meta.db_table),
            sql.Identifier("id" if facet.name == "customer" else "customer_id"),
        )
        for facet in registry.facets()
    ]
    return sql.SQL("SELECT facet, row_id, history_id FROM ({}) x").format(sql.SQL(" UNION ALL ").join(parts))


def _changes(ids: Sequence[int], profile: str, offset: int, size: int, filters: dict[str, str]) -> list[Json]:
    wanted = _pick(ids, offset, size, filters)
    by_facet: dict[str, list[tuple[int, int]]] = {}
    for facet, row_id, history_id in wanted:
        by_facet.setdefault(facet, []).append((row_id, history_id))
    found = {}
    for name, pairs in by_facet.items():
        for change in diffs(registry.facet(name), sorted({row_id for row_id, _history in pairs}), profile):
            found[(name, change["history_id"])] = change
    return [found[(facet, history_id)] for facet, _row, history_id in wanted]


def _pick(ids: Sequence[int], offset: int, size: int, filters: dict[str, str]) -> list[tuple[str, int, int]]:
    """The newest history rows that the filters let through."""
    statement = _index() + sql.SQL(
        " WHERE (%(facet)s::text IS NULL OR facet = %(facet)s::text)"
        " AND (%(actor)s::text IS NULL OR history_user_id = %(actor)s::text)"
        " ORDER BY history_date DESC, history_id DESC, facet OFFSET %(offset)s LIMIT %(size)s"
    )
    params = {
        "ids": list(ids),
        "facet": filters.get("facet") or None,
        "actor": filters.get("actor") or None,
        "offset": offset,
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [(str(facet), int(row), int(hist)) for facet, row, hist in cursor.fetchall()]


def diffs(facet: Facet, row_ids: Sequence[int], profile: str) -> list[Json]:
    """Every change of some rows of a facet, newest first, each against the one before it."""
    model = facet.model.history.model
    found: list[Row] = list(model.objects.filter(id__in=row_ids).order_by("id", "history_id").values())
    open_rows(facet, found)
    changes = []
    before: Row | None = None
    for row in found:
        previous = before if before is not None and before["id"] == row["id"] else None
        changes.append(_change(facet, previous, row, profile))
        before = row
    return sorted(changes, key=lambda change: (change["at"], change["history_id"]), reverse=True)


def _shown(facet: Facet, field: AnyField, row: Row, profile: str) -> Json:
    return shown(facet.model, field, row.get(field.attname), row, profile)


def _change(facet: Facet, before: Row | None, row: Row, profile: str, show: Show = _shown) -> Json:
    fields = [*own_fields(facet.model, ended=True), facet.model._meta.get_field("status")]
    differing = [f for f in fields if before is None or before.get(f.attname) != row.get(f.attname)]
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
        "type": row["history_type"],
        "changes": [
            _field_change(facet, f, before, row, profile, show)
            for f in differing
            if not _blank(f, before, row)
        ],
    }


def _blank(field: Any, before: Row | None, row: Row) -> bool:
    """Whether a field was empty and stays so (a first version lists only what it tells)."""
    return before is None and row.get(field.attname) in (None, "", False)


def _field_change(
    facet: Facet, field: AnyField, before: Row | None, row: Row, profile: str, show: Show
) -> Json:
    old = show(facet, field, before, profile)["text"] if before else ""
    new = show(facet, field, row, profile)["text"]
    return {"field": field.attname, "label": str(field.verbose_name), "old": old, "new": new}
