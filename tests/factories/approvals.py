"""What takes two people, done by two: the shortest way to a change that somebody has approved."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from customers.services import requesting
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.approvals.models import ApprovalRule, ChangeRequest
from security.approvals.policy import SHIPPED, PolicyRule
from security.models import User
from tests.factories.customers import rows_of
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role

#: Approves what tests have asked for: the branch manager of head office.
CHECKER = "the checker"
#: Approves what is asked about roles and systems.
OFFICER = "the officer"
KEEPER = "the keeper"
#: Approves files.
SUPERVISOR = "the supervisor"
#: The rules about contacts.
_OF_CONTACTS = ("contact", "address", "confirmed", "still_confirmed")


def checker(at: datetime) -> Actor:
    """A branch manager of head office, hired once."""
    user = User.objects.filter(username=CHECKER).first()
    return staff_actor(user or member_of_staff(CHECKER, "branch_manager", org=branch("1000")), at)


def approved(request: ChangeRequest, at: datetime) -> ChangeRequest:
    """The request as the checker has approved it."""
    return deciding.approve(checker(at), request.pk, request.version, reason="seen", at=at)


def unasked(operation: str) -> None:
    """The bank lets an operation go alone: a rule of its own, which matches nothing, and the shipped ones off."""
    with database_role("engine"):
        ApprovalRule.objects.create(
            operation=operation, name="alone", when={"never": [True]}, levels=["approval.customer"]
        )
        _store((rule, False) for rule in SHIPPED if rule.operation == operation)


def contacts_alone() -> None:
    """The bank lets changes of contacts go alone: the shipped rules about them are off."""
    with database_role("engine"):
        _store((rule, rule.name not in _OF_CONTACTS) for rule in SHIPPED if rule.operation.startswith("row."))


def _store(rules: Iterable[tuple[PolicyRule, bool]]) -> None:
    """Shipped rules as the bank's own, each active or not."""
    ApprovalRule.objects.bulk_create(
        ApprovalRule(
            operation=rule.operation,
            name=rule.name,
            when=dict(rule.when),
            unless=dict(rule.unless),
            checkers=rule.checkers,
            levels=list(rule.levels),
            hours=rule.hours,
            days=rule.days,
            active=active,
        )
        for rule, active in rules
    )


def supervisor(at: datetime) -> Actor:
    """A supervisor of operators at head office, hired once: decides about delivered files."""
    user = User.objects.filter(username=SUPERVISOR).first()
    return staff_actor(user or member_of_staff(SUPERVISOR, "operator_supervisor", org=branch("1000")), at)


def keeper(at: datetime) -> Actor:
    """A compliance officer of head office, hired once: decides about what holds customers' data."""
    user = User.objects.filter(username=KEEPER).first()
    return staff_actor(user or member_of_staff(KEEPER, "compliance", org=branch("1000")), at)


def officer(at: datetime) -> Actor:
    """A security officer of head office, hired once: decides who is let in."""
    user = User.objects.filter(username=OFFICER).first()
    return staff_actor(user or member_of_staff(OFFICER, "key_officer", org=branch("1000")), at)


def let_in(request_id: int, at: datetime) -> ChangeRequest:
    """A request about roles or systems as the officer has approved it."""
    with database_role("engine"):
        version = ChangeRequest.objects.get(pk=request_id).version
    return deciding.approve(officer(at), request_id, version, reason="seen", at=at)


def changed(
    maker: Actor, facet: str, row_id: int, version: int, changes: dict[str, Any], *, reason: str, at: datetime
) -> Any:
    """A row as changed by one person and, where the rules ask for it, approved by another."""
    done = requesting.change(maker, facet, row_id, version, changes, reason=reason, at=at)
    if done.request is None:
        return done.result
    request = approved(done.request, at)
    assert request.customer_id is not None
    return next(row for row in rows_of(facet, request.customer_id) if row.pk == row_id)
