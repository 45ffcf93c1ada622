"""Work lists and figures of special information over REST."""

from dataclasses import asdict
from typing import Any

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest import pages
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from special_info.selectors.undeclared import WHY, undeclared
from special_info.selectors.worklists import counts, statistics, worklist

TAG = "special_information"


class ListFields(Fields):
    """Which list."""

    list_ = Text(max_length=20, help_text=_("due, overdue, waiting and so on; the figures name them all."))


class ListedRecordFields(Fields):
    """A record that waits for something."""

    id = serializers.IntegerField()
    customer_no = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True, help_text=_("Masked for the caller."))
    updated_at = serializers.DateTimeField()


class UndeclaredFilterFields(Fields):
    """Which customers to ask."""

    why = serializers.ChoiceField(list(WHY), required=False, help_text=_("Why they are to be asked."))
    party_type = Text(required=False, max_length=20, help_text=_("Kind of customer."))
    org = Text(required=False, max_length=20, help_text=_("Branch code."))


class UndeclaredFields(Fields):
    """A customer who is to be asked for a self-certification."""

    customer_no = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True, help_text=_("Masked for the caller."))
    party_type = serializers.CharField()
    org = serializers.CharField()
    opened_on = serializers.DateField(allow_null=True)
    why = serializers.ChoiceField(list(WHY), help_text=_("Why they are to be asked."))
    due = serializers.DateField(allow_null=True, help_text=_("Until when to declare anew."))
    record = serializers.IntegerField(
        allow_null=True, help_text=_("The declaration that is on its way, if one is.")
    )


class SpecialFigureFields(Fields):
    """How many records have a code."""

    field_ = serializers.CharField()
    value = serializers.CharField()
    count = serializers.IntegerField()


class SpecialStatisticsFields(Fields):
    """What there is of a kind."""

    total = serializers.IntegerField()
    figures = SpecialFigureFields(many=True)
    branches = serializers.DictField(child=serializers.IntegerField(), help_text=_("Branch to count."))
    lists = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("Work list to count; undeclared at most 10,000.")
    )


class WorkListView(ApiView):
    """`/special-information/{kind}/work-list`."""

    @operation(
        Operation(
            scope="customer.view",
            name="special_information_work_list",
            summary=_("What waits in special information"),
            tag=TAG,
            query=ListFields,
            answer=ListedRecordFields,
            paged=True,
            refusals=("worklist.unknown",),
        )
    )
    def get(self, call: Call, kind: str) -> Answer:
        """A page of a list, newest first."""
        after, size = pages.after(call), pages.page_size(call)
        found = worklist(call.actor, kind, call.query["list"], at=call.at, after=after, size=size)
        names = ("id", "customer_no", "display_name", "updated_at")
        rows = [{name: getattr(one, name) for name in names} for one in found.rows]
        return pages.page(call, rows, found.next)


class StatisticsView(ApiView):
    """`/special-information/{kind}/statistics`."""

    @operation(
        Operation(
            scope="customer.view",
            name="special_information_statistics",
            summary=_("Figures of special information"),
            tag=TAG,
            answer=SpecialStatisticsFields,
            refusals=("worklist.unknown",),
        )
    )
    def get(self, call: Call, kind: str) -> Answer:
        """The figures of the caller's branches."""
        told = statistics(call.actor, kind, at=call.at)
        figures: list[dict[str, Any]] = [
            {"field": one.field, "value": one.value, "count": one.count} for one in told.figures
        ]
        lists = counts(call.actor, kind, at=call.at)
        return Answer({"total": told.total, "figures": figures, "branches": told.branches, "lists": lists})


class UndeclaredView(ApiView):
    """`/special-information/tax/undeclared`."""

    @operation(
        Operation(
            scope="customer.view",
            name="special_information_undeclared",
            summary=_("Customers without a self-certification in force"),
            description=_(
                "Those who declared nothing, whose declaration is on its way, or whose clock runs."
            ),
            tag=TAG,
            query=UndeclaredFilterFields,
            answer=UndeclaredFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of customers, newest first."""
        filters = {name: str(value) for name, value in call.query.items()}
        after, size = pages.after(call), pages.page_size(call)
        found = undeclared(call.actor, at=call.at, after=after, size=size, filters=filters)
        return pages.page(call, [asdict(one) for one in found.rows], found.next)


urlpatterns = [
    path("special-information/tax/undeclared", UndeclaredView.as_view()),
    path("special-information/<slug:kind>/work-list", WorkListView.as_view()),
    path("special-information/<slug:kind>/statistics", StatisticsView.as_view()),
]
