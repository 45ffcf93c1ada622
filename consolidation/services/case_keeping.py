"""Keeping open cases true while customers are merged and taken apart: a case is always between two golden customers."""

from collections.abc import Mapping, Sequence

from django.db.models import Q

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
        ends = _ends(survivors.get(case.customer_id, case.customer_id), survivors.get(case.other_id, case.other_id))
        if ends[0] == ends[1]:
            settled.append(case.pk)
        else:
            _name(case, ends)
    ReviewCase.objects.filter(pk__in=settled).update(
        state=CaseState.SAME, decided_by=stamp.actor.name, decided_at=stamp.at, reason=stamp.reason[:200]
    )


def follow_unmerge(apart: Sequence[int]) -> None:
    """Let open cases of customers that were taken apart name the ones that their evidence is about."""
    cases = _open_cases(apart)
    told = {case.pk: case.evidence[0] for case in cases if case.evidence}
    golden = goldens([end for pair in told.values() for end in (pair["left"], pair["right"])])
    for case in cases:
        if case.pk in told:
            _name(case, _ends(golden[told[case.pk]["left"]], golden[told[case.pk]["right"]]))


def _open_cases(ids: Sequence[int]) -> list[ReviewCase]:
    """Open cases about any of these customers, the strongest first."""
    about = Q(customer_id__in=ids) | Q(other_id__in=ids)
    return list(ReviewCase.objects.select_for_update().filter(about, state=CaseState.OPEN).order_by("-score", "pk"))


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
