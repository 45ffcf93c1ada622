"""Relations over REST: from both ends, as a graph, and the beneficial owners."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.selectors.relations import DEEPEST, graph, owners, relations
from mdm.errors import Text
from mdm.rest.fields import Fields, Whole
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "relations"
_SHARE: dict[str, Any] = {"allow_null": True, "help_text": _("Per cent, two decimals.")}


class RelationFields(Fields):
    """A relation as it reads from the customer's side."""

    id = serializers.IntegerField()
    direction = serializers.ChoiceField(choices=["OUT", "IN"], help_text=_("OUT: told by this customer."))
    kind = serializers.CharField()
    label_ = serializers.CharField()
    other_no = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True, help_text=_("Masked for the caller."))
    ownership_pct = serializers.CharField(**_SHARE)
    voting_pct = serializers.CharField(**_SHARE)
    income_pct = serializers.CharField(**_SHARE)
    begun_on = serializers.CharField(allow_null=True)


class RelationsFields(Fields):
    """All relations of a customer."""

    relations = RelationFields(many=True)


class NodeFields(Fields):
    """Somebody in the graph."""

    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    customer_no = serializers.CharField(allow_blank=True)
    centre = serializers.BooleanField()


class EdgeFields(Fields):
    """A relation in the graph."""

    id = serializers.IntegerField()
    from_ = serializers.CharField()
    to = serializers.CharField()
    kind = serializers.CharField()
    label_ = serializers.CharField()
    ownership_pct = serializers.CharField(**_SHARE)
    voting_pct = serializers.CharField(**_SHARE)
    income_pct = serializers.CharField(**_SHARE)


class GraphFields(Fields):
    """The customers and others around one."""

    nodes = NodeFields(many=True)
    edges = EdgeFields(many=True)
    complete = serializers.BooleanField(help_text=_("False where something lies outside your branches."))


class DepthFields(Fields):
    """How far the graph reaches."""

    depth = Whole(required=False, min_value=1, max_value=DEEPEST, default=2)


class OwnerFields(Fields):
    """A beneficial owner."""

    customer_no = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    criterion = serializers.CharField(help_text=_("EQUITY, RIGHTS, CONTROL or IN_CHARGE."))
    reason = serializers.CharField()
    equity = serializers.CharField()
    voting = serializers.CharField()
    income = serializers.CharField()
    chains = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))


class OwnersFields(Fields):
    """Who owns a customer in the end."""

    owners = OwnerFields(many=True)
    cycles = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))
    complete = serializers.BooleanField(help_text=_("False where something lies outside your branches."))


def _operation(name: str, summary: Text, answer: type[Fields], **more: Any) -> Operation:
    return Operation(
        scope="customer.view",
        name=name,
        summary=summary,
        description=_("Masked for the caller; relations in force today."),
        tag=TAG,
        answer=answer,
        refusals=("customer.unknown",),
        **more,
    )


class RelationsView(ApiView):
    """`/customers/{number}/related`."""

    @operation(_operation("customers_related", _("Relations from both ends"), RelationsFields))
    def get(self, call: Call, number: str) -> Answer:
        """The relations."""
        return Answer({"relations": relations(call.actor, number, at=call.at)})


class GraphView(ApiView):
    """`/customers/{number}/graph`."""

    @operation(
        _operation("customers_graph", _("The graph around a customer"), GraphFields, query=DepthFields)
    )
    def get(self, call: Call, number: str) -> Answer:
        """The graph."""
        return Answer(graph(call.actor, number, at=call.at, depth=call.query.get("depth", 2)))


class OwnersView(ApiView):
    """`/customers/{number}/beneficial-owners`."""

    @operation(_operation("customers_owners", _("Beneficial owners through chains"), OwnersFields))
    def get(self, call: Call, number: str) -> Answer:
        """The owners."""
        return Answer(owners(call.actor, number, at=call.at))
