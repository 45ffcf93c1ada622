"""Which rows of a golden customer's members say the same, which of them is the best, and why.

A pure function of the rows, so recomputing twice gives the same: verified first, then newest, then
the lower source key (domain 2.5, tie-break).
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

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
        "ocr_result",
        "nfc_result",
        "copy_kept",
        "returned_mail_count",
        "opened_on",
        "org_id",
        "segment",
        "language",
    }
)


class Why(TextChoices):
    """Why a value holds before those of other rows."""

    ONLY = "ONLY", _("the only one told")
    SAME = "SAME", _("all tell the same")
    EARLIEST = "EARLIEST", _("the earliest holds")
    VERIFIED = "VERIFIED", _("verified, the other is not")
    NEWEST = "NEWEST", _("told last")
    LOWER_KEY = "LOWER_KEY", _("the lower key, as both are equally good")


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


#: The reason that goes with each part of the rank.
_RANKED = (Why.VERIFIED, Why.NEWEST, Why.LOWER_KEY, Why.LOWER_KEY)


def golden_values(facet: Facet, rows: Sequence[Row]) -> Row:
    """One value a field for a single facet: the best row that has one; the earliest, for fields that say so."""
    return {name: found[0][name] if found else None for name, found in tellers(facet, rows).items()}


def tellers(facet: Facet, rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows that tell each field, the one whose value holds first. Of rows that say the same (a facet of many) the
    best is shown as it stands, so a field that it leaves empty is told by none."""
    ranked, earliest = sorted(rows, key=_rank), facet.model.EARLIEST
    found = {}
    for name in (field.attname for field in own_fields(facet.model)):
        telling = [row for row in ranked if row.get(name) not in (None, "")]
        if facet.multiple and telling and telling[0] is not ranked[0]:
            telling = []
        found[name] = sorted(telling, key=itemgetter(name)) if name in earliest else telling
    return found


def why(rows: Sequence[Row], name: str = "", *, earliest: bool = False) -> Why:
    """Why the first of these rows holds before the second: the value of `name`, or the row as a whole."""
    if len(rows) == 1:
        return Why.ONLY
    first, second = rows[:2]
    if name and all(row[name] == first[name] for row in rows):
        return Why.SAME
    if earliest:
        return Why.EARLIEST
    ranks = zip(_rank(first), _rank(second), _RANKED, strict=True)
    return next(reason for mine, other, reason in ranks if mine != other)
