"""Applying bundles: the one write path of loader, REST and screens (design idea 5: online is a batch of one).

Runs inside the caller's transaction. New source records become customers, known ones are compared
with what is stored, unchanged ones write nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mdm.bulk import changing
from mdm.bulk.facts import RowIds, write_derivations, write_lookups
from mdm.bulk.linking import link
from mdm.bulk.models import SourceRecord
from mdm.bulk.rows import columns_beside, insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import table_of
from mdm.bulk.writing import insert_rows
from mdm.extension import attributes
from mdm.subjects import Bundle, Facet, Place, Row, registry
from security.crypto.blind_index import declare, digest_column, in_use

#: The digest kind of what a source record tells as a whole.
CONTENT = declare("CONTENT")

#: The version of a key that digests of contents do not name.
FIRST_KEY = 1

#: What says the same as nothing.
_BLANKS: tuple[object, ...] = (None, "", {})

#: The place of a bundle in its chunk, of a row in its facet, and the row.
_Told = tuple[int, int, Row]

SOURCE_TABLE = table_of(SourceRecord, frozenset({"id"}))


@dataclass(slots=True)
class Applied:
    """What became of the bundles: the customer of each, and how many were new, changed, the same."""

    customer_ids: list[int]
    created: set[int] = field(default_factory=set)
    updated: set[int] = field(default_factory=set)
    #: What the source told anew although staff had changed it, by customer.
    overruled: dict[int, list[Place]] = field(default_factory=dict)
    #: What stays although the source tells otherwise, by customer.
    held: dict[int, list[Place]] = field(default_factory=dict)

    @property
    def unchanged(self) -> int:
        return len(self.customer_ids) - len(self.created) - len(self.updated)


def apply(bundles: Sequence[Bundle], stamp: Stamp) -> Applied:
    """Store bundles whose (source system, source key) are distinct. Returns what became of each."""
    if not bundles:
        return Applied([])
    attributes.refresh()
    ids, new = link(bundles, registry.facet("customer").model._meta.db_table)
    digests = content_digests(bundles)
    pairs = list(zip(ids, bundles, digests, strict=True))
    create = [pair for pair in pairs if pair[0] in new]
    _create([c for c, _, _ in create], [b for _, b, _ in create], [d for _, _, d in create], stamp)
    updated = changing.update([pair for pair in pairs if pair[0] not in new], stamp)
    return Applied(ids, new, updated.customers, updated.overruled, updated.held)


def content_digests(bundles: Sequence[Bundle]) -> list[bytes]:
    """A keyed digest of all that a bundle tells, to recognise a delivery that brings nothing new.

    The order of facets, rows and fields makes no difference, nor whether a blank is told or left out.
    """
    version = in_use(CONTENT)
    mark = b"" if version.key == FIRST_KEY else version.key.to_bytes(2, "big")
    found = digest_column(CONTENT, [_content(b) for b in bundles], version)
    return [digest + mark for digest in found if digest is not None]


def _content(bundle: Bundle) -> str:
    told = [_row_content(name, row) for name, rows in bundle.facets.items() for row in rows]
    return "\n".join([bundle.party_type, *sorted(told)])


def _row_content(facet: str, row: Row) -> str:
    """The facet, then names and values in turn: no two rows that differ read alike, whatever they hold."""
    told: list[Any] = [facet]
    for name in sorted(row):
        value = row[name]
        if value or value not in _BLANKS:
            told.append(name)
            told.append(value)
    return repr(told)


def _create(ids: list[int], bundles: list[Bundle], digests: list[bytes], stamp: Stamp) -> None:
    if not ids:
        return
    row_ids: list[RowIds] = [{} for _ in ids]
    told = _told(bundles)
    for facet in registry.facets():
        if facet.name in told:
            _create_facet(facet, told[facet.name], ids, bundles, row_ids, stamp)
    write_lookups(ids, bundles, row_ids)
    write_derivations(ids, bundles, new=True)
    insert_rows(SOURCE_TABLE, source_rows(ids, bundles, digests, stamp))


def _told(bundles: Sequence[Bundle]) -> dict[str, list[_Told]]:
    """The rows of all bundles by facet, in the order of the bundles."""
    told: dict[str, list[_Told]] = defaultdict(list)
    for at, bundle in enumerate(bundles):
        for name, rows in bundle.facets.items():
            told[name] += [(at, index, row) for index, row in enumerate(rows)]
    return told


def _create_facet(
    facet: Facet,
    told: list[_Told],
    ids: list[int],
    bundles: list[Bundle],
    row_ids: list[RowIds],
    stamp: Stamp,
) -> None:
    derived = facet.derive(bundles) if facet.derive else []
    rows = [{**row, **derived[at]} if derived and index == 0 else row for at, index, row in told]
    whose = [(ids[at], bundles[at]) for at, _index, _row in told]
    beside = columns_beside(facet, rows, whose)
    for (at, index, _row), row_id in zip(told, beside["id"], strict=True):
        row_ids[at][(facet.name, index)] = row_id
    insert_with_history(facet, rows, stamp, beside)


def source_rows(
    ids: Sequence[int], bundles: Sequence[Bundle], digests: Sequence[bytes], stamp: Stamp
) -> list[tuple[Any, ...]]:
    """Rows of the source-record table, in the order of its columns."""
    return [
        (customer_id, b.source_system, b.source_key, digest, stamp.business_date, stamp.run_id, stamp.at, 1)
        for customer_id, b, digest in zip(ids, bundles, digests, strict=True)
    ]
