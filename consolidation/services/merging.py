"""Merging and un-merging, recorded with rule, score and evidence; cases close in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consolidation.models import Merge, NeverMatch
from consolidation.models.signature import compare_again
from consolidation.selectors.comparing import pairs_between
from consolidation.services.case_keeping import follow_merges, follow_unmerge
from consolidation.services.membership import Joined, join, part
from customers.models import Customer
from customers.services.locking import done_again
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, NotFound
from mdm.history.writing import require_reason
from mdm.quality.issues import settle_across
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q
from security.approvals.gate import Case, require_approval
from security.audit.log import record, record_pairs

RIGHT = "merge.run"
#: The operation as the rules of approval name it.
UNDO = "merge.undo"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a group of customers is one: rule, policy version, score, the links that made it (ids only)."""

    members: tuple[int, ...]
    rule: str
    policy: str
    score: float
    evidence: list[dict[str, Any]] = field(default_factory=list)


def merge(
    actor: Actor, grounds: Sequence[Grounds], stamp: Stamp, *, read_at: datetime | None = None
) -> list[Joined]:
    """Make each group one customer, in the caller's transaction. Returns what was joined.

    `read_at` is when the grounds were read: groups that changed since, and groups of customers declared
    different, are left to the next run. NotFound `customer.unknown` where a customer is not there or out of
    scope.
    """
    actor.require(RIGHT)
    _require_scope(actor, {member for g in grounds for member in g.members})
    joined = join([g.members for g in grounds], stamp, read_at)
    by_member = {member: g for g in grounds for member in g.members}
    rows = [_merge_row(j, _grounds_of(j, by_member), stamp) for j in joined]
    Merge.objects.bulk_create(rows, batch_size=1000)
    follow_merges({pk: j.survivor for j in joined for pk in (j.survivor, j.merged, *j.members)}, stamp)
    settle_across(sorted({pk for j in joined for pk in (j.survivor, j.merged, *j.members)}), stamp)
    pairs = [(j.survivor, j.merged) for j in joined]
    record_pairs(actor, "customer.merge", stamp.at, pairs, reason=stamp.reason)
    return joined


def _require_scope(actor: Actor, ids: set[int]) -> None:
    """Raise NotFound unless all are where the actor may merge; the same answer as for what is not there."""
    reached = scope_q(actor, RIGHT)
    if reached and Customer.objects.filter(reached, pk__in=ids).count() != len(ids):
        raise NotFound("customer.unknown", _("There is no such customer."))


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


@done_again
def unmerge(actor: Actor, merge_id: int, *, reason: str, at: datetime) -> Merge:
    """Take a merge back exactly: the merged customer and the members it brought stand apart again.

    A NEVER_MATCH between everyone of one side and everyone of the other keeps the next run from joining them
    again through any of them. NotFound `merge.unknown`; ApprovalNeeded where the rules want a second person;
    Duplicate `merge.undone` where it was taken back already, `merge.inner` where a later merge builds on it.
    """
    with in_scope(actor, RIGHT):
        found = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if found is None:
            raise NotFound("merge.unknown", _("There is no such merge."))
        _require_scope(actor, {found.customer_id, found.other_id})
        _check_undoable(found)
        _ask(actor, found)
        stamp = Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())
        sides = part(found.customer_id, found.other_id, found.evidence["members"], stamp)
        found.undone_at, found.undone_by = at, actor.name
        found.save(update_fields=["undone_at", "undone_by"])
        declare_apart(pairs_between(sides), found.rule, found.policy, found.score, stamp)
        apart = sorted(frozenset.union(*sides))
        follow_unmerge(apart, stamp)
        compare_again(apart)
        record(
            actor,
            "customer.unmerge",
            at,
            subject="customer",
            object_id=found.other_id,
            customer_id=found.customer_id,
            reason=stamp.reason,
        )
        return found


def _check_undoable(found: Merge) -> None:
    if found.undone_at is not None:
        raise Duplicate("merge.undone", _("This merge was taken back already."))
    later = Merge.objects.filter(other_id=found.customer_id, undone_at=None, pk__gt=found.pk)
    if later.exists():
        raise Duplicate("merge.inner", _("A later merge builds on this one: take that one back first."))


def declare_apart(
    pairs: Sequence[tuple[int, int]], rule: str, policy: str, score: float, stamp: Stamp
) -> None:
    """Declare pairs of customers (the lower id first) different for good: nothing automatic joins them."""
    decided = {
        "rule": rule,
        "policy": policy,
        "score": score,
        "decided_by": stamp.actor.name,
        "decided_at": stamp.at,
        "reason": stamp.reason[:200],
        "expires_at": None,
    }
    NeverMatch.objects.bulk_create(
        [NeverMatch(customer_id=one, other_id=other, **decided) for one, other in pairs],
        update_conflicts=True,
        unique_fields=["customer_id", "other_id"],
        update_fields=list(decided),
    )


def _ask(actor: Actor, found: Merge) -> None:
    """Taking a merge back is asked about as merging is: by how many branches have a say."""
    rows = Customer.objects.select_related("org").in_bulk([found.customer_id, found.other_id])
    survivor, merged = rows[found.customer_id], rows[found.other_id]
    require_approval(
        actor,
        Case(
            operation=UNDO,
            target=f"merge:{found.pk}",
            permission=RIGHT,
            org_path=survivor.org_path,
            org_code=survivor.org.code,
            customer_id=survivor.pk,
            versions={f"customer:{row.pk}": row.version for row in (survivor, merged)},
            facts={
                "merge": found.pk,
                "other": merged.pk,
                "branches": len({survivor.org_id, merged.org_id}),
                "protected": any(getattr(row, "guarded", []) for row in (survivor, merged)),
            },
        ),
    )
