"""Creating a customer: screen, look for duplicates, write, audit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.derived import organisations, scope_tags
from customers.ports import Suspect, duplicate_finder
from customers.rules.number import customer_no
from customers.selectors.erasing import erased_keys, gone
from customers.selectors.watching import branches_of, matched_in_vain
from customers.services.beginning import refuse_later_states
from customers.services.restricting import settle_written
from customers.services.told_rows import refuse_told, refuse_unproven
from mdm.bulk.apply import apply, content_digests
from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import SourceRecord
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed
from mdm.history.writing import require_reason
from mdm.quality.engine import cleanse
from mdm.quality.issues import raise_issues
from mdm.quality.rules import Finding
from mdm.quality.screening import refuse_blocked, screened
from mdm.subjects import Bundle
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q
from security.audit.log import record

RIGHT = "customer.create"
#: Outcomes of a creation.
CREATED, EXISTING, SUSPECT = "CREATED", "EXISTING", "SUSPECT"


@dataclass(frozen=True, slots=True)
class SuspectView:
    """A possible duplicate as the actor may see it: out of scope only at which branch, so that one can ask there."""

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

    Raises Invalid (an unknown branch, a state in which nothing begins, a rule of severity BLOCK), NotAllowed (right or
    branch), what `refuse_told` and `refuse_unproven` raise, Duplicate `customer.exists` (it is known and tells
    something else: change it instead), Gone `customer.erased` (under this source key was a customer who is erased).
    """
    with in_scope(actor, RIGHT):
        business_date = timezone.localtime(at).date()
        path, tags = _check_branch(actor, bundle)
        refuse_told(actor, bundle, path, tags, RIGHT)
        findings = screened(bundle, business_date)
        refuse_unproven(actor, bundle, path, tags)
        refuse_later_states(bundle)
        refuse_blocked(bundle, findings)
        if erased_keys([(bundle.source_system, bundle.source_key)]):
            gone()
        known = _known(actor, bundle)
        if known is not None:
            record(actor, "customer.create", at, subject="customer", customer_id=known, result="existing")
            return Onboarded(known, customer_no(_golden(known)), EXISTING, [], findings)
        suspects, shown = _suspects(actor, bundle, at)
        stamp = Stamp(actor, at, require_reason(reason) if reason else "created", business_date)
        customer_id = _stored(bundle, stamp)
        raise_issues([customer_id], [bundle], [findings], stamp)
        told: dict[str, Any] = {"subject": "customer", "customer_id": customer_id, "reason": stamp.reason}
        record(actor, "customer.create", at, shown=shown, **told)
        outcome = SUSPECT if suspects else CREATED
        return Onboarded(customer_id, customer_no(customer_id), outcome, suspects, findings)


def _golden(customer_id: int) -> int:
    """The customer that a stored one counts for."""
    return Customer.objects.values_list("golden_id", flat=True).get(pk=customer_id) or customer_id


def _stored(bundle: Bundle, stamp: Stamp) -> int:
    """The new customer's id; Duplicate where the same source record came through another door just now."""
    applied = apply([bundle], stamp)
    if not applied.created:
        raise _exists()
    settle_written(applied.customer_ids, stamp)
    return applied.customer_ids[0]


def _exists() -> Duplicate:
    return Duplicate("customer.exists", _("This source record is known already and tells something else."))


def match_check(actor: Actor, bundle: Bundle, *, at: datetime) -> list[SuspectView]:
    """Who may be the one at hand, before anything is written."""
    with in_scope(actor, RIGHT):
        cleanse(bundle)
        found, shown = _suspects(actor, bundle, at)
        fields = {"found": len(found)}
        record(actor, "customer.match_check", at, subject="customer", fields=fields, shown=shown)
        return found


def _known(actor: Actor, bundle: Bundle) -> int | None:
    """The customer of this source key where it is in scope and tells the same; Duplicate otherwise."""
    owner = find(source_digests([(bundle.source_system, bundle.source_key)]))
    for customer_id in owner.values():
        told = SourceRecord.objects.filter(
            customer_id=customer_id, source_system=bundle.source_system, source_key=bundle.source_key
        )
        same = [bytes(row.content_digest) for row in told] == content_digests([bundle])
        if same and Customer.objects.filter(scope_q(actor, RIGHT), pk=customer_id).exists():
            return customer_id
        raise _exists()
    return None


def _check_branch(actor: Actor, bundle: Bundle) -> tuple[list[int], list[str]]:
    """The managing branch must lie where the actor may create; the home branch is the default. Where it lies, and by
    what filters know the customer."""
    customer = bundle.facets.setdefault("customer", [{}])[0]
    customer["party_type"] = bundle.party_type
    customer["org"] = customer.get("org") or actor.org_code
    branches = organisations()
    org_id, path = branches.by_row(customer)
    tags = scope_tags(org_id, bundle.party_type, customer)
    if not actor.may_place(RIGHT, path, tags):
        raise NotAllowed("access.branch", _("You may not create customers at this branch."))
    if customer["org"] and customer["org"] not in branches.by_code:
        text = _("There is no such branch.")
        raise Invalid("record.refused", text, [FieldError("/customer/0/org", "branch.unknown", text)])
    return path, tags


def _suspects(actor: Actor, bundle: Bundle, at: datetime) -> tuple[list[SuspectView], list[int]]:
    """Who may be the one at hand, most likely first, each golden customer once; and those that are shown, by id.

    A protected customer out of reach is none, as everywhere: asking for one only raises the alarm.
    """
    found = duplicate_finder().find(bundle)
    members = Customer.objects.filter(
        scope_q(actor, RIGHT), pk__in=[suspect.customer_id for suspect in found]
    )
    golden = {pk: golden or pk for pk, golden in members.values_list("pk", "golden_id")}
    shown = Customer.objects.select_related("org").in_bulk(golden.values())
    hidden = [one.customer_id for one in found if golden.get(one.customer_id) not in shown]
    guarded = matched_in_vain(actor, hidden, at)
    elsewhere = branches_of(hidden)
    views: dict[str | int, SuspectView] = {}
    for place, suspect in enumerate(found):
        if suspect.customer_id not in guarded:
            branch = elsewhere.get(suspect.customer_id, "")
            view = _view(suspect, shown.get(golden.get(suspect.customer_id, -1)), branch)
            views.setdefault(view.customer_no or place, view)
    return list(views.values()), list(shown)


def _view(suspect: Suspect, golden: Customer | None, branch: str) -> SuspectView:
    """A suspect as the actor may know of it: out of scope nothing but that there is one, and at which branch."""
    if golden is None:
        return SuspectView(None, branch, suspect.rule, suspect.outcome, False)
    return SuspectView(golden.customer_no, golden.org.code, suspect.rule, suspect.outcome, True)
