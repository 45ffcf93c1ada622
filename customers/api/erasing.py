"""Erasing one customer."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.selectors.erasing import RIGHT
from customers.services import erasing
from customers.services.erasing import Ordered
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.approvals.requests import Done


class EraseFields(Fields):
    """Why a customer is erased."""

    change_reason = Text(max_length=200)


class OrderedFields(Fields):
    """An erasure that a worker does."""

    customer_no = serializers.CharField()
    run = serializers.IntegerField(help_text=_("The run that does it."))


class EraseView(ApiView):
    """`/customers/{number}:erase`."""

    @operation(
        Operation(
            scope=RIGHT,
            name="customers_erase",
            summary=_("Erase a customer for good"),
            description=_(
                "Possible once the relation has ended, the time of retention is over and nothing holds the data. "
                "Afterwards the number, and those merged into it, answer 410."
            ),
            tag="customers",
            fresh=True,
            body=EraseFields,
            answer=OrderedFields,
            idempotent=True,
            may_wait=True,
            refusals=(
                "customer.unknown",
                "customer.erased",
                "customer.merged",
                "erasure.refused",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The run, or the change request that waits for a second person."""
        reason = call.data["change_reason"]
        if prefers_refusal(call):
            done = Done(erasing.do_order(call.actor, {"customer": number}, reason, call.at))
        else:
            done = erasing.ask(call.actor, number, reason=reason, at=call.at)
        return answered(call, done, _ordered)


def _ordered(told: Ordered) -> Answer:
    return Answer({"customer_no": told.customer_no, "run": told.run_id})
