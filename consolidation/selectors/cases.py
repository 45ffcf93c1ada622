"""Reading duplicate cases: of one customer for its panorama, and the queue."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from customers.models import Customer
from customers.rules.number import customer_no
from mdm.paging import Page, newest_first
from security.access.actor import Actor
from security.access.scope import in_scope, scoped

VIEW = "case.view"
Json = dict[str, Any]


def panel(actor: Actor, customer_ids: Sequence[int]) -> list[Json]:
    """Open cases of a customer, for its panorama: those of which the actor may see cases of both customers;
    nothing for who may not see cases."""
    if not actor.may(VIEW):
        return []
    ids = list(customer_ids)
    with in_scope(actor, VIEW):
        cases = _visible(actor).filter(Q(customer_id__in=ids) | Q(other_id__in=ids))
        return [_told(case, ids) for case in cases.order_by("-score", "id")[:20]]


def _visible(actor: Actor) -> QuerySet[ReviewCase]:
    """Open cases of two customers at whose branches the actor may see cases; asked inside `in_scope`."""
    visible = scoped(Customer.objects.all(), actor, VIEW).values("pk")
    return ReviewCase.objects.filter(state=CaseState.OPEN, customer_id__in=visible, other_id__in=visible)


def is_case_of(customer_ids: Sequence[int], case_id: int) -> bool:
    """Whether there is a case with this id about one of these customers, open or decided."""
    either = Q(customer_id__in=customer_ids) | Q(other_id__in=customer_ids)
    return ReviewCase.objects.filter(either, pk=case_id).exists()


def _told(case: ReviewCase, own: Sequence[int]) -> Json:
    """A case always names the other customer."""
    other = case.other_id if case.customer_id in own else case.customer_id
    return {
        "id": case.pk,
        "class": case.outcome,
        "rule": case.rule,
        "score": round(case.score, 4),
        "veto": case.veto,
        "other": customer_no(other),
    }


def queue(actor: Actor, *, after: int | None = None, size: int = 25, outcome: str = "") -> Page[ReviewCase]:
    """A page of open cases of which the actor may see both customers, newest first."""
    with in_scope(actor, VIEW):
        rows = _visible(actor)
        return newest_first(rows.filter(outcome=outcome) if outcome else rows, after, size)
