"""Creating a customer: screen, look for duplicates, write, audit."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.derived import organisations
from customers.ports import duplicate_finder
from customers.rules.number import customer_no
from mdm.bulk.apply import apply, content_digests
from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import SourceRecord
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, NotAllowed
from mdm.quality.issues import raise_issues
from mdm.quality.rules import Finding
from mdm.quality.screening import refuse_blocked, screened
from mdm.subjects import Bundle
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

#: Outcomes of a creation.
CREATED, EXISTING, SUSPECT = "CREATED", "EXISTING", "SUSPECT"


@dataclass(frozen=True, slots=True)
class SuspectView:
    """A possible duplicate as the actor may see it: no number, only the branch, where it is out of scope."""

    customer_no: str | None
    org_code: str
    rule: str
    outcome: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What became of a creation."""

    customer_id: int
    customer_no: str
    outcome: str
    suspects: list[SuspectView]
    findings: list[Finding]


def create(actor: Actor, bundle: Bundle, *, at: datetime, reason: str = "") -> Onboarded:
    """Create one customer, or recognise that this source record is known and unchanged.

    Raises Invalid (a rule of severity BLOCK), NotAllowed (right or branch), Duplicate
    `customer.exists` (the source key is known and tells something else: change that customer instead).
    """
    with in_scope(actor, "customer.create"):
        business_date = timezone.localtime(at).date()
        findings = screened(bundle, business_date)
        refuse_blocked(bundle, findings)
        _check_branch(actor, bundle)
        known = _known(bundle)
        if known is not None:
            return Onboarded(known, customer_no(known), EXISTING, [], findings)
        suspects = [_view(actor, suspect.customer_id, suspect.rule, suspect.outcome) for suspect in duplicate_finder().find(bundle)]
        stamp = Stamp(actor, at, reason or "created", business_date)
        customer_id = apply([bundle], stamp).customer_ids[0]
        raise_issues([customer_id], [bundle], [findings], stamp)
        record(actor, "customer.create", at, subject="customer", customer_id=customer_id, reason=stamp.reason)
        outcome = SUSPECT if suspects else CREATED
        return Onboarded(customer_id, customer_no(customer_id), outcome, suspects, findings)


def match_check(actor: Actor, bundle: Bundle, *, at: datetime) -> list[SuspectView]:
    """Who may be the one at hand, before anything is written."""
    with in_scope(actor, "customer.create"):
        found = duplicate_finder().find(bundle)
        record(actor, "customer.match_check", at, subject="customer", fields={"found": len(found)})
        return [_view(actor, suspect.customer_id, suspect.rule, suspect.outcome) for suspect in found]


def _known(bundle: Bundle) -> int | None:
    """The customer of this source key where it tells the same; Duplicate where it tells otherwise."""
    owner = find(source_digests([(bundle.source_system, bundle.source_key)]))
    for customer_id in owner.values():
        told = SourceRecord.objects.filter(
            customer_id=customer_id, source_system=bundle.source_system, source_key=bundle.source_key
        )
        if [bytes(row.content_digest) for row in told] == content_digests([bundle]):
            return customer_id
        raise Duplicate("customer.exists", _("This source record is known already and tells something else."))
    return None


def _check_branch(actor: Actor, bundle: Bundle) -> None:
    """The managing branch must lie where the actor may create; the home branch is the default."""
    customer = bundle.facets.setdefault("customer", [{}])[0]
    customer["party_type"] = bundle.party_type
    customer["org"] = customer.get("org") or actor.org_code
    orgs = actor.orgs("customer.create")
    if orgs is not None and not orgs & set(organisations().by_row(customer)[1]):
        raise NotAllowed("access.branch", _("You may not create customers at this branch."))


def _view(actor: Actor, customer_id: int, rule: str, outcome: str) -> SuspectView:
    """A suspect: row-level security has hidden it from this read where it is out of scope."""
    found = Customer.objects.select_related("org").filter(pk=customer_id).first()
    if found is None:
        return SuspectView(None, "", rule, outcome, False)
    return SuspectView(customer_no(found.golden_id or found.pk), found.org.code, rule, outcome, True)
