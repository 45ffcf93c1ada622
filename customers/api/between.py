"""What differs between two moments of one customer."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.panorama_fields import FieldChangeFields
from customers.selectors.as_of import Moment
from customers.selectors.between import CAME, CHANGED, WENT, between
from customers.selectors.history import HISTORY
from mdm.rest.fields import Day, Fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

_KNOWN = _("As the bank knew it at this moment (system time); now unless told.")
_ON = _("What was true on this day (business time); what was in force unless told.")


class MomentsFields(Fields):
    """Which two moments."""

    first_known = serializers.DateTimeField(required=False, help_text=_KNOWN)
    first_on = Day(required=False, help_text=_ON)
    second_known = serializers.DateTimeField(required=False, help_text=_KNOWN)
    second_on = Day(required=False, help_text=_ON)


class MomentFields(Fields):
    """One moment."""

    known = serializers.CharField()
    on = serializers.CharField(allow_null=True)


class RowDifferenceFields(Fields):
    """A row that came, went or changed."""

    row_id = serializers.IntegerField()
    customer_no = serializers.CharField()
    state = serializers.ChoiceField([CAME, WENT, CHANGED])
    changes = FieldChangeFields(many=True)


class FacetDifferenceFields(Fields):
    """The rows of a facet that differ."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    rows = RowDifferenceFields(many=True)


class DifferencesFields(Fields):
    """What differs between two moments."""

    customer_no = serializers.CharField()
    first = MomentFields()
    second = MomentFields()
    facets = FacetDifferenceFields(many=True)
    same = serializers.IntegerField(help_text=_("Rows that do not differ."))


class DifferencesView(ApiView):
    """`/customers/{number}/differences`."""

    @operation(
        Operation(
            scope=HISTORY,
            name="customers_differences",
            summary=_("What differs between two moments of a customer"),
            description=_("Each moment in both times; masked for the caller."),
            tag="customers",
            query=MomentsFields,
            answer=DifferencesFields,
            refusals=("customer.unknown", "customer.not_yet", "as_of.ahead"),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The differences from the first moment to the second."""
        first, second = (_moment(call, call.query, name) for name in ("first", "second"))
        return Answer(between(call.actor, number, first, second, at=call.at))


def _moment(call: Call, told: dict[str, Any], name: str) -> Moment:
    known = told.get(f"{name}_known") or call.at
    return Moment(timezone.localtime(known), told.get(f"{name}_on"))
