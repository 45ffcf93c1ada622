"""Steps of a document: a check told, a successor entered, lost, found, revoked, voided."""

from django.utils.translation import gettext_lazy as _

from credentials.api.fields import DocumentCheckFields, DocumentStepFields, SuccessorFields
from credentials.rules.lifecycle import ASKED, REFUSALS
from credentials.rules.succession import REFUSALS as SUCCESSION
from credentials.services import lifecycle, replacing, verifying
from credentials.services.verifying import Check
from customers.api.rows import RowView, row_answer, telling_current
from customers.selectors.customer_rows import require_row
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.facets import row_fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from mdm.subjects import registry
from security.approvals.requests import Done

TAG = "credentials"
_FACET = registry.facet("credential")
_ALWAYS = ("customer.unknown", "customer.merged", "row.unknown", "row.stale", "row.ended", "reason.missing")
_CHECKS = ("check.unknown", "check.ahead", "check.evidence", "check.auxiliary")


def step_view(trigger: str) -> type[ApiView]:
    """`/customers/{number}/credentials/{row_id}:report-loss` and its like, one for each step of ASKED."""

    class StepView(RowView):
        """One step."""

        @operation(
            Operation(
                scope=lifecycle.RIGHT,
                name=f"credentials_{trigger}",
                summary=SUMMARIES[trigger],
                tag=TAG,
                body=DocumentStepFields,
                answer=row_fields(_FACET),
                conditional=True,
                versioned=True,
                may_wait=True,
                refusals=(*_ALWAYS, *REFUSALS, "credential.unfit", "credential.notice"),
            )
        )
        def post(self, call: Call, number: str, row_id: int) -> Answer:
            require_row(call.actor, number, _FACET.name, row_id)
            told = {"reason": call.data["change_reason"], "at": call.at}
            told["reference"] = call.data.get("reference") or ""
            take = lifecycle.act if prefers_refusal(call) else lifecycle.ask
            with telling_current(call, _FACET, row_id):
                done = take(call.actor, row_id, call.version, trigger, **told)
            done = done if isinstance(done, Done) else Done(done)
            return answered(call, done, lambda row: row_answer(call, _FACET, row))

    return StepView


SUMMARIES = {
    "submit": _("Submit a draft document for verification"),
    "retry": _("Have a document verified again"),
    "report_loss": _("Report a document lost"),
    "found": _("A lost document was found"),
    "revoke": _("The issuer has revoked a document"),
    "void": _("A document was entered in error"),
}
STEPS = {trigger.replace("_", "-"): step_view(trigger) for trigger in ASKED}


class VerifyDocumentView(RowView):
    """`/customers/{number}/credentials/{row_id}:verify`."""

    @operation(
        Operation(
            scope=lifecycle.RIGHT,
            name="credentials_verify",
            summary=_("Tell what a check of a document told"),
            description=_(
                "The check is kept, and the document moves by it. Confirming by hand takes a second person."
            ),
            tag=TAG,
            body=DocumentCheckFields,
            answer=row_fields(_FACET),
            conditional=True,
            versioned=True,
            may_wait=True,
            refusals=(*_ALWAYS, *REFUSALS, *_CHECKS),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """The document after the check."""
        require_row(call.actor, number, _FACET.name, row_id)
        data = dict(call.data)
        reason = data.pop("change_reason")
        check = Check(**{name: value for name, value in data.items() if value is not None})
        told = (call.actor, row_id, call.version, check)
        with telling_current(call, _FACET, row_id):
            if prefers_refusal(call):
                done = Done(verifying.verify(*told, reason=reason, at=call.at))
            else:
                done = verifying.ask(*told, reason=reason, at=call.at)
        return answered(call, done, lambda row: row_answer(call, _FACET, row))


class ReplaceDocumentView(RowView):
    """`/customers/{number}/credentials/{row_id}:replace`."""

    @operation(
        Operation(
            scope=lifecycle.RIGHT,
            name="credentials_replace",
            summary=_("Enter the document that takes the place of another"),
            description=_("It awaits verification; once it is verified the old one is replaced."),
            tag=TAG,
            body=SuccessorFields,
            answer=row_fields(_FACET),
            status=201,
            conditional=True,
            versioned=True,
            refusals=(*_ALWAYS, *REFUSALS, *SUCCESSION, "check.unknown", "record.refused"),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """The new document."""
        require_row(call.actor, number, _FACET.name, row_id)
        values = dict(call.data)
        reason, how = values.pop("change_reason"), values.pop("how")
        with telling_current(call, _FACET, row_id):
            new = replacing.replace(call.actor, row_id, call.version, how, values, reason=reason, at=call.at)
        place = call.request.path.rpartition("/")[0]
        return row_answer(call, _FACET, new, location=f"{place}/{new.pk}")
