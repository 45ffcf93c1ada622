"""What a check of a document told: kept as a row of its own, and the state of the document that follows from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.rules.lifecycle import IDENTIFYING, TERMINAL
from credentials.services.documents import documents_of, invalid, refuse_second_main, step
from credentials.services.lifecycle import FACET, case_of
from credentials.services.restricting import settle_restriction
from customers.services.locking import done_again
from customers.services.operating import Held, held
from mdm.codes import get as code_list
from mdm.history.models import Status
from mdm.subjects import registry
from security.access.actor import Actor
from security.approvals.gate import require_approval
from security.approvals.requests import Done, perform
from security.audit.reasons import refuse_sensitive

#: Confirming by hand takes a second person (domain 1.11).
CONFIRM = "credential.confirm"
CHECKS = "credential_verification"
CONSISTENT = frozenset({"CONSISTENT", "CONSISTENT_NO_PHOTO"})
#: A document in these states can be checked; one in force stays in force where the check agrees.
CHECKED = frozenset({"PENDING_VERIFY", "VERIFIED", "EXPIRING"})
#: Documents of other types that a confirmation by hand looks at.
AUXILIARY = 2


@dataclass(frozen=True, slots=True)
class Check:
    """What a check told. `reference` names the evidence; `score` is that of a comparison, 0 to 100."""

    method: str
    outcome: str
    source: str = ""
    reference: str = ""
    checked_at: datetime | None = None
    score: Decimal | None = None


def ask(actor: Actor, row_id: int, version: int, check: Check, *, reason: str, at: datetime) -> Done:
    """Keep a check, or ask for a confirmation by hand that a second person decides. Raises what `verify` raises."""
    told = {
        **asdict(check),
        "checked_at": check.checked_at.isoformat() if check.checked_at else None,
        "score": str(check.score) if check.score is not None else None,
        "row": row_id,
        "version": version,
    }
    return perform(actor, CONFIRM, told, reason=reason, at=at)


def do_verify(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    """The check that a person or a request told."""
    values = {name: told[name] for name in ("method", "outcome", "source", "reference")}
    checked_at = parse_datetime(told["checked_at"]) if told["checked_at"] else None
    score = Decimal(told["score"]) if told["score"] is not None else None
    check = Check(**values, checked_at=checked_at, score=score)
    return verify(actor, told["row"], told["version"], check, reason=reason, at=at)


@done_again
def verify(actor: Actor, row_id: int, version: int, check: Check, *, reason: str, at: datetime) -> Any:
    """Keep what a check told, and move the document by it; gives the document's row.

    Consistent: in force, and the document that it replaces is replaced. Otherwise: failed; a document in force
    that its issuer has invalidated is revoked. Not done: kept, nothing moves. Raises NotFound, Stale, Duplicate
    with the code of the table, Invalid `check.*` or `reason.sensitive`, ApprovalNeeded for a confirmation by hand.
    """
    _refuse_unknown(check, at)
    with held(actor, FACET, row_id, version, reason=reason, at=at) as doc:
        if doc.row.lifecycle_state not in CHECKED:
            step(doc.row, "confirm")
        state = _state(doc, check)
        if state == "VERIFIED":
            _prove(doc, actor, check)
        _keep(doc, check)
        moved: dict[str, Any] = {"lifecycle_state": state} if state else {}
        if check.outcome in CONSISTENT:
            when = check.checked_at or at
            moved |= {"verified_by": actor.name, "verified_at": when, "verified_how": check.method}
        if moved:
            doc.save(**moved)
        if state == "VERIFIED":
            _supersede(doc)
        settle_restriction(doc)
        doc.done("verify", fields=sorted(moved), method=check.method, outcome=check.outcome)
        doc.row.refresh_from_db()
        return doc.row


def _refuse_unknown(check: Check, at: datetime) -> None:
    if check.method not in code_list("verification_method"):
        raise invalid("check.unknown", "method", _("This code is not in the list."))
    if check.outcome not in code_list("verification_outcome"):
        raise invalid("check.unknown", "outcome", _("This code is not in the list."))
    if check.checked_at is not None and check.checked_at > at:
        raise invalid("check.ahead", "checked_at", _("A check lies in the past."))
    if check.outcome != "NOT_DONE" and check.method == "MANUAL" and not check.reference.strip():
        raise invalid("check.evidence", "reference", _("Name the evidence of a check by hand."))
    refuse_sensitive(check.source, "/source")
    refuse_sensitive(check.reference, "/reference")


def _state(doc: Held, check: Check) -> str | None:
    """The state that the document comes to; None where it stays."""
    if check.outcome == "NOT_DONE":
        return None
    if check.outcome in CONSISTENT:
        if doc.row.lifecycle_state != "PENDING_VERIFY":
            return None
        return step(doc.row, "confirm_manually" if check.method == "MANUAL" else "confirm")
    in_force = doc.row.lifecycle_state != "PENDING_VERIFY"
    return step(doc.row, "revoke" if check.outcome == "INVALIDATED" and in_force else "refuse")


def _prove(doc: Held, actor: Actor, check: Check) -> None:
    """The guards of coming into force."""
    if doc.row.is_primary:
        refuse_second_main(doc.row, doc.family)
    if check.method != "MANUAL":
        return
    others = {
        row.type
        for row in documents_of(doc.family)
        if row.pk != doc.row.replaces and row.lifecycle_state in IDENTIFYING
    }
    if len(others - {doc.row.type}) < AUXILIARY:
        text = _("Confirming by hand takes two other documents of other types on file.")
        raise invalid("check.auxiliary", "method", text)
    require_approval(actor, case_of(doc, CONFIRM, method=check.method))


def _keep(doc: Held, check: Check) -> None:
    doc.add(
        registry.facet(CHECKS),
        {
            "document": doc.row.pk,
            "document_type": doc.row.type,
            "method": check.method,
            "source": check.source.strip()[:60],
            "outcome": check.outcome,
            "checked_at": check.checked_at or doc.stamp.at,
            "reference": check.reference.strip()[:80],
            "score": check.score,
        },
    )


def _supersede(doc: Held) -> None:
    """The document whose place is taken is replaced, now that its successor is in force."""
    rows = Credential.objects.filter(customer_id__in=doc.family, status=Status.ACTIVE)
    old = rows.filter(pk=doc.row.replaces or 0).first()
    if old is not None and old.lifecycle_state not in TERMINAL:
        doc.save(old, lifecycle_state=step(old, "replace"), is_primary=False)
