"""The counter's way to a new customer: who might be the same is asked, what was typed waits in a draft, one hand-in."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.customer import VIEW
from customers.selectors.search import Hit, hits
from customers.services import onboarding
from customers.services.onboarding import Onboarded, SuspectView
from mdm.errors import NotFound
from mdm.storage import drafts
from mdm.storage.models import Draft
from mdm.subjects import Bundle
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record

#: The kind of the drafts of this work.
DRAFT = "onboarding"


@dataclass(frozen=True, slots=True)
class Same:
    """Somebody who may be the one at hand; `hit` is how lists show the customer, masked, where it may be seen."""

    suspect: SuspectView
    hit: Hit | None

    @property
    def name(self) -> str:
        """How the draft remembers that this one was looked at: the number, else where the customer is and why."""
        return self.suspect.customer_no or f"{self.suspect.org_code} {self.suspect.rule}"


def not_looked_at(
    actor: Actor, bundle: Bundle, known: Iterable[str], *, at: datetime
) -> tuple[list[Same], bool]:
    """Who may be the one at hand, and whether somebody is among them who was not said to be somebody else."""
    suspects = onboarding.match_check(actor, bundle, at=at)
    shown = _hits(actor, suspects)
    found = [Same(one, shown.get(one.customer_no or "")) for one in suspects]
    return found, bool({one.name for one in found} - set(known))


def _hits(actor: Actor, suspects: Iterable[SuspectView]) -> dict[str, Hit]:
    """The suspects that may be seen as lists show them, by number; that they are shown is in the match's own rows."""
    ids = [pk for one in suspects if one.customer_no and (pk := customer_id(one.customer_no))]
    if not ids or not actor.may(VIEW):
        return {}
    with in_scope(actor, VIEW):
        rows = scoped(Customer.objects.select_related("org").filter(pk__in=ids), actor, VIEW)
        return {one.customer_no: one for one in hits(actor, list(rows))}


def recognised(actor: Actor, token: uuid.UUID | None, number: str, *, at: datetime) -> None:
    """The one at hand is a customer we have: nothing is made, and the draft, if there is one, goes.

    Raises NotFound `customer.unknown` for a number that is none.
    """
    known = customer_id(number)
    if known is None:
        raise NotFound("customer.unknown", _("There is no such customer."))
    with transaction.atomic():
        if token is not None:
            drafts.drop(actor, drafts.one(actor, DRAFT, token, at=at, lock=True), at=at)
        record(actor, "customer.recognised", at, subject="customer", customer_id=known)


def handed_in(actor: Actor, draft: Draft, *, at: datetime) -> str:
    """The number of the customer that a draft became, told again."""
    known = customer_id(draft.result)
    record(actor, "customer.create", at, subject="customer", customer_id=known, result="existing")
    return draft.result


def hand_in(
    actor: Actor, token: uuid.UUID, read: Callable[[drafts.Json], tuple[Bundle, str]], *, at: datetime
) -> Onboarded | str:
    """Create the customer of a draft, once; the customer's number where it was handed in before. `read` makes the
    bundle and the reason of what the draft holds by then, also from another window: it is called under the lock.

    Raises NotFound `draft.unknown`, and what `onboarding.create` raises: then the draft stays as it is.
    """  # fmt: skip
    with transaction.atomic():
        draft = drafts.one(actor, DRAFT, token, at=at, lock=True)
        if draft.result:
            return handed_in(actor, draft, at=at)
        bundle, reason = read(drafts.content_of(draft))
        made = onboarding.create(actor, bundle, at=at, reason=reason)
        drafts.hand_in(draft, made.customer_no)
        return made
