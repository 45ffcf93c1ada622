"""A person decides a duplicate case: the two are one customer, or they are not."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consolidation.matching.contradictions import GROUP
from consolidation.models import ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.comparing import RIGHT, Sides, open_case, pairs_between, sides_of
from consolidation.services.merging import Grounds, declare_apart, merge
from customers.services.locking import done_again, lock
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, Invalid, Stale
from mdm.history.writing import require_reason
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.gate import Case, require_approval
from security.audit.log import record

OPERATION = "case.decide"
#: What a person may say of two customers.
VERDICTS = (CaseState.SAME, CaseState.NOT_SAME)


@done_again
def decide(
    actor: Actor, case_id: int, verdict: str, standing: str, *, reason: str, at: datetime
) -> ReviewCase:
    """Merge the two customers of a case, or declare them different for good.

    `standing` is what was looked at (`Sides.standing`): where a record of either has changed since, Stale
    `case.stale`. Raises NotFound `case.unknown`, Duplicate `case.decided`, `case.apart` where
    somebody declared them different, Invalid `case.verdict` and `case.contradiction` (customers that are one
    already are taken apart by taking the merge back).
    """
    if verdict not in VERDICTS:
        raise Invalid("case.verdict", _("Say whether they are the same customer or not."))
    stamp = Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())
    with in_scope(actor, RIGHT):
        sides = _locked(actor, case_id)
        if sides.standing != standing:
            raise Stale("case.stale", _("One of the two customers has changed since you looked."))
        if sides.case.rule == GROUP and verdict == CaseState.NOT_SAME:
            raise Invalid("case.contradiction", _("These are one customer already: take the merge back."))
        _ask(actor, sides, verdict)
        if sides.case.rule != GROUP:
            (_join if verdict == CaseState.SAME else _part)(actor, sides, stamp)
        return _close(sides.case, verdict, stamp)


def _locked(actor: Actor, case_id: int) -> Sides:
    """The two sides as they stand, locked, and the case after them: the order of every other writer."""
    found = open_case(actor, case_id)
    lock([found.customer_id, found.other_id])
    case = ReviewCase.objects.select_for_update().get(pk=case_id)
    if case.state != CaseState.OPEN:
        raise Duplicate("case.decided", _("This case has been decided already."))
    return sides_of(case)


def _ask(actor: Actor, sides: Sides, verdict: str) -> None:
    """The rules see how many branches have a say, and whether a customer is protected."""
    case = sides.case
    require_approval(
        actor,
        Case(
            operation=OPERATION,
            target=f"case:{case.pk}",
            permission=RIGHT,
            org_path=sides.org_path,
            org_code=sides.org_code,
            customer_id=sides.one.pk,
            fields=[verdict],
            versions={f"customer:{row.pk}": row.version for row in (sides.one, sides.other)},
            facts={
                "verdict": verdict,
                "case": case.pk,
                "other": sides.other.pk,
                "branches": len(sides.branches),
                "protected": sides.protected,
                "rule": case.rule,
            },
        ),
    )


def _join(actor: Actor, sides: Sides, stamp: Stamp) -> None:
    case = sides.case
    links = [
        {"left": told["left"], "right": told["right"], "rule": case.rule, "score": round(case.score, 6)}
        for told in case.evidence
    ]
    grounds = Grounds((case.customer_id, case.other_id), case.rule, case.policy, case.score, links)
    if not merge(actor, [grounds], stamp):
        raise Duplicate("case.apart", _("Somebody has declared these two different."))


def _part(actor: Actor, sides: Sides, stamp: Stamp) -> None:
    case = sides.case
    declare_apart(pairs_between(sides.families), case.rule, case.policy, case.score, stamp)


def _close(case: ReviewCase, verdict: str, stamp: Stamp) -> ReviewCase:
    """Close the case (a merge has done so too) and say who said what."""
    told: dict[str, Any] = {
        "state": verdict,
        "decided_by": stamp.actor.name,
        "decided_at": stamp.at,
        "reason": stamp.reason[:200],
    }
    ReviewCase.objects.filter(pk=case.pk).update(**told)
    record(
        stamp.actor,
        f"case.{verdict.lower()}",
        stamp.at,
        subject="case",
        object_id=case.pk,
        customer_id=case.customer_id,
        fields={"other": case.other_id, "rule": case.rule},
        reason=stamp.reason,
    )
    case.refresh_from_db()
    return case
