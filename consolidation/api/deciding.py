"""`/review-cases/{id}` and `/merges/{id}`: read a case side by side, decide it, take a merge back."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from consolidation.models import Merge, ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.side_by_side import side_by_side
from consolidation.services import deciding, merging, requesting
from customers.rules.number import customer_no
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.approvals.requests import Done

TAG = "consolidation"


class ComparedFields(Fields):
    """One field on both sides, masked for the caller."""

    subject = serializers.CharField()
    label_ = serializers.CharField()
    customer = serializers.CharField(allow_blank=True)
    other = serializers.CharField(allow_blank=True)
    verdict = serializers.CharField(help_text=_("agree, differ or missing, by the values in clear."))


class WeightFields(Fields):
    """What one comparison proves, in bits."""

    field = serializers.CharField()
    level = serializers.CharField(allow_blank=True)
    bits = serializers.FloatField(help_text=_("Positive for the same customer, negative against."))


class CaseDetailFields(Fields):
    """A duplicate case side by side."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    rule = serializers.CharField()
    veto = serializers.CharField(allow_blank=True)
    score = serializers.FloatField()
    customer_no = serializers.CharField()
    other_no = serializers.CharField()
    standing = serializers.CharField(help_text=_("Names what you looked at; send it back when you decide."))
    compared = ComparedFields(many=True)
    weights = WeightFields(many=True)


class DecideFields(Fields):
    """What is said of the two, of what was looked at, and why."""

    verdict = serializers.ChoiceField([CaseState.SAME.value, CaseState.NOT_SAME.value])
    standing = Text(max_length=64)
    change_reason = Text(max_length=200)


class DecidedFields(Fields):
    """A decided case."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    decided_by = serializers.CharField()


class UndoFields(Fields):
    """Why a merge is taken back."""

    change_reason = Text(max_length=200)


class UndoneFields(Fields):
    """A merge that was taken back."""

    id = serializers.IntegerField()
    customer_no = serializers.CharField()
    parted = serializers.CharField()
    undone_at = serializers.DateTimeField()


class CaseView(ApiView):
    """`/review-cases/{case_id}`."""

    @operation(
        Operation(
            scope="case.view",
            name="review_cases_read",
            summary=_("Read a duplicate case side by side"),
            tag=TAG,
            answer=CaseDetailFields,
            refusals=("case.unknown",),
        )
    )
    def get(self, call: Call, case_id: int) -> Answer:
        """The case, what both sides tell, and the weights."""
        found = side_by_side(call.actor, case_id, at=call.at)
        case = found.sides.case
        compared = [
            {
                "subject": str(group.label),
                "label": str(row.label),
                "customer": row.one,
                "other": row.other,
                "verdict": row.verdict,
            }
            for group in found.groups
            for row in group.rows
        ]
        weights = [{"field": one.field, "level": one.level, "bits": one.bits} for one in found.weights]
        head = {
            "id": case.pk,
            "state": case.state,
            "rule": case.rule,
            "veto": case.veto,
            "score": round(case.score, 4),
            "customer_no": customer_no(case.customer_id),
            "other_no": customer_no(case.other_id),
            "standing": found.sides.standing,
        }
        return Answer({**head, "compared": compared, "weights": weights})


class CaseDecideView(ApiView):
    """`/review-cases/{case_id}:decide`."""

    @operation(
        Operation(
            scope="case.decide",
            name="review_cases_decide",
            summary=_("Decide a duplicate case"),
            description=_("SAME merges the two, NOT_SAME declares them different for good."),
            tag=TAG,
            body=DecideFields,
            answer=DecidedFields,
            idempotent=True,
            may_wait=True,
            refusals=(
                "case.unknown",
                "case.stale",
                "case.decided",
                "case.apart",
                "case.verdict",
                "case.contradiction",
                "customer.unknown",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call, case_id: int) -> Answer:
        """The case as decided."""
        told = call.data
        act = (call.actor, case_id, told["verdict"], told["standing"])
        if prefers_refusal(call):
            done = Done(deciding.decide(*act, reason=told["change_reason"], at=call.at))
        else:
            done = requesting.decide(*act, reason=told["change_reason"], at=call.at)
        return answered(call, done, _decided)


def _decided(case: ReviewCase) -> Answer:
    return Answer({"id": case.pk, "state": case.state, "decided_by": case.decided_by})


class MergeUndoView(ApiView):
    """`/merges/{merge_id}:undo`."""

    @operation(
        Operation(
            scope="merge.run",
            name="merges_undo",
            summary=_("Take a merge back"),
            description=_("Both sides stand by themselves again and are declared different."),
            tag=TAG,
            body=UndoFields,
            answer=UndoneFields,
            idempotent=True,
            may_wait=True,
            refusals=("merge.unknown", "merge.undone", "merge.inner", "reason.missing", "customer.unknown"),
        )
    )
    def post(self, call: Call, merge_id: int) -> Answer:
        """The merge as taken back."""
        reason = call.data["change_reason"]
        if prefers_refusal(call):
            done = Done(merging.unmerge(call.actor, merge_id, reason=reason, at=call.at))
        else:
            done = requesting.unmerge(call.actor, merge_id, reason=reason, at=call.at)
        return answered(call, done, _undone)


def _undone(found: Merge) -> Answer:
    told: dict[str, Any] = {
        "id": found.pk,
        "customer_no": customer_no(found.customer_id),
        "parted": customer_no(found.other_id),
        "undone_at": found.undone_at,
    }
    return Answer(told)
