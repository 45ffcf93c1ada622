"""How the operation log stands: what is sealed, what waits, what the last verification found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from security.access.actor import Actor
from security.audit.log import record
from security.audit.sealing import newest
from security.audit.waiting import Waiting, waiting
from security.models import AuditSeal, AuditVerification

VIEW = "audit.view"
#: How many verifications a page tells of.
TOLD = 10


@dataclass(frozen=True, slots=True)
class Integrity:
    """The newest seal, sealed operations in all, what waits, the newest verifications."""

    seal: AuditSeal | None
    sealed: int
    waiting: Waiting
    verifications: Sequence[AuditVerification]


def integrity(actor: Actor, *, at: datetime) -> Integrity:
    """How the log stands at `at`; the read is logged. NotAllowed without the right to see the log."""
    actor.require(VIEW)
    sealed = AuditSeal.objects.aggregate(rows=Sum("count"))["rows"] or 0
    found = Integrity(
        newest(), int(sealed), waiting(at), list(AuditVerification.objects.order_by("-at")[:TOLD])
    )
    with transaction.atomic():
        record(actor, "audit.integrity_read", at, subject="audit")
    return found


def last_verification() -> AuditVerification | None:
    """The newest verification, for the product's own look at itself: nobody is shown it."""
    return AuditVerification.objects.order_by("-at").first()


def last_broken() -> int:
    """How many broken places the newest verification found; for figures, which name nothing."""
    last = last_verification()
    return last.broken if last else 0
