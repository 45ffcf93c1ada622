"""Membership: which customers count as one. Merging changes this and nothing else, so it is taken back exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from customers.models import Customer
from customers.models.derived import settle_paths
from mdm.bulk.rows import write_history_of
from mdm.bulk.stamp import Stamp
from mdm.subjects import registry


@dataclass(frozen=True, slots=True)
class Joined:
    """One customer that was golden and is now merged into `survivor`, with the members it brought."""

    survivor: int
    merged: int
    members: list[int]


def join(groups: Sequence[Sequence[int]], stamp: Stamp) -> list[Joined]:
    """Make each group of customers one. Rows are locked in id order; a customer already in the group's
    golden one is passed over. Returns what was joined."""
    everyone = sorted({member for group in groups for member in group})
    goldens = _locked_goldens(everyone)
    joined: list[Joined] = []
    for group in groups:
        parts = {goldens[member].pk: goldens[member] for member in group if member in goldens}
        survivor, *others = sorted(parts.values(), key=seniority)
        joined += [Joined(survivor.pk, other.pk, list(other.members)) for other in others]
    _store(joined, stamp)
    return joined


def _locked_goldens(ids: Sequence[int]) -> dict[int, Customer]:
    """The golden customer that each id counts for, locked."""
    own = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "golden_id"))
    wanted = sorted({golden or pk for pk, golden in own.items()})
    locked = {c.pk: c for c in Customer.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    return {pk: locked[golden or pk] for pk, golden in own.items()}


def seniority(customer: Customer) -> tuple[bool, str, int]:
    """The survivor comes first: one that others count for already, then the oldest, then the lowest id."""
    opened = customer.opened_on.isoformat() if customer.opened_on else "9999"
    return (not customer.members, opened, customer.pk)


def _store(joined: Sequence[Joined], stamp: Stamp) -> None:
    """Write the new memberships set-based, with history, one version up."""
    if not joined:
        return
    pairs = [(pk, j.survivor) for j in joined for pk in (j.merged, *j.members)]
    point([pk for pk, _ in pairs], [survivor for _, survivor in pairs], stamp)
    regather(sorted({j.survivor for j in joined} | {j.merged for j in joined}), stamp)
    touched = sorted({pk for pair in pairs for pk in pair})
    write_history_of(registry.facet("customer"), touched, stamp, "~")
    settle_paths([j.survivor for j in joined])


def point(members: Sequence[int], goldens: Sequence[int | None], stamp: Stamp) -> None:
    """Let each customer count for another (None: for itself again)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer c SET golden_id = n.golden, version = version + 1, updated_at = %s, "
            "updated_by = %s, updated_org = %s, updated_channel = %s, request_id = %s "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, golden) WHERE c.id = n.id",
            [*_stamped(stamp), list(members), list(goldens)],
        )


def regather(goldens: Sequence[int], stamp: Stamp) -> None:
    """Let customers know who counts for them now; those that stand for themselves go one version up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer g SET members = coalesce((SELECT array_agg(m.id ORDER BY m.id) "
            "FROM customers_customer m WHERE m.golden_id = g.id), '{}'), "
            "version = version + (g.golden_id IS NULL)::int, updated_at = %s, updated_by = %s, updated_org = %s, "
            "updated_channel = %s, request_id = %s WHERE g.id = ANY(%s)",
            [*_stamped(stamp), list(goldens)],
        )


def _stamped(stamp: Stamp) -> list[object]:
    return list(stamp.updated().values())
