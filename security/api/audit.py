"""`/operations`, `/audit-integrity`: the operation log and whether it is what was sealed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.rest import pages
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from mdm.tasks import verify_audit
from security.api.audit_fields import (
    AskedFields,
    IntegrityFields,
    OperationFields,
    OperationFilterFields,
)
from security.models import AuditVerification, OperationLog
from security.selectors.integrity import VIEW, integrity
from security.selectors.operations import list_operations
from security.services.auditing import VERIFY, note_asked

TAG = "audit"
Json = dict[str, Any]


class OperationsView(ApiView):
    """`/operations`."""

    @operation(
        Operation(
            scope=VIEW,
            name="operations_list",
            summary=_("List operations"),
            description=_("Who did and saw what, at your branches, newest first. The read is logged."),
            tag=TAG,
            query=OperationFilterFields,
            answer=OperationFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of the operation log."""
        filters = {name: str(value) for name, value in call.query.items()}
        filters["customer"] = filters.pop("customer_id", "")
        found = list_operations(
            call.actor, at=call.at, after=pages.after(call) or "", size=pages.page_size(call), filters=filters
        )
        return pages.page(call, [_operation(row) for row in found.rows], found.next or None)


class IntegrityView(ApiView):
    """`/audit-integrity`."""

    @operation(
        Operation(
            scope=VIEW,
            name="audit_integrity_read",
            summary=_("How the operation log stands"),
            tag=TAG,
            answer=IntegrityFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """Seals, what waits, the newest verifications."""
        found = integrity(call.actor, at=call.at)
        return Answer(
            {
                "log": found.seal.log_id if found.seal else None,
                "seal": found.seal.n if found.seal else None,
                "sealed": found.sealed,
                "waiting_seconds": round(found.waiting.seconds, 1),
                "alarm": found.waiting.alarm,
                "verifications": [_verification(one) for one in found.verifications],
            }
        )


class VerifyView(ApiView):
    """`/audit-integrity:verify`."""

    @operation(
        Operation(
            scope=VERIFY,
            name="audit_integrity_verify",
            summary=_("Verify the operation log"),
            description=_(
                "A worker recomputes every seal and compares the checkpoints; what it finds stands in "
                "`verifications` of `/audit-integrity`, at a time after this one."
            ),
            tag=TAG,
            answer=AskedFields,
            status=202,
            idempotent=True,
        )
    )
    def post(self, call: Call) -> Answer:
        """When it was asked for."""
        verify_audit.send(note_asked(call.actor, at=call.at))
        location = call.request.path.removesuffix(":verify")
        return Answer({"asked_at": call.at}, status=202, location=location)


def _operation(row: OperationLog) -> Json:
    return {
        "id": row.pk,
        "at": row.at,
        "actor": row.actor,
        "roles": [role for role in row.roles.split(",") if role],
        "branch": row.org_code or None,
        "channel": row.channel,
        "address": row.address,
        "request_id": row.request_id,
        "action": row.action,
        "subject": row.subject,
        "object_id": row.object_id,
        "customer_id": row.customer_id,
        "details": row.fields,
        "reason": row.reason,
        "result": row.result,
        "code": row.code,
    }


def _verification(one: AuditVerification) -> Json:
    counts = ("seals", "checked", "unsealed", "checkpoints", "broken", "findings", "seconds")
    return {"at": one.at, "actor": one.actor, **{name: getattr(one, name) for name in counts}}
