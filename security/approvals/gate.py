"""The gate in a service: whether it goes on alone.

A service asks once it knows what would change, under its locks and before it writes. So no door can
go round it: a screen, an endpoint, an import and a command all meet the same refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, NotAllowed
from security.access.actor import Actor
from security.access.approval import Approval
from security.approvals import policy
from security.approvals.models import ApprovalRule


@dataclass(frozen=True, slots=True)
class Case:
    """What a service is about to do. `target` names the thing by ids, `org_path` where it lies.

    `base` holds the clear values that stand now, JSON-ready; `facts` what rules may look at, no values.
    """

    operation: str
    target: str
    permission: str
    org_path: Sequence[int]
    org_code: str = ""
    customer_id: int | None = None
    fields: Sequence[str] = ()
    base: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ApprovalNeeded(Duplicate):
    """It cannot be done alone now: the rules ask for a second person. `case` and `needed` say about what and
    how many."""

    case: Case | None = None
    needed: policy.Needed | None = None


def require_approval(actor: Actor, case: Case) -> None:
    """Go on where no rule asks for a second person, or where one has agreed to exactly this.

    The product's own actors (the bank's scheduled loads, matching, commands of operators) are not asked: their
    rules are those of their runs. Files that people and client systems deliver are asked for where they are
    ordered. Raises ApprovalNeeded `approval.needed`; NotAllowed `approval.other` where the approval at hand is
    for something else.
    """
    if actor.approval is not None:
        _check_ticket(actor.approval, case)
        return
    if actor.kind == "system":
        return
    wanted = policy.needed(case.operation, case.facts, rules_of(case.operation))
    if wanted is not None:
        text = _("This takes the approval of a second person.")
        raise ApprovalNeeded("approval.needed", text, case=case, needed=wanted)


def rules_of(operation: str) -> list[policy.PolicyRule]:
    """The rules in force for an operation: the bank's own, and the shipped ones that it has not stored under their
    name, so that what a later release ships holds too. Where none of the bank's own is active, all shipped ones."""
    stored = list(ApprovalRule.objects.filter(operation=operation).order_by("name"))
    own = [_as_rule(row) for row in stored if row.active]
    replaced = {row.name for row in stored} if own else set()
    shipped = (rule for rule in policy.SHIPPED if rule.operation == operation)
    return [*own, *(rule for rule in shipped if rule.name not in replaced)]


def _as_rule(row: ApprovalRule) -> policy.PolicyRule:
    shipped = (one.label for one in policy.SHIPPED if (one.operation, one.name) == (row.operation, row.name))
    return policy.PolicyRule(
        row.operation,
        row.name,
        next(shipped, row.name),
        row.when,
        row.unless,
        row.checkers,
        tuple(row.levels),
        row.hours,
        row.days,
    )


def _check_ticket(approval: Approval, case: Case) -> None:
    if (approval.operation, approval.target) != (case.operation, case.target):
        raise NotAllowed("approval.other", _("The approval at hand is for something else."))
