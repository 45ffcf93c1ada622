"""What is stored beside the facets for each customer: lookup entries, derived columns, derived tables.

One definition serves new customers (from the bundle just told) and changed ones (from the bundle
read back), online and in bulk.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from mdm.bulk.models import SOURCE_KEY_KIND, LookupEntry
from mdm.bulk.tables import Table, table_of
from mdm.bulk.writing import insert_rows
from mdm.subjects import Bundle, Derivation, Derived, Lookup, registry
from security.crypto.blind_index import Version, digest_column, written

#: (facet name, row index within the bundle) -> the stored row's id, one map a bundle.
RowIds = dict[tuple[str, int], int]

LOOKUP_TABLE = table_of(LookupEntry, frozenset({"id"}))


def write_lookups(ids: Sequence[int], bundles: Sequence[Bundle], row_ids: Sequence[RowIds]) -> None:
    """Store the lookup entries of customers, which have none of these kinds yet."""
    for lookup in registry.lookups:
        versions = written(lookup.kind)
        insert_rows(LOOKUP_TABLE, lookup_entries(lookup, ids, bundles, row_ids, versions))


def lookup_entries(
    lookup: Lookup,
    ids: Sequence[int],
    bundles: Sequence[Bundle],
    row_ids: Sequence[RowIds],
    versions: Sequence[Version],
) -> list[tuple[Any, ...]]:
    """The entries of one kind under each of these versions, as rows of the index."""
    texts: list[str] = []
    places: list[tuple[int, str, int]] = []
    for customer_id, bundle, rows in zip(ids, bundles, row_ids, strict=True):
        for facet, index, text in dict.fromkeys(lookup.values(bundle)):
            texts.append(text)
            places.append((customer_id, facet, rows.get((facet, index), customer_id)))
    return [
        (lookup.number, digest, customer, facet, row, version.key, version.norm)
        for version in versions
        for digest, (customer, facet, row) in zip(
            digest_column(lookup.kind, texts, version), places, strict=True
        )
        if digest is not None
    ]


def forget_lookups(ids: Sequence[int]) -> None:
    """Remove the lookup entries of customers, source keys aside."""
    LookupEntry.objects.filter(customer_id__in=ids).exclude(kind=SOURCE_KEY_KIND).delete()


def write_derivations(ids: Sequence[int], bundles: Sequence[Bundle], *, new: bool = False) -> None:
    """Store the derived tables' rows of customers, replacing those they had, and their lookup entries.

    `new` customers have none yet.
    """
    for derivation in registry.derivations:
        derived = derivation.compute(list(ids), list(bundles))
        if new:
            insert_rows(Table(derivation.table, derivation.columns, derivation.types), derived.rows)
        else:
            _replace(derivation, derived.rows)
        insert_rows(LOOKUP_TABLE, derived_entries(derivation, ids, derived))


def derived_entries(
    derivation: Derivation, ids: Sequence[int], derived: Derived
) -> list[tuple[int, bytes, int, str, int, int, int]]:
    """The lookup entries of a derivation, as rows of the index."""
    number = derivation.lookup
    return [(number, d, ids[at], "customer", ids[at], key, 1) for at, d, key in derived.digests]


def _replace(derivation: Derivation, rows: list[tuple[Any, ...]]) -> None:
    """INSERT … ON CONFLICT by arrays: the same for one row and for ten thousand."""
    if not rows:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, derivation.columns))
    arrays = sql.SQL(", ").join(sql.SQL(f"%s::{kind}[]") for kind in derivation.types)
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in derivation.columns[1:]
    )
    statement = sql.SQL(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT (customer_id) DO UPDATE SET {}"
    ).format(sql.Identifier(derivation.table), columns, arrays, updates)
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
