"""A duplicate case decided by a person, with a second one: merged or declared different, taken back again."""

from typing import Any

import pytest
from django.utils import translation

from consolidation.models import Merge, NeverMatch, ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.comparing import open_case, sides_of
from consolidation.services import deciding, merging, requesting
from customers.models import Customer
from customers.services import facets
from mdm.errors import Duplicate, NotFound, Stale
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals import deciding as checking
from security.approvals.gate import ApprovalNeeded
from security.approvals.models import ChangeRequest
from security.models import OperationLog
from tests.consolidation.services.acting import LATER, another_person, golden, told
from tests.factories.customers import person, store, the_row
from tests.factories.security import NOW, branch, everything, staff


def two(org: str = "1100") -> list[int]:
    away = [{"party_type": "PERSON", "org": org, "lifecycle_status": "ACTIVE"}]
    other = another_person("P-2")
    other.facets["customer"] = away
    return store([person("P-1"), other]).customer_ids


def case_of(ids: list[int], rule: str = "M11") -> ReviewCase:
    evidence = [{"left": ids[0], "right": ids[1], "pattern": 0}]
    told: dict[str, Any] = {"rule": rule, "policy": "1", "score": 0.9, "outcome": "B", "opened_at": NOW}
    return ReviewCase.objects.create(customer_id=ids[0], other_id=ids[1], evidence=evidence, **told)


@pytest.fixture
def steward() -> Actor:
    return staff("zhou", "steward", org=branch("1000"))


@pytest.fixture
def supervisor() -> Actor:
    return staff("qian", "steward_supervisor", org=branch("1000"))


def looked_at(actor: Actor, case: ReviewCase) -> str:
    with in_scope(actor, "case.decide"):
        return sides_of(open_case(actor, case.pk)).standing


def ask(actor: Actor, case: ReviewCase, verdict: str) -> ChangeRequest:
    standing = looked_at(actor, case)
    done = requesting.decide(actor, case.pk, verdict, standing, reason="documents compared", at=NOW)
    assert done.request is not None
    return done.request


def agree(actor: Actor, request: ChangeRequest) -> ChangeRequest:
    return checking.approve(actor, request.pk, request.version, reason="agreed", at=LATER)


def test_two_are_merged_when_a_supervisor_agrees(steward: Actor, supervisor: Actor) -> None:
    ids = two()
    case = case_of(ids)
    request = ask(steward, case, CaseState.SAME)
    assert (Merge.objects.count(), case.state) == (0, CaseState.OPEN)
    assert (request.operation, request.checkers) == ("case.decide", 1)

    agree(supervisor, request)

    merge = Merge.objects.get()
    assert {merge.customer_id, merge.other_id} == set(ids)
    assert (merge.decided_by, merge.reason) == ("zhou", "documents compared")
    case.refresh_from_db()
    assert (case.state, case.decided_by) == (CaseState.SAME, "zhou")
    assert golden(ids[0]) == golden(ids[1])
    done = OperationLog.objects.get(action="customer.merge")
    assert done.fields["approval"] == {"request": request.pk, "by": ["qian"]}


def test_two_are_declared_different_for_good(steward: Actor, supervisor: Actor) -> None:
    ids = two()
    case = case_of(ids)
    agree(supervisor, ask(steward, case, CaseState.NOT_SAME))
    never = NeverMatch.objects.get()
    assert ({never.customer_id, never.other_id}, never.decided_by, never.expires_at) == (
        set(ids),
        "zhou",
        None,
    )
    case.refresh_from_db()
    assert case.state == CaseState.NOT_SAME
    assert golden(ids[0]) != golden(ids[1])


def test_customers_of_two_branches_take_two_approvals(steward: Actor, supervisor: Actor) -> None:
    case = case_of(two(org="1200"))
    request = ask(steward, case, CaseState.SAME)
    assert request.checkers == 2
    request = agree(supervisor, request)
    assert Merge.objects.count() == 0
    agree(staff("sun", "steward_supervisor", org=branch("1000")), request)
    assert Merge.objects.count() == 1


def test_the_service_refuses_whoever_decides_alone(supervisor: Actor) -> None:
    case = case_of(two())
    standing = looked_at(supervisor, case)
    with pytest.raises(ApprovalNeeded):
        deciding.decide(supervisor, case.pk, CaseState.SAME, standing, reason="sure", at=NOW)
    assert Merge.objects.count() == 0


def test_what_was_looked_at_must_still_stand(steward: Actor, supervisor: Actor) -> None:
    ids = two()
    case = case_of(ids)
    request = ask(steward, case, CaseState.SAME)
    standing = looked_at(steward, case)
    row = the_row("customer_name", ids[0])
    facets.change(
        everything(), "customer_name", row.pk, row.version, {"full_name": "诸葛亮"}, reason="x", at=LATER
    )
    with pytest.raises(Stale) as stale:
        agree(supervisor, request)
    assert stale.value.code == "approval.stale"
    with pytest.raises(Stale) as looked:
        deciding.decide(everything(), case.pk, CaseState.SAME, standing, reason="x", at=LATER)
    assert looked.value.code == "case.stale"
    assert Merge.objects.count() == 0


def test_a_decided_case_is_over(steward: Actor, supervisor: Actor) -> None:
    case = case_of(two())
    agree(supervisor, ask(steward, case, CaseState.NOT_SAME))
    with pytest.raises(Duplicate) as over:
        deciding.decide(everything(), case.pk, CaseState.SAME, "", reason="x", at=LATER)
    assert over.value.code == "case.decided"


def test_a_case_out_of_scope_is_not_there() -> None:
    case = case_of(two(org="1200"))
    local = staff("li", "steward", org=branch("1100"))
    with pytest.raises(NotFound) as unseen:
        deciding.decide(local, case.pk, CaseState.SAME, "", reason="x", at=NOW)
    assert unseen.value.code == "case.unknown"


def test_records_that_are_one_and_contradict_are_not_declared_different(steward: Actor) -> None:
    ids = store([told("A-1"), told("A-2")]).customer_ids
    from tests.consolidation.services.acting import joined

    joined(tuple(ids))
    case = case_of(ids, rule="GROUP")
    with translation.override("en"), pytest.raises(Exception, match="take the merge back"):
        requesting.decide(steward, case.pk, CaseState.NOT_SAME, looked_at(steward, case), reason="x", at=NOW)


def test_a_merge_is_taken_back_with_a_second_person(steward: Actor, supervisor: Actor) -> None:
    ids = two()
    agree(supervisor, ask(steward, case_of(ids), CaseState.SAME))
    merge = Merge.objects.get()
    with pytest.raises(ApprovalNeeded):
        merging.unmerge(supervisor, merge.pk, reason="two people", at=LATER)
    asked = requesting.unmerge(supervisor, merge.pk, reason="two people", at=LATER).request
    assert asked is not None
    second = staff("sun", "steward_supervisor", org=branch("1000"))
    agree(second, asked)
    merge.refresh_from_db()
    assert merge.undone_by == "qian"
    assert Customer.objects.filter(golden=None).count() == 2
    assert NeverMatch.objects.count() == 1
