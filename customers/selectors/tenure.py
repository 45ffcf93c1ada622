"""Where a customer was opened, and who looks and looked after it: what stands in history and marks, not in a field."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import AccessMark, Customer, MarkKind
from customers.rules.number import customer_id
from customers.selectors.customer import VIEW
from customers.selectors.history import HISTORY
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.models import Organisation, User


@dataclass(frozen=True, slots=True)
class Manager:
    """An account manager, since when and until when."""

    name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Tenure:
    """The branch that a customer began at, and its account managers, the newest first."""

    opened_at: str
    managers: list[Manager]


def tenure_of(actor: Actor, number: str) -> Tenure:
    """Of a golden customer that has just been read (and logged); nothing where the actor does not see it. Who looked
    after it once is the past, which takes the right to see that."""
    with in_scope(actor, VIEW):
        seen = scoped(Customer.objects.filter(pk=customer_id(number) or 0), actor, VIEW).first()
        if seen is None:
            return Tenure("", [])
        past = actor.may_on(HISTORY, seen)
        first = (
            Customer.history.filter(id=seen.pk).order_by("history_id").values_list("org_id", flat=True)[:1]
        )
        branch = Organisation.objects.filter(pk__in=list(first)).first()
        marks = AccessMark.objects.filter(
            customer_id__in=[seen.pk, *seen.members], kind=MarkKind.MANAGER
        ).order_by("-since", "-pk")
        told = [(int(mark.value), mark) for mark in marks if past or mark.ended_at is None]
        names = dict(User.objects.filter(pk__in=[pk for pk, _mark in told]).values_list("pk", "username"))
        return Tenure(
            str(branch or ""),
            [Manager(names.get(pk, ""), mark.since, mark.ended_at) for pk, mark in told],
        )
