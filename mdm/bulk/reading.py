"""Reading customers back as bundles, in clear: for comparing, for recomputing, for matching."""

from collections.abc import Collection, Sequence
from typing import Any

from mdm.bulk.tables import own_fields, sealed_fields
from mdm.extension.values import spread
from mdm.history.models import Status
from mdm.subjects import Bundle, Facet, Row, registry


def read_rows(facet: Facet, customer_ids: Sequence[int], **narrow: Any) -> list[Row]:
    """The rows of a facet in clear (attname -> value), oldest first; `narrow` filters further."""
    key = "id__in" if facet.name == "customer" else "customer_id__in"
    rows = facet.model._default_manager.filter(**{key: list(customer_ids)}, **narrow).order_by("id")
    found: list[Row] = [dict(row) for row in rows.values()]
    open_rows(facet, found)
    return found


def open_rows(facet: Facet, rows: Sequence[Row]) -> None:
    """Decrypt the sealed columns of rows (or history rows, which are bound to the row's own id) in place; the values
    of attributes stand beside them then."""
    if not rows:
        return
    for sealed in sealed_fields(facet.model):
        name = sealed.attname
        there = [row for row in rows if row.get(name) is not None]
        if not there:
            continue
        clear = sealed.open_column([row["id"] for row in there], [bytes(row[name]) for row in there])
        for row, value in zip(there, clear, strict=True):
            row[name] = value
    spread(facet.model, rows)


def read_bundles(
    customer_ids: Sequence[int], *, only: Collection[str] | None = None
) -> tuple[list[Bundle], list[dict[tuple[str, int], int]]]:
    """All that is in force about each customer, of every source, with the stored id of each row.

    `only` names the facets to read, where not all are wanted. Who is not there any more has an empty bundle.
    """
    bundles = {customer: Bundle("", "", "") for customer in customer_ids}
    row_ids: dict[int, dict[tuple[str, int], int]] = {customer: {} for customer in customer_ids}
    wanted = (facet for facet in registry.facets() if only is None or facet.name in only)
    for facet in wanted:
        for row in read_rows(facet, customer_ids, status=Status.ACTIVE):
            customer = row["id"] if facet.name == "customer" else row["customer_id"]
            _place(bundles[customer], facet, row, row_ids[customer])
    return [bundles[c] for c in customer_ids], [row_ids[c] for c in customer_ids]


def _place(bundle: Bundle, facet: Facet, row: Row, row_ids: dict[tuple[str, int], int]) -> None:
    rows = bundle.facets.setdefault(facet.name, [])
    row_ids[(facet.name, len(rows))] = row["id"]
    told = {field.attname: row.get(field.attname) for field in own_fields(facet.model)}
    rows.append({**told, "slot": row["slot"], "raw_values": row["raw_values"] or {}})
    if facet.name == "customer":
        bundle.party_type = row["party_type"]
        bundle.source_system, bundle.source_key = row["source_system"], row["source_key"]
