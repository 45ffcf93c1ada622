"""Whether what a run saw still stands at the moment of merging: asked under the row locks, not before.

Matching reads a snapshot. Until its merges are written, records may be loaded anew and stewards part some.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from django.db.models import Q
from django.db.models.functions import Now

from consolidation.models import NeverMatch, Signature

#: The customers of one golden record.
Family = frozenset[int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What forbids joining customers now: signatures changed since the reading, pairs declared different."""

    changed: frozenset[int]
    apart: frozenset[Family]

    def allows(self, families: Sequence[Family]) -> bool:
        """Whether golden records, each with its members, may become one on what was read."""
        if any(family & self.changed for family in families):
            return False
        return not any(self._parted(one, other) for one, other in combinations(families, 2))

    def _parted(self, one: Family, other: Family) -> bool:
        return any(frozenset((x, y)) in self.apart for x in one for y in other)


def standing(locked: Iterable[int], read_at: datetime | None) -> Standing:
    """The standing of locked customers, whose signatures were read at `read_at` (`moment_of_reading`).

    With None only what was declared different counts: a person has looked at the records as they are.
    """
    ids = list(locked)
    written = Signature.objects.filter(customer_id__in=ids)
    later = written.filter(changed_at__gt=read_at).values_list("customer_id", flat=True) if read_at else ()
    in_force = Q(expires_at=None) | Q(expires_at__gt=Now())
    parted = NeverMatch.objects.filter(in_force, customer_id__in=ids, other_id__in=ids)
    pairs = parted.values_list("customer_id", "other_id")
    return Standing(frozenset(later), frozenset(frozenset(pair) for pair in pairs))
