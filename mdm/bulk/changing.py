"""Changing what a known source record told before: compare, stage, carry over, write history."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection

from mdm.bulk import arrays
from mdm.bulk.facts import forget_lookups, write_derivations, write_lookups
from mdm.bulk.last_told import keeping, last_told
from mdm.bulk.reading import read_bundles, read_rows
from mdm.bulk.rows import insert_with_history, new_row, write_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import blank_of, facet_columns, own_fields, table_of
from mdm.bulk.writing import allocate_ids, insert_columns, staging, upsert_from
from mdm.extension import attributes
from mdm.history.models import SINCE, Status
from mdm.subjects import APART, Bundle, Changes, Facet, Place, Row, registry

#: (customer id, bundle, content digest)
Pair = tuple[int, Bundle, bytes]
#: customer id -> rows of one facet by slot
Stored = dict[int, dict[str, Row]]


@dataclass(slots=True)
class Updated:
    """By customer what changed, what the source changed although staff had changed it, and what stays although the
    source tells otherwise."""

    changes: Changes = field(default_factory=lambda: defaultdict(list))
    overruled: dict[int, list[Place]] = field(default_factory=dict)
    held: dict[int, list[Place]] = field(default_factory=dict)

    @property
    def customers(self) -> set[int]:
        return set(self.changes)


def update(pairs: Sequence[Pair], stamp: Stamp) -> Updated:
    """Bring stored rows to what the bundles newly tell. Returns what changed.

    A delivery is compared with what its source last told, not with what staff made of it since: what it
    tells again changes nothing, what it tells anew holds, and is found where staff had said otherwise.
    """
    updated = Updated()
    if not pairs:
        return updated
    if differing := _differing(pairs):
        for facet in registry.facets():
            _update_facet(facet, differing, updated, stamp)
        _note_digests(differing, stamp)
        refresh(sorted(updated.customers))
        for follow in registry.followers:
            follow(updated.changes, stamp)
    _note_day(pairs, stamp)
    return updated


def _differing(pairs: Sequence[Pair]) -> list[Pair]:
    """Those whose content digest is another than the stored one; their customers are locked.

    Every writer of a customer's rows locks it first, by the customer facet's own rule: so nobody overwrites
    what another has just written, and nobody waits for the other in a circle.
    """
    candidates = _other_digest(pairs)
    if not candidates:
        return []
    lock = registry.facet("customer").lock
    if lock is not None:
        lock([pair[0] for pair in candidates])
    return _other_digest(candidates)


def _other_digest(pairs: Sequence[Pair]) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, content_digest FROM mdm_sourcerecord WHERE customer_id = ANY(%s::bigint[])",
            [arrays.of_ids(pair[0] for pair in pairs)],
        )
        stored = {customer: bytes(digest) for customer, digest in cursor.fetchall()}
    return [pair for pair in pairs if stored.get(pair[0]) != pair[2]]


def _note_digests(pairs: Sequence[Pair], stamp: Stamp) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE mdm_sourcerecord SET content_digest = %s, business_date = %s, run_id = %s, "
            "received_at = %s, version = version + 1 "
            "WHERE customer_id = %s AND source_system = %s AND source_key = %s",
            [
                (digest, stamp.business_date, stamp.run_id, stamp.at, customer, b.source_system, b.source_key)
                for customer, b, digest in pairs
            ],
        )


def _note_day(pairs: Sequence[Pair], stamp: Stamp) -> None:
    """What a source tells unchanged it still tells: from now on an older file is too old for these too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mdm_sourcerecord SET business_date = %s "
            "WHERE customer_id = ANY(%s::bigint[]) AND business_date < %s",
            [stamp.business_date, arrays.of_ids(pair[0] for pair in pairs), stamp.business_date],
        )


