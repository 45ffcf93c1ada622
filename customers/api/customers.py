"""`/customers`: create, list, read, change."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.api.examples import COMPANY, PERSON
from customers.api.fields import (
    CustomerFilterFields,
    MatchCheckFields,
    OnboardedFields,
    bundle_fields,
    customer_fields,
)
from customers.api.rows import change_row
from customers.api.shapes import customer_data, onboarded_data, suspect_data
from customers.rules.number import customer_id
from customers.selectors.customer import get, list_customers
from customers.selectors.customer_rows import require_row
from customers.services import onboarding
from mdm.rest import pages
from mdm.rest.approvals import answered
from mdm.rest.authentication import client_of
from mdm.rest.facets import changed_row_fields, told_place, told_rows
from mdm.rest.operations import Answer, Call, Data, Operation, operation
from mdm.rest.views import ApiView
from mdm.subjects import Bundle, registry
from security.access.client import client_sources, require_source

TAG = "customers"


def bundle_of(call: Call) -> Bundle:
    """The source record that a body tells; NotAllowed where the caller may not write as that source."""
    return told_bundle(call.data, source_of(call, call.data.get("source_system", "")))


def source_of(call: Call, told: str) -> str:
    """The source system as which the caller writes, its own id unless told; NotAllowed where it may not."""
    source = told or call.actor.name
    require_source(source, client_sources(client_of(call.request)))
    return source


def told_bundle(data: Data, source: str) -> Bundle:
    """The source record that a read body tells."""
    return Bundle(source, data["source_key"], data["party_type"], told_rows(registry.facets(), data))


class BundleView(ApiView):
    """Endpoints that read a bundle: places of findings are places in the body."""

    def place(self, pointer: str) -> str:
        return told_place(registry.facets(), pointer)


class CustomersView(BundleView):
    """`/customers`."""

    @operation(
        Operation(
            scope="customer.view",
            name="customers_list",
            summary=_("List customers"),
            description=_("Customers of your branches, newest first, without those merged into others."),
            tag=TAG,
            query=CustomerFilterFields,
            answer=customer_fields(),
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of customers."""
        found = list_customers(
            call.actor, at=call.at, after=pages.after(call), size=pages.page_size(call), filters=call.query
        )
        rows = [customer_data(customer, call.actor.sight(customer)) for customer in found.rows]
        return pages.page(call, rows, found.next)

    @operation(
        Operation(
            scope="customer.create",
            name="customers_create",
            summary=_("Create a customer"),
            description=_(
                "Screens the record, looks for customers that may be the same one, and saves it. "
                "The same source record again, unchanged, is recognised and answered with 200."
            ),
            tag=TAG,
            body=bundle_fields(),
            answer=OnboardedFields,
            status=201,
            also=(200,),
            idempotent=True,
            refusals=(
                "access.branch",
                "access.source",
                "customer.exists",
                "customer.erased",
                "record.refused",
                "other.unknown",
            ),
            examples=(PERSON, COMPANY),
        )
    )
    def post(self, call: Call) -> Answer:
        """What became of it."""
        reason = call.data.get("change_reason", "")
        made = onboarding.create(call.actor, bundle_of(call), at=call.at, reason=reason)
        known = made.outcome == onboarding.EXISTING
        location = f"{call.request.path}/{made.customer_no}"
        return Answer(onboarded_data(made), status=200 if known else 201, location=location)


class MatchCheckView(BundleView):
    """`/customers:match-check`."""

    @operation(
        Operation(
            scope="customer.create",
            name="customers_match_check",
            summary=_("Look for the same customer before creating one"),
            description=_("Nothing is saved."),
            tag=TAG,
            body=bundle_fields(),
            answer=MatchCheckFields,
            refusals=("access.source",),
            examples=(PERSON,),
        )
    )
    def post(self, call: Call) -> Answer:
        """Who may be the one at hand."""
        found = onboarding.match_check(call.actor, bundle_of(call), at=call.at)
        return Answer({"suspects": [suspect_data(suspect) for suspect in found]})


class CustomerView(ApiView):
    """`/customers/{number}`."""

    def place(self, pointer: str) -> str:
        return "/" + pointer.rpartition("/")[2]

    @operation(
        Operation(
            scope="customer.view",
            name="customers_read",
            summary=_("Read a customer"),
            description=_("A merged number is answered with the customer it was merged into."),
            tag=TAG,
            answer=customer_fields(),
            versioned=True,
            refusals=("customer.unknown",),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The customer's own row."""
        view = get(call.actor, number, at=call.at)
        data = customer_data(view.customer, call.actor.sight(view.customer), view.redirected_from)
        return Answer(data, version=view.customer.version)

    @operation(
        Operation(
            scope="customer.change",
            name="customers_change",
            summary=_("Change a customer"),
            description=_("JSON Merge Patch: what is left out stays, null empties."),
            tag=TAG,
            body=changed_row_fields(registry.facet("customer")),
            answer=customer_fields(),
            conditional=True,
            versioned=True,
            may_wait=True,
            refusals=("customer.unknown", "customer.merged", "row.stale", "record.refused", "reason.missing"),
        )
    )
    def patch(self, call: Call, number: str) -> Answer:
        """The customer's own row as it is now."""
        row_id = customer_id(number) or 0
        require_row(call.actor, number, "customer", row_id)
        return answered(call, change_row(call, registry.facet("customer"), row_id), self._told(call))

    def _told(self, call: Call) -> Callable[[Any], Answer]:
        return lambda row: Answer(customer_data(row, call.actor.sight(row)), version=row.version)
