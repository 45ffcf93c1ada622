"""Changing what a known source record told before: compare, stage, carry over, write history."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from mdm.bulk.facts import forget_lookups, write_derivations, write_lookups
from mdm.bulk.reading import read_bundles, read_rows
from mdm.bulk.rows import insert_with_history, new_row, write_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import blank_of, facet_columns, own_fields, table_of
from mdm.bulk.writing import allocate_ids, insert_rows, staging, upsert_from
from mdm.history.models import Status
from mdm.subjects import Bundle, Facet, Row, registry

#: (customer id, bundle, content digest)
Pair = tuple[int, Bundle, bytes]
#: customer id -> rows of one facet by slot
Stored = dict[int, dict[str, Row]]


def update(pairs: Sequence[Pair], stamp: Stamp) -> set[int]:
    """Bring stored rows to what the bundles tell. Returns the customers that changed."""
    differing = _differing(pairs)
    changed: set[int] = set()
    for facet in registry.facets():
        changed |= _update_facet(facet, differing, stamp)
    _note_digests(differing, stamp)
    _note_day(pairs, stamp)
    refresh(sorted(changed))
    return changed


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
            "SELECT customer_id, content_digest FROM mdm_sourcerecord WHERE customer_id = ANY(%s)",
            [[pair[0] for pair in pairs]],
        )
        stored = {customer: bytes(digest) for customer, digest in cursor.fetchall()}
    return [pair for pair in pairs if stored.get(pair[0]) != pair[2]]


def _note_digests(pairs: Sequence[Pair], stamp: Stamp) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE mdm_sourcerecord SET content_digest = %s, business_date = %s, run_id = %s, received_at = %s, "
            "version = version + 1 WHERE customer_id = %s AND source_system = %s AND source_key = %s",
            [
                (digest, stamp.business_date, stamp.run_id, stamp.at, customer, b.source_system, b.source_key)
                for customer, b, digest in pairs
            ],
        )


def _note_day(pairs: Sequence[Pair], stamp: Stamp) -> None:
    """What a source tells unchanged it still tells: from now on an older file is too old for these too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mdm_sourcerecord SET business_date = %s WHERE customer_id = ANY(%s) AND business_date < %s",
            [stamp.business_date, [pair[0] for pair in pairs], stamp.business_date],
        )


def _update_facet(facet: Facet, pairs: Sequence[Pair], stamp: Stamp) -> set[int]:
    stored = _stored(facet, pairs)
    derived = _told_derived(facet, [bundle for _, bundle, _ in pairs])
    changed: list[Row] = []
    added: list[Row] = []
    for (customer_id, bundle, _), more in zip(pairs, derived, strict=True):
        _compare(facet, customer_id, bundle, more, stored[customer_id], changed, added, stamp)
    _add(facet, added, stamp)
    carry_over(facet, changed, stamp)
    return {row["id" if facet.name == "customer" else "customer_id"] for row in (*changed, *added)}


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


def _compare(
    facet: Facet,
    customer_id: int,
    bundle: Bundle,
    derived: Row,
    stored: dict[str, Row],
    changed: list[Row],
    added: list[Row],
    stamp: Stamp,
) -> None:
    """Sort the rows of one bundle into changed and added; what is told no more is ended."""
    seen = set()
    for told in bundle.rows(facet.name):
        slot = facet.slot(told)
        seen.add(slot)
        values = {**told, **derived}
        if slot not in stored:
            added.append(new_row(facet, customer_id, bundle, values))
        elif differs(facet, stored[slot], values):
            changed.append(merged_row(facet, stored[slot], values))
    for slot, row in stored.items():
        if slot not in seen and row["status"] == Status.ACTIVE and facet.name != "customer":
            changed.append({**row, "status": Status.ENDED, "valid_to": stamp.business_date})


def told_values(facet: Facet, told: Row) -> Row:
    """The own fields of a told row by attname, blanks as the columns hold them."""
    values = {}
    for field in own_fields(facet.model):
        value = told.get(field.attname)
        values[field.attname] = blank_of(field) if value is None or value == "" else value
    return values


def differs(facet: Facet, stored: Row, told: Row) -> bool:
    """Whether a told row says anything else than the stored one, or brings an ended one back."""
    values = told_values(facet, told)
    same = all(stored[name] == value or (_blank(stored[name]) and _blank(value)) for name, value in values.items())
    raw = (stored["raw_values"] or {}) == (told.get("raw_values") or {})
    return not (same and raw and stored["status"] == Status.ACTIVE)


def _blank(value: Any) -> bool:
    return value is None or value == ""


def merged_row(facet: Facet, stored: Row, told: Row) -> Row:
    """The stored row with the told values over it, in force again."""
    values = told_values(facet, told)
    return {**stored, **values, "raw_values": told.get("raw_values"), "status": Status.ACTIVE, "valid_to": None}


def _add(facet: Facet, rows: list[Row], stamp: Stamp) -> None:
    for row, row_id in zip(rows, allocate_ids(facet.model._meta.db_table, len(rows)), strict=True):
        row["id"] = row_id
    insert_with_history(facet, rows, stamp)


def carry_over(facet: Facet, rows: list[Row], stamp: Stamp) -> None:
    """Replace stored rows by `rows` through a staging table, one version up, with history."""
    if not rows:
        return
    for row in rows:
        row.update(stamp.updated(), version=row["version"] + 1)
    table, columns = table_of(facet.model), facet_columns(facet, rows)
    stage = staging(table, f"stage_{facet.name}")
    insert_rows(stage, list(zip(*columns, strict=True)))
    keep = {"id", "customer_id", "created_at", *facet.model.DERIVED}
    upsert_from(stage, table, "id", [column for column in table.columns if column not in keep])
    write_history(facet, columns, stamp, "~")


def refresh(customer_ids: Sequence[int]) -> None:
    """Recompute all that is derived from customers' rows: lookup entries, derived columns and tables."""
    if not customer_ids:
        return
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
    names = sorted(facet.model.DERIVED & set(derived[0])) if derived else []
    rows = [facet.model(pk=customer, **{n: d[n] for n in names}) for customer, d in zip(customer_ids, derived, strict=True)]
    facet.model._default_manager.bulk_update(rows, names, batch_size=1000)
