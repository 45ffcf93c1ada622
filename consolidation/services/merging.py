"""Merging and un-merging, recorded with rule, score and evidence; cases close in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consolidation.models import Merge, NeverMatch, ReviewCase
from consolidation.models.decision import CaseState
from consolidation.services.membership import Joined, join, point, regather
from customers.models import Customer
from customers.models.derived import settle_paths
from mdm.bulk.rows import write_history_of
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, NotFound
from mdm.history.writing import require_reason
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

RIGHT = "merge.run"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a group of customers is one: rule, policy version, score, the links that made it (ids, never values)."""

    members: tuple[int, ...]
    rule: str
    policy: str
    score: float
    evidence: list[dict[str, Any]] = field(default_factory=list)


def merge(actor: Actor, grounds: Sequence[Grounds], stamp: Stamp) -> list[Joined]:
    """Make each group one customer, in the caller's transaction. Returns what was joined."""
    actor.require(RIGHT)
    joined = join([g.members for g in grounds], stamp)
    by_member = {member: g for g in grounds for member in g.members}
    Merge.objects.bulk_create([_merge_row(j, _grounds_of(j, by_member), stamp) for j in joined], batch_size=1000)
    _close_cases(joined, stamp)
    for j in joined:
        record(actor, "customer.merge", stamp.at, subject="customer", object_id=j.merged, customer_id=j.survivor, reason=stamp.reason)
    return joined


def _grounds_of(joined: Joined, by_member: dict[int, Grounds]) -> Grounds:
    """The grounds that name the merged customer or one it brought along."""
    return next(by_member[pk] for pk in (joined.merged, *joined.members) if pk in by_member)


def _merge_row(joined: Joined, grounds: Grounds, stamp: Stamp) -> Merge:
    return Merge(
        customer_id=joined.survivor,
        other_id=joined.merged,
        rule=grounds.rule,
        policy=grounds.policy,
        score=grounds.score,
        evidence={"members": joined.members, "links": grounds.evidence},
        run_id=stamp.run_id,
        decided_by=stamp.actor.name,
        decided_at=stamp.at,
        reason=stamp.reason[:200],
    )


def _close_cases(joined: Sequence[Joined], stamp: Stamp) -> None:
    """Cases between customers that are one now are settled; those with others point to the survivor's group."""
    groups: dict[int, set[int]] = {}
    for j in joined:
        groups.setdefault(j.survivor, {j.survivor}).update((j.merged, *j.members))
    group_of = {pk: survivor for survivor, members in groups.items() for pk in members}
    touched = list(group_of)
    cases = ReviewCase.objects.filter(Q(customer_id__in=touched) | Q(other_id__in=touched), state=CaseState.OPEN)
    settled = [c.pk for c in cases if group_of.get(c.customer_id, -1) == group_of.get(c.other_id, -2)]
    ReviewCase.objects.filter(pk__in=settled).update(
        state=CaseState.SAME, decided_by=stamp.actor.name, decided_at=stamp.at, reason=stamp.reason[:200]
    )


def unmerge(actor: Actor, merge_id: int, *, reason: str, at: datetime) -> Merge:
    """Take a merge back exactly: the merged customer and the members it brought stand apart again.

    A NEVER_MATCH keeps the next run from joining them again. NotFound `merge.unknown`; Duplicate
    `merge.undone` where it was taken back already, `merge.inner` where a later merge builds on it.
    """
    with in_scope(actor, RIGHT):
        found = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if found is None:
            raise NotFound("merge.unknown", _("There is no such merge."))
        _check_undoable(found)
        stamp = Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())
        _part(found, stamp)
        found.undone_at, found.undone_by = at, actor.name
        found.save(update_fields=["undone_at", "undone_by"])
        _never_again(found, stamp)
        record(actor, "customer.unmerge", at, subject="customer", object_id=found.other_id, customer_id=found.customer_id, reason=stamp.reason)
        return found


def _check_undoable(found: Merge) -> None:
    if found.undone_at is not None:
        raise Duplicate("merge.undone", _("This merge was taken back already."))
    later = Merge.objects.filter(other_id=found.customer_id, undone_at=None, pk__gt=found.pk)
    if later.exists():
        raise Duplicate("merge.inner", _("A later merge builds on this one: take that one back first."))


def _part(found: Merge, stamp: Stamp) -> None:
    """Give the merged customer its own members back, and the survivor's group the rest."""
    members = [pk for pk in found.evidence["members"]]
    ids = [found.customer_id, found.other_id, *members]
    list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    point([found.other_id, *members], [None, *([found.other_id] * len(members))], stamp)
    regather([found.customer_id, found.other_id], stamp)
    write_history_of(registry.facet("customer"), ids, stamp, "~")
    settle_paths([found.customer_id, found.other_id])
    _own_paths([found.customer_id, found.other_id])


def _own_paths(ids: Sequence[int]) -> None:
    """A customer without members is seen by its own branch only."""
    for customer in Customer.objects.filter(pk__in=ids, members=[]).select_related("org"):
        Customer.objects.filter(pk=customer.pk).update(org_path=customer.org.path)


def _never_again(found: Merge, stamp: Stamp) -> None:
    NeverMatch.objects.update_or_create(
        customer_id=min(found.customer_id, found.other_id),
        other_id=max(found.customer_id, found.other_id),
        defaults={
            "rule": found.rule,
            "policy": found.policy,
            "score": found.score,
            "decided_by": stamp.actor.name,
            "decided_at": stamp.at,
            "reason": stamp.reason[:200],
            "expires_at": None,
        },
    )
