"""Declarations of tax residence over REST: registered whole, read whole, moved."""

from functools import partial
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.rows import RowView
from customers.selectors.customer import sight_on
from mdm.rest.facets import REASON, member, part_fields, path_part, row_data, row_fields
from mdm.rest.fields import Day, Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.subjects import registry
from special_info.api.moving import MoveFields, move_route
from special_info.rules import reasonableness
from special_info.rules.rights import TAX as RIGHT
from special_info.selectors.declaration import CONTROL, HEAD, RESIDENCE, DeclarationView, declaration_of
from special_info.services import tax
from special_info.services.moving import KINDS

TAG = "tax_certifications"
_OWN = frozenset({"certification_no"})


class FaultFields(Fields):
    """What is missing or wrong, and where; or what conflicts."""

    pointer = serializers.CharField(required=False)
    code = serializers.CharField()
    detail = serializers.CharField()


class DeclareFields(part_fields(registry.facet(HEAD), _OWN)):  # type: ignore[misc]
    """A declaration with its residences and controlling persons."""

    certification_no = Text(required=False, max_length=40, help_text=_("Its number; given unless told."))
    tax_residences = part_fields(registry.facet(RESIDENCE), _OWN)(many=True, required=False)
    controlling_persons = part_fields(registry.facet(CONTROL), _OWN)(many=True, required=False)
    change_reason = Text(required=False, max_length=200, help_text=_("Why; kept in the history."))


class DeclarationFields(Fields):
    """A declaration whole, with what the rules say of it today."""

    certification = row_fields(registry.facet(HEAD))()
    tax_residences = row_fields(registry.facet(RESIDENCE))(many=True)
    controlling_persons = row_fields(registry.facet(CONTROL))(many=True)
    faults = FaultFields(many=True, help_text=_("What keeps it from being handed in."))
    indicia = FaultFields(many=True, help_text=_("What conflicts with what the bank knows."))
    reasonableness = serializers.CharField(help_text=_("PASSED, FAILED or OVERRIDDEN."))
    operations = serializers.ListField(child=serializers.CharField(), help_text=_("What may be done now."))


class ChangedFields(MoveFields):
    """A change of circumstances."""

    changed_on = Day(help_text=_("The day on which circumstances changed."))


class DeclareView(RowView):
    """`/customers/{number}/tax-certifications:declare`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="tax_certifications_declare",
            summary=_("Register a self-certification whole"),
            description=_("As a draft, with residences and controlling persons, all or nothing."),
            tag=TAG,
            body=DeclareFields,
            answer=DeclarationFields,
            status=201,
            idempotent=True,
            versioned=True,
            refusals=(
                "customer.unknown",
                "customer.merged",
                "record.refused",
                "record.number_taken",
                "other.unknown",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The declaration as it was registered."""
        head = dict(call.data)
        residences, persons = head.pop("tax_residences", []), head.pop("controlling_persons", [])
        reason = head.pop(REASON, "added")
        row = tax.declare(call.actor, number, head, residences, persons, reason=reason, at=call.at)
        found = declaration_of(call.actor, number, row.pk, at=call.at)
        location = f"{call.request.path.removesuffix(':declare')}/{row.pk}"
        return _answer(call, found, location)

    def place(self, pointer: str) -> str:
        """A place of a part is a place in its list; one of the head is the field itself."""
        _empty, facet, place, name = (pointer.split("/") + ["", "", ""])[:4]
        if facet in (RESIDENCE, CONTROL):
            return f"/{member(registry.facet(facet))}/{place}/{name}"
        return "/" + pointer.rpartition("/")[2]


class WholeView(RowView):
    """`/customers/{number}/tax-certifications/{row_id}/declaration`."""

    @operation(
        Operation(
            scope="customer.view",
            name="tax_certifications_whole",
            summary=_("Read a self-certification whole"),
            description=_("With residences, controlling persons and what the rules say of it today; masked."),
            tag=TAG,
            answer=DeclarationFields,
            versioned=True,
            refusals=("customer.unknown", "row.unknown"),
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """The declaration."""
        return _answer(call, declaration_of(call.actor, number, row_id, at=call.at))


def _answer(call: Call, found: DeclarationView, location: str = "") -> Answer:
    row: Any = found.view.row
    sight = sight_on(call.actor, row.customer_id)
    looked = found.looked
    told = {
        "certification": row_data(registry.facet(HEAD), row, sight),
        "tax_residences": [row_data(registry.facet(RESIDENCE), one, sight) for one in found.residences],
        "controlling_persons": [row_data(registry.facet(CONTROL), one, sight) for one in found.persons],
        "faults": [
            {"pointer": f.error.pointer, "code": f.code, "detail": str(f.text)} for f in looked.faults
        ],
        "indicia": [{"code": c, "detail": str(reasonableness.INDICIA[c])} for c in looked.indicia],
        "reasonableness": looked.verdict,
        "operations": found.operations,
    }
    return Answer(told, version=row.version, location=location)


def _step(name: str) -> Any:
    def step(actor: Any, row_id: int, version: int, **more: Any) -> Any:
        return tax.step(actor, name, row_id, version, **more)

    return step


_RECORDS = f"customers/<number:number>/{path_part(registry.facet(HEAD))}"
_route = partial(move_route, KINDS["tax"])
urlpatterns = [
    path(f"{_RECORDS}:declare", DeclareView.as_view()),
    path(f"{_RECORDS}/<row:row_id>/declaration", WholeView.as_view()),
    _route(
        "submit",
        _("hand in"),
        tax.submit,
        may_wait=True,
        refusals=("declaration.incomplete", "declaration.unexplained"),
    ),
    _route("reopen", _("take back for correction"), _step("reopen")),
    _route("withdraw", _("withdraw"), _step("withdraw")),
    _route("invalidate", _("end before its time"), _step("invalidate")),
    _route(
        "report-change",
        _("report a change of circumstances"),
        tax.report_change,
        body=ChangedFields,
        more=lambda told: told,
        refusals=("record.refused",),
    ),
]
