"""Verifying the operation log on somebody's behalf: the finding is kept, and the verification is itself logged."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from security.access.actor import Actor
from security.audit.checkpoints import CheckpointStore
from security.audit.examining import Examined, examine
from security.audit.findings import Verified
from security.audit.log import record
from security.audit.signing import verifiers
from security.audit.verification import Verifier
from security.models import AuditVerification

#: The right to verify the log.
VERIFY = "audit.verify"
#: Findings kept with a verification; a log that was replaced breaks everywhere.
KEPT = 200


def note_asked(actor: Actor, *, at: datetime) -> int:
    """Note that somebody asks for a verification, and for whom a worker does it (`mdm.tasks.verify_audit`): it reads
    every row, which is no work for a page. NotAllowed."""
    actor.require(VERIFY)
    with transaction.atomic():
        record(actor, "audit.verify_asked", at, subject="audit")
    return actor.user_id or 0


def verify_log(
    actor: Actor, *, at: datetime, store: CheckpointStore | None = None
) -> tuple[Verified, AuditVerification]:
    """Verify the whole log and keep what was found. NotAllowed; Unavailable for keys that do not open."""
    actor.require(VERIFY)
    found = Verifier(store or CheckpointStore()).verify()
    with transaction.atomic():
        kept = AuditVerification.objects.create(
            at=at,
            actor=actor.name,
            seals=found.seals,
            checked=found.checked,
            unsealed=found.unsealed,
            checkpoints=found.checkpoints,
            broken=found.broken,
            findings=[one.told() for one in found.findings[:KEPT]],
            seconds=found.seconds,
        )
        counts = {"seals": found.seals, "checked": found.checked, "broken": found.broken}
        record(actor, VERIFY, at, subject="audit", object_id=kept.pk, fields=counts)
    return found, kept


def verify_export(actor: Actor, path: Path, *, at: datetime) -> Examined:
    """Examine a sealed export that somebody was given. NotAllowed; Unavailable for keys that do not open."""
    actor.require(VERIFY)
    found = examine(path, verifiers())
    run = found.manifest["run"] if found.manifest else None
    fields = {"rows": found.manifest["rows"] if found.manifest else 0, "findings": found.findings}
    record(actor, "audit.verify_export", at, subject="run", object_id=run, fields=fields)
    return found