def _update_facet(facet: Facet, pairs: Sequence[Pair], updated: Updated, stamp: Stamp) -> None:
    stored = _stored(facet, pairs)
    before = last_told(facet, [row for rows in stored.values() for row in rows.values()], stamp)
    derived = _told_derived(facet, [bundle for _, bundle, _ in pairs])
    changed: dict[str, list[Row]] = defaultdict(list)
    added: list[Row] = []
    for (customer_id, bundle, _), more in zip(pairs, derived, strict=True):
        told = {facet.slot(row): {**row, **more} for row in bundle.rows(facet.name)}
        rows = stored[customer_id]
        for slot in (slot for slot in told if slot not in rows):
            added.append(new_row(facet, customer_id, bundle, told[slot]))
            updated.changes[customer_id].append((facet.name, _said(facet, told[slot])))
        for slot, row in rows.items():
            if slot.startswith(APART) and slot not in told:
                continue
            change = _Change(facet, row, before.get(row["id"], row), told.get(slot), stamp.business_date)
            if change.held:
                updated.held[customer_id] = [Place(facet.name, slot, name) for name in sorted(change.held)]
            if change.row is not None:
                changed[keeping(stamp.reason, change.kept())].append(change.row)
                updated.changes[customer_id].append((facet.name, change.fields))
                updated.overruled.setdefault(customer_id, []).extend(change.overruled())
    _add(facet, added, stamp)
    for reason, rows_of_it in changed.items():
        carry_over(facet, rows_of_it, replace(stamp, reason=reason))


def _said(facet: Facet, told: Row) -> frozenset[str]:
    """The own fields that a new row tells something of."""
    return frozenset(name for name, value in told_values(facet, told).items() if not _blank(value))


def _stored(facet: Facet, pairs: Sequence[Pair]) -> Stored:
    """What these source records told before, by slot; rows of other sources are not theirs to change."""
    told_by = {customer: (b.source_system, b.source_key) for customer, b, _ in pairs}
    found: Stored = defaultdict(dict)
    for row in read_rows(facet, list(told_by)):
        customer = row["id"] if facet.name == "customer" else row["customer_id"]
        if (row["source_system"], row["source_key"]) == told_by[customer]:
            found[customer][row["slot"]] = row
    return found


def _told_derived(facet: Facet, bundles: list[Bundle]) -> list[Row]:
    """For each bundle the columns that follow from it and are told all the same (the branch of its code)."""
    if not facet.derive:
        return [{} for _ in bundles]
    return [{k: v for k, v in row.items() if k not in facet.model.DERIVED} for row in facet.derive(bundles)]


