"""Membership: which customers count as one. Merging changes this only, so it is taken back exactly.

Memberships change one transaction after the other (an advisory lock), and under the row locks that every
writer of a customer's rows takes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from consolidation.models.signature import compare_again
from consolidation.services.standing import Family, standing
from customers.models import Customer
from customers.models.derived import settle_paths
from customers.services.locking import lock
from mdm.bulk.rows import write_history_of
from mdm.bulk.stamp import Stamp
from mdm.errors import NotFound
from mdm.subjects import registry

#: One change of memberships at a time (any number that nothing else locks).
_MEMBERSHIP_LOCK = 0x6D656D62


@dataclass(frozen=True, slots=True)
class Joined:
    """One customer that was golden and is now merged into `survivor`, with the members it brought."""

    survivor: int
    merged: int
    members: list[int]


def join(groups: Sequence[Sequence[int]], stamp: Stamp, read_at: datetime | None = None) -> list[Joined]:
    """Make each group of customers one. A customer already in the group's golden one is passed over.

    A group of which a record changed since `read_at`, or of which two are declared different, stays as it
    is, and the next run compares it again. Returns what was joined. NotFound `customer.unknown` where a
    customer is not there or out of scope.
    """
    goldens = _locked_goldens({member for group in groups for member in group})
    now = standing(goldens, read_at)
    joined: list[Joined] = []
    left: set[int] = set()
    for group in groups:
        parts = {goldens[member].pk: goldens[member] for member in group}
        families = [_family(part) for part in parts.values()]
        if len(parts) > 1 and not now.allows(families):
            left.update(*families)
            continue
        joined += _joined(list(parts.values()), goldens)
    _store(joined, stamp)
    if left:
        compare_again(sorted(left))
    return joined


def _family(golden: Customer) -> Family:
    """A golden customer and all that count for it."""
    return frozenset((golden.pk, *golden.members))


def _joined(parts: Sequence[Customer], goldens: dict[int, Customer]) -> list[Joined]:
    """The joins that make golden customers one."""
    survivor, *others = sorted(parts, key=seniority)
    joined = []
    for other in others:
        joined.append(Joined(survivor.pk, other.pk, list(other.members)))
        _count_for(other, survivor, goldens)
    return joined


def _count_for(other: Customer, survivor: Customer, goldens: dict[int, Customer]) -> None:
    """Remember a join of this call, for groups that follow and name one of the two."""
    survivor.members = [*survivor.members, other.pk, *other.members]
    goldens |= dict.fromkeys([other.pk, *other.members], survivor)


def _locked_goldens(ids: set[int]) -> dict[int, Customer]:
    """The golden customer that each id counts for; it and all of its members are locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MEMBERSHIP_LOCK])
    locked = lock(ids)
    together = {pk for row in locked.values() for pk in (row.golden_id or row.pk, *row.members)}
    if (ids | together) - set(locked):
        raise NotFound("customer.unknown", _("There is no such customer."))
    return {pk: locked[row.golden_id or pk] for pk, row in locked.items()}


def seniority(customer: Customer) -> tuple[bool, str, int]:
    """The survivor comes first: one that others count for already, then the oldest, then the lowest id."""
    opened = customer.opened_on.isoformat() if customer.opened_on else "9999"
    return (not customer.members, opened, customer.pk)


def _store(joined: Sequence[Joined], stamp: Stamp) -> None:
    """Write the new memberships set-based, with history, one version up."""
    if not joined:
        return
    final = {pk: j.survivor for j in joined for pk in (j.merged, *j.members)}
    survivors = set(final.values())
    point(list(final), list(final.values()), stamp)
    regather(survivors | set(final), survivors, stamp)
    write_history_of(registry.facet("customer"), sorted(survivors | set(final)), stamp, "~")
    settle_paths(sorted(survivors))


def part(survivor: int, merged: int, members: Sequence[int], stamp: Stamp) -> tuple[Family, Family]:
    """Take a join back: the merged customer stands for itself and those it brought count for it again.

    Returns the two sides of the cut: who stays with the survivor, who goes.
    """
    together = _family(_locked_goldens({survivor, merged, *members})[survivor])
    point([merged, *members], [None, *([merged] * len(members))], stamp)
    regather({survivor, merged}, {survivor}, stamp)
    write_history_of(registry.facet("customer"), sorted({survivor, merged, *members}), stamp, "~")
    settle_paths(sorted(together))
    gone = frozenset((merged, *members))
    return together - gone, gone


def point(members: Sequence[int], goldens: Sequence[int | None], stamp: Stamp) -> None:
    """Let each customer count for another (None: for itself again)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer c SET golden_id = n.golden, version = version + 1, updated_at = %s, "
            "updated_by = %s, updated_org = %s, updated_channel = %s, request_id = %s "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, golden) WHERE c.id = n.id",
            [*_stamped(stamp), list(members), list(goldens)],
        )


def regather(goldens: Iterable[int], raised: Iterable[int], stamp: Stamp) -> None:
    """Let customers know who counts for them now; the `raised` ones, not pointed anew, go one version up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer g SET members = coalesce((SELECT array_agg(m.id ORDER BY m.id) "
            "FROM customers_customer m WHERE m.golden_id = g.id), '{}'), "
            "version = version + (g.id = ANY(%s))::int, updated_at = %s, updated_by = %s, updated_org = %s, "
            "updated_channel = %s, request_id = %s WHERE g.id = ANY(%s)",
            [list(raised), *_stamped(stamp), list(goldens)],
        )


def _stamped(stamp: Stamp) -> list[Any]:
    return list(stamp.updated().values())
