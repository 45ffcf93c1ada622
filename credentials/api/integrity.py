"""The integrity of customers' data over REST: one customer now, a population as a run, the figures of the last."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from credentials.selectors import integrity
from credentials.services.integrity import order
from credentials.services.population import MOST, RIGHT, Population
from mdm.rest import pages
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "integrity"


class AmlElementFields(Fields):
    """One element that anti-money-laundering rules ask for."""

    code = serializers.CharField()
    label_ = serializers.CharField()
    state = serializers.CharField(help_text=_("OK, MISSING or EXPIRED."))


class IntegrityFoundFields(Fields):
    """One thing that is not as it should be; names the place, never the value."""

    kind = serializers.CharField(help_text=_("MISSING, INVALID, INCONSISTENT, UNVERIFIED or EXPIRED."))
    facet = serializers.CharField()
    field = serializers.CharField()
    code = serializers.CharField(help_text=_("The rule that found it."))
    text = serializers.CharField()


class IntegrityReportFields(Fields):
    """The report of one customer."""

    customer_no = serializers.CharField()
    business_date = serializers.DateField()
    score = serializers.IntegerField(help_text=_("100 where nothing was found."))
    elements = AmlElementFields(many=True)
    found = IntegrityFoundFields(many=True)


class IntegrityQueryFields(Fields):
    """What figures are narrowed to."""

    org = Text(required=False, max_length=20)
    kind = Text(required=False, max_length=12, help_text=_("Customers with findings of this kind."))
    run = serializers.IntegerField(required=False, min_value=1, help_text=_("Whom this run checked last."))


class IntegrityFiguresFields(Fields):
    """The figures of one customer's last check."""

    customer_no = serializers.CharField()
    display_name = serializers.CharField()
    org = serializers.CharField()
    score = serializers.IntegerField()
    elements = serializers.IntegerField(help_text=_("Elements in order."))
    missing = serializers.IntegerField()
    invalid = serializers.IntegerField()
    inconsistent = serializers.IntegerField()
    unverified = serializers.IntegerField()
    expired = serializers.IntegerField()
    checked_at = serializers.DateTimeField()


class IntegrityOrderFields(Fields):
    """Whom a run checks."""

    org = Text(
        required=False, max_length=20, help_text=_("A branch with those below it; all of yours unless told.")
    )
    view = serializers.IntegerField(
        required=False, min_value=1, help_text=_("A saved view of the customer list: whom it shows.")
    )
    customers = serializers.ListField(
        child=Text(max_length=20), required=False, max_length=MOST, help_text=_("Numbers of customers.")
    )


class IntegrityOrderedFields(Fields):
    """A run that a worker does."""

    run = serializers.IntegerField()
    state = serializers.CharField()


class CustomerIntegrityView(ApiView):
    """`/customers/{number}/integrity`."""

    @operation(
        Operation(
            scope="customer.view",
            name="customers_integrity",
            summary=_("Check the data of a customer now"),
            tag=TAG,
            answer=IntegrityReportFields,
            refusals=("customer.unknown",),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The report."""
        told = integrity.check(call.actor, number, at=call.at)
        return Answer(
            {
                "customer_no": told.head["customer_no"],
                "business_date": told.day,
                "score": told.report.score,
                "elements": [
                    {"code": one.code, "label": str(one.label), "state": one.state}
                    for one in told.report.elements
                ],
                "found": [_found(one) for one in told.report.found],
            }
        )


def _found(one: Any) -> dict[str, str]:
    return {"kind": one.kind, "facet": one.facet, "field": one.field, "code": one.code, "text": str(one.text)}


class IntegrityChecksView(ApiView):
    """`/integrity-checks`."""

    @operation(
        Operation(
            scope="customer.view",
            name="integrity_checks_list",
            summary=_("Figures of the last checks, worst first"),
            tag=TAG,
            query=IntegrityQueryFields,
            answer=IntegrityFiguresFields,
            paged=True,
            refusals=("filter.unknown",),
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of customers."""
        found = integrity.results(
            call.actor,
            at=call.at,
            org=call.query.get("org") or "",
            kind=call.query.get("kind") or "",
            run=call.query.get("run"),
            after=pages.after(call) or "",
            size=pages.page_size(call),
        )
        names = [str(name) for name in IntegrityFiguresFields().fields]
        return pages.page(call, [{name: row[name] for name in names} for row in found.rows], found.next)

    @operation(
        Operation(
            scope=RIGHT,
            name="integrity_checks_order",
            summary=_("Check the data of a population: a branch, a saved view, some customers, or all"),
            tag=TAG,
            body=IntegrityOrderFields,
            answer=IntegrityOrderedFields,
            status=202,
            idempotent=True,
            refusals=("integrity.branch", "integrity.view", "integrity.customer"),
        )
    )
    def post(self, call: Call) -> Answer:
        """The run; one that is under way already answers for the same population and day."""
        numbers = [number.upper() for number in call.data.get("customers") or ()]
        wanted = Population(call.data.get("org") or "", call.data.get("view"), numbers)
        run = order(call.actor, wanted, at=call.at)
        return Answer({"run": run.pk, "state": run.state})
