"""Which rows of a golden customer's members say the same, and which of them is the best.

A pure function of the rows, so recomputing twice gives the same: verified first, then newest, then
the lower source key (domain 2.5, tie-break).
"""

from collections.abc import Iterable, Sequence

from mdm.bulk.tables import own_fields
from mdm.subjects import Facet, Row

#: Fields that do not make two rows different: how we treat a value, not what it is.
_ASIDE = frozenset(
    {
        "is_primary",
        "verified_state",
        "lifecycle_state",
        "replaces",
        "replaced_how",
        "lost_on",
        "opened_on",
        "org_id",
        "segment",
        "language",
    }
)


def distinct(facet: Facet, rows: Iterable[Row]) -> list[list[Row]]:
    """Rows grouped by what they say, the best of each group first; for a single facet, one group."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in sorted(rows, key=_rank):
        groups.setdefault(_identity(facet, row), []).append(row)
    return list(groups.values())


def _identity(facet: Facet, row: Row) -> tuple[object, ...]:
    """What a row says; all rows of a single facet are one value told by several sources."""
    if not facet.multiple:
        return ()
    return tuple(str(row.get(f.attname) or "") for f in own_fields(facet.model) if f.attname not in _ASIDE)


def _rank(row: Row) -> tuple[bool, float, str, int]:
    """Verified before not, newer before older, then the lower source key, then the older row."""
    return (row["verified_at"] is None, -row["updated_at"].timestamp(), row["source_key"], row["id"])


def golden_values(facet: Facet, rows: Sequence[Row]) -> Row:
    """One value a field for a single facet: the best row that has one; the earliest, for fields that say so."""
    ranked = sorted(rows, key=_rank)
    names = [field.attname for field in own_fields(facet.model)]
    told = {name: [row[name] for row in ranked if row.get(name) not in (None, "")] for name in names}
    return {
        name: (min(values) if name in facet.model.EARLIEST else values[0]) if values else None
        for name, values in told.items()
    }
