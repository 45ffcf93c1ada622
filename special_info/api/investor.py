"""Assessments of investors over REST: what comes of one, and its moves."""

from functools import partial
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.rows import RowView
from mdm.rest.facets import path_part
from mdm.rest.fields import Fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.subjects import registry
from special_info.api.moving import move_route
from special_info.selectors.assessment import assessment_of
from special_info.services import investor
from special_info.services.moving import KINDS

KIND = KINDS["investor"]


class CriterionFields(Fields):
    """One thing that is asked."""

    branch = serializers.CharField(allow_blank=True, help_text=_("The branch; empty for what all ask."))
    field_ = serializers.CharField()
    needed = serializers.IntegerField(help_text=_("What it must come to, in yuan or years."))
    met = serializers.BooleanField()
    why = serializers.CharField(
        allow_blank=True, help_text=_("LOW, EVIDENCE, OVER, CURRENCY or UNTOLD where it does not count.")
    )


class EvaluationFields(Fields):
    """What comes of an assessment today."""

    regime = serializers.CharField()
    version = serializers.CharField()
    met = serializers.BooleanField()
    branch = serializers.CharField(allow_blank=True, help_text=_("The branch that is met."))
    criteria = CriterionFields(many=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text=_("What everybody has to show and is not there.")
    )
    evidence = serializers.ListField(child=serializers.CharField(), help_text=_("The evidence that counts."))
    until = serializers.DateField(allow_null=True)
    operations = serializers.ListField(child=serializers.CharField(), help_text=_("What may be done now."))


class EvaluationView(RowView):
    """`/customers/{number}/investor-assessments/{row_id}/evaluation`."""

    @operation(
        Operation(
            scope="customer.view",
            name="investor_assessments_evaluate",
            summary=_("What comes of an assessment today"),
            description=_("Which branch of the regime is met, on which evidence, and why others are not."),
            tag="investor_assessments",
            answer=EvaluationFields,
            refusals=("customer.unknown", "row.unknown", "assessment.regime"),
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """The evaluation."""
        found = assessment_of(call.actor, number, row_id, at=call.at)
        done = found.evaluation
        told: dict[str, Any] = {
            "regime": done.regime.code,
            "version": done.regime.version,
            "met": done.met,
            "branch": done.branch,
            "criteria": [
                {"branch": c.branch, "field": c.field, "needed": c.needed, "met": c.met, "why": c.why}
                for c in done.criteria
            ],
            "missing": list(done.missing),
            "evidence": list(done.evidence),
            "until": done.until,
            "operations": found.operations,
        }
        return Answer(told)


def _step(name: str) -> Any:
    def step(actor: Any, row_id: int, version: int, **more: Any) -> Any:
        return investor.step(actor, name, row_id, version, **more)

    return step


_route = partial(move_route, KIND)
urlpatterns = [
    path(
        f"customers/<number:number>/{path_part(registry.facet(KIND.facet))}/<row:row_id>/evaluation",
        EvaluationView.as_view(),
    ),
    _route(
        "submit",
        _("hand in"),
        investor.submit,
        may_wait=True,
        refusals=("assessment.regime", "assessment.not_met"),
    ),
    _route("reopen", _("take back for correction"), _step("reopen")),
    _route("revoke", _("revoke"), _step("revoke")),
]
