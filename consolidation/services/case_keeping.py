"""Keeping open cases true while customers are merged and taken apart.

A case is between two golden customers; only a case of rule GROUP is between two members of one, which
contradict each other.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from consolidation.matching.contradictions import GROUP
from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from customers.models import Customer
from mdm.bulk.stamp import Stamp

_Pair = tuple[int, int]


def goldens(ids: Sequence[int]) -> dict[int, int]:
    """The golden customer that each customer counts for."""
    pairs = Customer.objects.filter(pk__in=set(ids)).values_list("pk", "golden_id")
    return {pk: golden or pk for pk, golden in pairs}


def follow_merges(survivors: Mapping[int, int], stamp: Stamp) -> None:
    """Close cases between customers that are one now, and let those with others name the survivor.

    `survivors` maps every customer of the merged groups to its survivor.
    """
    settled = []
    for case in _open_cases(list(survivors)):
        if case.rule == GROUP:
            continue
        one, other = case.customer_id, case.other_id
        ends = _ends(survivors.get(one, one), survivors.get(other, other))
        if ends[0] == ends[1]:
            settled.append(case.pk)
        else:
            _name(case, ends)
    ReviewCase.objects.filter(pk__in=settled).update(
        state=CaseState.SAME, decided_by=stamp.actor.name, decided_at=stamp.at, reason=stamp.reason[:200]
    )


def follow_unmerge(apart: Sequence[int], stamp: Stamp) -> None:
    """Let open cases of customers that were taken apart name the ones that their evidence is about; what
    contradicted each other inside one customer and is apart now is settled."""
    cases = _open_cases(apart)
    told = {case.pk: case.evidence[0] for case in cases if case.evidence}
    golden = goldens([end for pair in told.values() for end in (pair["left"], pair["right"])])
    parted = []
    for case in cases:
        if case.pk not in told:
            continue
        ends = _ends(golden[told[case.pk]["left"]], golden[told[case.pk]["right"]])
        if case.rule != GROUP:
            _name(case, ends)
        elif ends[0] != ends[1]:
            parted.append(case.pk)
    ReviewCase.objects.filter(pk__in=parted).update(
        state=CaseState.NOT_SAME,
        decided_by=stamp.actor.name,
        decided_at=stamp.at,
        reason=stamp.reason[:200],
    )


def close_settled(members: Sequence[int], still: Sequence[_Pair], stamp: Stamp) -> None:
    """Close cases about contradictions inside customers that a run looked at and `still` does not name."""
    with transaction.atomic():
        about = [case for case in _open_cases(members) if case.rule == GROUP]
        gone = [case.pk for case in about if (case.customer_id, case.other_id) not in set(still)]
        ReviewCase.objects.filter(pk__in=gone).update(
            state=CaseState.CLOSED,
            decided_by=stamp.actor.name,
            decided_at=stamp.at,
            reason=stamp.reason[:200],
        )


def _open_cases(ids: Sequence[int]) -> list[ReviewCase]:
    """Open cases about any of these customers, the strongest first."""
    about = Q(customer_id__in=ids) | Q(other_id__in=ids)
    open_ = ReviewCase.objects.select_for_update().filter(about, state=CaseState.OPEN)
    return list(open_.order_by("-score", "pk"))


def _ends(one: int, other: int) -> _Pair:
    return min(one, other), max(one, other)


def _name(case: ReviewCase, ends: _Pair) -> None:
    """Let a case be about these two; where there is an open one already, close this one."""
    if ends == (case.customer_id, case.other_id):
        return
    same = ReviewCase.objects.filter(customer_id=ends[0], other_id=ends[1], state=CaseState.OPEN)
    if same.exists():
        ReviewCase.objects.filter(pk=case.pk).update(state=CaseState.CLOSED)
    else:
        ReviewCase.objects.filter(pk=case.pk).update(customer_id=ends[0], other_id=ends[1])
