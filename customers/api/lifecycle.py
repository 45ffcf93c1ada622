"""Changing a customer's status, and giving customers to another branch or account manager."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.fields import customer_fields
from customers.api.rows import telling_current
from customers.api.shapes import customer_data
from customers.models import Customer
from customers.rules.lifecycle import GUARDS, REFUSALS
from customers.rules.number import customer_id
from customers.selectors.customer import sight_on
from customers.services import status, transferring
from customers.services.transferring import MOST, Transferred
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from mdm.subjects import registry
from security.approvals.requests import Done

TAG = "customers"


class StatusFields(Fields):
    """The status that a customer comes to, and why."""

    status = Text(max_length=12)
    change_reason = Text(max_length=200)


class TransferFields(Fields):
    """Who goes where: to a branch, to an account manager, or both."""

    customers = serializers.ListField(child=Text(max_length=20), min_length=1, max_length=MOST)
    org = Text(required=False, max_length=20, help_text=_("The branch's code."))
    manager = Text(required=False, max_length=150, help_text=_("The user name of the account manager."))
    change_reason = Text(max_length=200)


class TransferredFields(Fields):
    """What was done."""

    customers = serializers.IntegerField(
        help_text=_("How many went; those that were there already do not count.")
    )
    org = serializers.CharField(allow_blank=True)
    manager = serializers.CharField(allow_blank=True)


class StatusView(ApiView):
    """`/customers/{number}:set-status`."""

    @operation(
        Operation(
            scope=status.RIGHT,
            name="customers_set_status",
            summary=_("Change the status of a customer"),
            description=_("Only as the table of statuses allows; a second person approves."),
            tag=TAG,
            body=StatusFields,
            answer=customer_fields(),
            conditional=True,
            versioned=True,
            may_wait=True,
            refusals=(
                "customer.unknown",
                "customer.merged",
                "row.stale",
                "status.unknown",
                "reason.missing",
                *REFUSALS,
                *GUARDS,
            ),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The customer, or the change request that waits."""
        told = (call.actor, number, call.version, call.data["status"])
        reason = call.data["change_reason"]
        with telling_current(call, registry.facet("customer"), customer_id(number) or 0):
            if prefers_refusal(call):
                done = Done(status.change(*told, reason=reason, at=call.at))
            else:
                done = status.ask(*told, reason=reason, at=call.at)
        return answered(call, done, lambda row: _customer(call, row))


def _customer(call: Call, row: Customer) -> Answer:
    return Answer(customer_data(row, sight_on(call.actor, row.pk)), version=row.version)


class TransferView(ApiView):
    """`/customers:transfer`."""

    @operation(
        Operation(
            scope=transferring.RIGHT,
            name="customers_transfer",
            summary=_("Give customers to another branch or account manager"),
            description=_("All of them go, or none. Decided at the branch above both."),
            tag=TAG,
            body=TransferFields,
            answer=TransferredFields,
            idempotent=True,
            may_wait=True,
            refusals=(
                "customer.unknown",
                "customer.merged",
                "row.stale",
                "access.branch",
                "reason.missing",
                *transferring.REFUSALS,
            ),
        )
    )
    def post(self, call: Call) -> Answer:
        """What was done, or the change request that waits."""
        data = call.data
        to = {"org": data.get("org") or "", "manager": data.get("manager") or ""}
        done = transferring.ask(call.actor, data["customers"], **to, reason=data["change_reason"], at=call.at)
        return answered(call, done, _transferred)


def _transferred(done: Transferred) -> Answer:
    return Answer({"customers": done.customers, "org": done.org, "manager": done.manager})