class _Change:
    """What a delivery makes of one stored row: `row` as it is to be, None where its source tells nothing new.

    `last` is the row as its source last told it, `told` as it tells it now, None where it tells it no more. `held` are
    fields that stay although it tells them anew.
    """

    def __init__(self, facet: Facet, stored: Row, last: Row, told: Row | None, business_date: date) -> None:
        self._facet, self._stored, self._last = facet, stored, last
        self._news: Row = {}
        self.held: frozenset[str] = frozenset()
        self.row = self._ended(business_date) if told is None else self._merged(told)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are another than before; of a row that ends its status."""
        ended = self.row is not None and self.row["status"] == Status.ENDED
        return frozenset({"status"} if ended else self._news)

    def _ended(self, business_date: date) -> Row | None:
        held = self._stored["status"] == self._last["status"] == Status.ACTIVE
        if not held or self._facet.name == "customer":
            return None
        return {**self._stored, "status": Status.ENDED, "valid_to": business_date}

    def _merged(self, told: Row) -> Row | None:
        """The stored row with what is told anew over it, in force again."""
        stored, last = self._stored, self._last
        # what only an operation sets is not taken back by a source that says nothing of it
        silent = {name for name in self._facet.model.OPERATED if _blank(told.get(name))}
        values = {n: v for n, v in told_values(self._facet, told).items() if n not in silent}
        self._news = {name: value for name, value in values.items() if not _same(last.get(name), value)}
        if self._news and self._facet.holding:
            self.held = self._facet.holding(stored, self._news)
            self._news = {name: value for name, value in self._news.items() if name not in self.held}
        raw = (told.get("raw_values") or {}, last["raw_values"] or {})
        if not self._news and raw[0] == raw[1] and last["status"] == Status.ACTIVE:
            return None
        kept = {**stored, **self._news, "raw_values": self._raw(*raw)}
        if self._facet.follows is not None:
            follow = self._facet.follows(stored, kept)
            kept |= {name: value for name, value in follow.items() if _blank(told.get(name))}
        return {**kept, "status": Status.ACTIVE, "valid_to": None}

    def _raw(self, told: Row, last: Row) -> Row:
        """The texts as received that stand for something: none of a field that staff has filled in."""
        before: Row = self._stored["raw_values"] or {}
        texts = {}
        for name in {*told, *last, *before}:
            anew = told.get(name) != last.get(name) and (name in self._news or not self._touched(name))
            texts[name] = told.get(name) if anew else before.get(name)
        return {name: text for name, text in texts.items() if text is not None}

    def _touched(self, name: str) -> bool:
        """Whether a field is other than its source last told it."""
        return not _same(self._stored.get(name), self._last.get(name))

    def overruled(self) -> list[Place]:
        """What staff had changed and the source has changed again, to something else."""
        fields = [n for n in self._news if self._touched(n) and not _same(self._stored.get(n), self._news[n])]
        if self._touched("status") or (self.row and self.row["status"] == Status.ENDED and self._edited()):
            fields.append("status")
        return [Place(self._facet.name, self._stored["slot"], name) for name in fields]

    def kept(self) -> list[str]:
        """The fields that stay as staff made them, though the row is told anew."""
        if self.row is None or self.row["status"] == Status.ENDED:
            return []
        told = {own.attname for own in own_fields(self._facet.model)} - self._facet.model.OPERATED
        return sorted(name for name in told - set(self._news) if self._touched(name))

    def _edited(self) -> bool:
        return any(self._touched(own.attname) for own in own_fields(self._facet.model))


def told_values(facet: Facet, told: Row) -> Row:
    """The own fields of a told row by attname, blanks as the columns hold them."""
    values = {}
    for own in own_fields(facet.model):
        value = told.get(own.attname)
        values[own.attname] = blank_of(own) if _blank(value) else value
    return values


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (_blank(one) and _blank(other))


def _blank(value: Any) -> bool:
    return value is None or value == ""


def _add(facet: Facet, rows: list[Row], stamp: Stamp) -> None:
    for row, row_id in zip(rows, allocate_ids(facet.model._meta.db_table, len(rows)), strict=True):
        row["id"] = row_id
    insert_with_history(facet, rows, stamp)


def carry_over(facet: Facet, rows: list[Row], stamp: Stamp) -> None:
    """Replace stored rows by `rows` through a staging table, one version up, with history; what is in force is so from
    the business date on."""
    if not rows:
        return
    for row in rows:
        row.update(stamp.updated(), version=row["version"] + 1)
        if row["status"] == Status.ACTIVE:
            row[SINCE] = stamp.business_date
    table, columns = table_of(facet.model), facet_columns(facet, rows)
    stage = staging(table, f"stage_{facet.name}")
    insert_columns(stage, columns)
    keep = {"id", "customer_id", "created_at", *facet.model.DERIVED}
    upsert_from(stage, table, "id", [column for column in table.columns if column not in keep])
    write_history(facet, columns, stamp, "~")


def refresh(customer_ids: Sequence[int]) -> None:
    """Recompute all that is derived from customers' rows: lookup entries, derived columns and tables."""
    if not customer_ids:
        return
    attributes.refresh()  # what is searchable by now, whichever process this is
    bundles, row_ids = read_bundles(customer_ids)
    forget_lookups(customer_ids)
    write_lookups(customer_ids, bundles, row_ids)
    write_derivations(customer_ids, bundles)
    for facet in registry.facets():
        if facet.derive:
            _write_derived(facet, customer_ids, facet.derive(bundles))
        if facet.settle:
            facet.settle(list(customer_ids))


def _write_derived(facet: Facet, customer_ids: Sequence[int], derived: list[dict[str, Any]]) -> None:
    """Store computed columns; they are no one's input, so there is no version and no history."""
    names = sorted((facet.model.DERIVED & set(derived[0])) - facet.settled) if derived else []
    rows = [
        facet.model(**{"pk": customer, **{name: told[name] for name in names}})
        for customer, told in zip(customer_ids, derived, strict=True)
    ]
    facet.model._default_manager.bulk_update(rows, names, batch_size=1000)
