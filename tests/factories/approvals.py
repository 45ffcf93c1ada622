"""What takes two people, done by two: the shortest way to a change that somebody has approved."""

from datetime import datetime
from typing import Any

from customers.services import requesting
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from security.models import User
from tests.factories.customers import rows_of
from tests.factories.security import branch, member_of_staff

#: Approves what tests have asked for: the branch manager of head office.
CHECKER = "the checker"


def checker(at: datetime) -> Actor:
    """A branch manager of head office, hired once."""
    user = User.objects.filter(username=CHECKER).first()
    return staff_actor(user or member_of_staff(CHECKER, "branch_manager", org=branch("1000")), at)


def approved(request: ChangeRequest, at: datetime) -> ChangeRequest:
    """The request as the checker has approved it."""
    return deciding.approve(checker(at), request.pk, request.version, reason="seen", at=at)


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
