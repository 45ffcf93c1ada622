"""`/subscriptions` and `/notifications`: watching customers, and asking now and then what happened to them."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import OF_CUSTOMERS, BranchSubscription, NoticeKind, Subscription
from customers.rules.number import customer_no
from customers.selectors.branch_notices import branch_subscriptions, everything_told
from customers.selectors.customer import VIEW
from customers.selectors.notices import list_subscriptions
from customers.services import subscribing
from customers.services.branch_subscribing import read_notices, subscribe_branch, unsubscribe_branch
from mdm.rest import pages
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "customers"


class SubscriptionFields(Fields):
    """A customer that the caller watches."""

    id = serializers.IntegerField()
    customer_no = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(OF_CUSTOMERS))
    created_at = serializers.DateTimeField()


class SubscribeFields(Fields):
    """Whom to watch, and what to be told of."""

    customer_no = Text(max_length=20)
    kinds = serializers.ListField(child=serializers.ChoiceField(OF_CUSTOMERS), min_length=1)


class BranchSubscriptionFields(Fields):
    """A branch that the caller watches."""

    id = serializers.IntegerField()
    branch = serializers.CharField(help_text=_("Branch code; everything below it is watched too."))
    kinds = serializers.ListField(child=serializers.ChoiceField(NoticeKind.values))
    read_until = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class SubscribeBranchFields(Fields):
    """Which branch to watch, and what to be told of."""

    branch = Text(max_length=20)
    kinds = serializers.ListField(child=serializers.ChoiceField(NoticeKind.values), min_length=1)


class NoticeFields(Fields):
    """One thing that happened; no value is told."""

    key = serializers.CharField(help_text=_("Names it when it is marked as read."))
    customer_no = serializers.CharField()
    kind = serializers.ChoiceField(NoticeKind.values)
    facet = serializers.CharField()
    facet_label = serializers.CharField()
    branch = serializers.CharField(
        allow_blank=True,
        help_text=_("Code of the branch that you watch; empty for a customer that you watch."),
    )
    at = serializers.DateTimeField()
    unread = serializers.BooleanField()


class ReadFields(Fields):
    """Which notices were read."""

    keys = serializers.ListField(
        child=Text(max_length=120),
        max_length=500,
        help_text=_("The key of a branch's notice stands for all of this branch that came before it."),
    )


class ReadCountFields(Fields):
    """How many of them were unread; all that came before a notice of a branch count as one."""

    read = serializers.IntegerField()


class SubscriptionsView(ApiView):
    """`/subscriptions`."""

    @operation(
        Operation(
            scope=VIEW,
            name="subscriptions_list",
            summary=_("List the customers that you watch"),
            tag=TAG,
            answer=SubscriptionFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The caller's subscriptions of whom it may see, on one page."""
        return pages.page(call, [_told(one) for one in list_subscriptions(call.actor, at=call.at)], None)

    @operation(
        Operation(
            scope=VIEW,
            name="subscriptions_create",
            summary=_("Watch a customer"),
            description=_("A second time changes what you are told of."),
            tag=TAG,
            body=SubscribeFields,
            answer=SubscriptionFields,
            status=201,
            idempotent=True,
            refusals=("customer.unknown", "subscription.kinds", "subscription.many"),
        )
    )
    def post(self, call: Call) -> Answer:
        """The subscription."""
        told = call.data
        return Answer(
            _told(subscribing.subscribe(call.actor, told["customer_no"], told["kinds"], at=call.at))
        )


class SubscriptionEndView(ApiView):
    """`/subscriptions/{id}:end`."""

    @operation(
        Operation(
            scope=VIEW,
            name="subscriptions_end",
            summary=_("Stop watching a customer"),
            tag=TAG,
            answer=SubscriptionFields,
            idempotent=True,
            refusals=("subscription.unknown",),
        )
    )
    def post(self, call: Call, row_id: int) -> Answer:
        """The subscription as it was."""
        return Answer(_told(subscribing.unsubscribe(call.actor, row_id, at=call.at)))


class BranchSubscriptionsView(ApiView):
    """`/branch-subscriptions`."""

    @operation(
        Operation(
            scope=VIEW,
            name="branch_subscriptions_list",
            summary=_("List the branches that you watch"),
            tag=TAG,
            answer=BranchSubscriptionFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The caller's subscriptions to branches at which it sees customers, on one page."""
        return pages.page(call, [_of_branch(one) for one in branch_subscriptions(call.actor)], None)

    @operation(
        Operation(
            scope=VIEW,
            name="branch_subscriptions_create",
            summary=_("Watch a branch"),
            description=_(
                "You are told of all its customers that you may see at the moment you ask. A second time changes "
                "what you are told of."
            ),
            tag=TAG,
            body=SubscribeBranchFields,
            answer=BranchSubscriptionFields,
            status=201,
            idempotent=True,
            refusals=("subscription.branch", "subscription.kinds", "subscription.many"),
        )
    )
    def post(self, call: Call) -> Answer:
        """The subscription."""
        told = call.data
        return Answer(_of_branch(subscribe_branch(call.actor, told["branch"], told["kinds"], at=call.at)))


class BranchSubscriptionEndView(ApiView):
    """`/branch-subscriptions/{id}:end`."""

    @operation(
        Operation(
            scope=VIEW,
            name="branch_subscriptions_end",
            summary=_("Stop watching a branch"),
            tag=TAG,
            answer=BranchSubscriptionFields,
            idempotent=True,
            refusals=("subscription.unknown",),
        )
    )
    def post(self, call: Call, row_id: int) -> Answer:
        """The subscription as it was."""
        return Answer(_of_branch(unsubscribe_branch(call.actor, row_id, at=call.at)))


class NoticesView(ApiView):
    """`/notifications`."""

    @operation(
        Operation(
            scope=VIEW,
            name="notifications_list",
            summary=_("What happened to the customers that you watch"),
            description=_("For thirty days, newest first, on one page; of whom you may see now."),
            tag=TAG,
            answer=NoticeFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The notices."""
        return pages.page(call, [asdict(one) for one in everything_told(call.actor, at=call.at)], None)


class NoticesReadView(ApiView):
    """`/notifications:read`."""

    @operation(
        Operation(
            scope=VIEW,
            name="notifications_read",
            summary=_("Mark notices as read"),
            tag=TAG,
            body=ReadFields,
            answer=ReadCountFields,
            idempotent=True,
        )
    )
    def post(self, call: Call) -> Answer:
        """How many were unread."""
        return Answer({"read": read_notices(call.actor, call.data["keys"], at=call.at)})


def _told(held: Subscription) -> dict[str, Any]:
    return {
        "id": held.pk,
        "customer_no": customer_no(held.customer_id),
        "kinds": held.kinds,
        "created_at": held.created_at,
    }


def _of_branch(held: BranchSubscription) -> dict[str, Any]:
    return {
        "id": held.pk,
        "branch": held.org.code,
        "kinds": held.kinds,
        "read_until": held.read_until,
        "created_at": held.created_at,
    }
