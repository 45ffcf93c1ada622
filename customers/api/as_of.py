"""The panorama as of a past moment."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.panorama_fields import PanoramaFields
from customers.selectors.as_of import Moment, as_of
from customers.selectors.history import HISTORY
from mdm.rest.fields import Day, Fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView


class AsOfQueryFields(Fields):
    """Which past is asked for."""

    known = serializers.DateTimeField(
        required=False, help_text=_("As the bank knew it at this moment (system time); now unless told.")
    )
    on = Day(
        required=False,
        help_text=_("What was true on this day (business time); what was in force unless told."),
    )


class AsOfFields(PanoramaFields):
    """The panorama of then, and which past it is of."""

    known = serializers.CharField()
    on = serializers.CharField(allow_null=True)


class AsOfView(ApiView):
    """`/customers/{number}/as-of`."""

    @operation(
        Operation(
            scope=HISTORY,
            name="customers_as_of",
            summary=_("Everything known of a customer as of a past moment"),
            description=_("In both times: what was true on a day, as the bank knew it at a moment."),
            tag="customers",
            query=AsOfQueryFields,
            answer=AsOfFields,
            refusals=("customer.unknown", "customer.not_yet", "as_of.ahead"),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The panorama of then."""
        known = call.query.get("known") or call.at
        moment = Moment(timezone.localtime(known), call.query.get("on"))
        return Answer(as_of(call.actor, number, moment, at=call.at))
