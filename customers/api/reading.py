"""Finding customers and reading all of one: search, panorama, history."""

from dataclasses import asdict

from django.utils.translation import gettext_lazy as _

from customers.api.examples import BY_DOCUMENT, BY_NAME
from customers.api.fields import HistoryFilterFields, SearchFields, SearchResultFields
from customers.api.panorama_fields import (
    ChangeFields,
    PanoramaFields,
    ProvenanceFields,
    ProvenanceQueryFields,
)
from customers.rules.search_text import put_together
from customers.selectors.history import history
from customers.selectors.panorama import panorama_json
from customers.selectors.provenance import provenance
from customers.selectors.search import search
from mdm.rest import pages
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "customers"


class SearchView(ApiView):
    """`/customers:search`."""

    @operation(
        Operation(
            scope="customer.view",
            name="customers_search",
            summary=_("Search customers"),
            description=_("Recognises what was typed. The text is in the body so that it stands in no log."),
            tag=TAG,
            body=SearchFields,
            answer=SearchResultFields,
            refusals=("search.short",),
            examples=(BY_DOCUMENT, BY_NAME),
        )
    )
    def post(self, call: Call) -> Answer:
        """Who was found, and how the text was read."""
        text = put_together(call.data["text"], call.data.get("known", {}))
        found = search(call.actor, text, at=call.at, size=call.data["size"])
        read_as = [{"kind": reading.kind, "label": str(reading.label)} for reading in found.interpretations]
        hits = [asdict(hit) for hit in found.hits]
        return Answer({"interpretations": read_as, "hits": hits, "more": found.more})


class PanoramaView(ApiView):
    """`/customers/{number}/panorama`."""

    @operation(
        Operation(
            scope="customer.view",
            name="customers_panorama",
            summary=_("Everything known of a customer"),
            description=_("All subjects with the rows of every merged customer, masked for the caller."),
            tag=TAG,
            answer=PanoramaFields,
            refusals=("customer.unknown",),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The panorama."""
        return Answer(panorama_json(call.actor, number, at=call.at))


class ProvenanceView(ApiView):
    """`/customers/{number}/provenance`."""

    @operation(
        Operation(
            scope="customer.view",
            name="customers_provenance",
            summary=_("Where each value of a customer comes from"),
            description=_("All who tell it, the one that holds first and why; masked for the caller."),
            tag=TAG,
            query=ProvenanceQueryFields,
            answer=ProvenanceFields,
            refusals=("customer.unknown", "facet.unknown"),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """The rows, field by field."""
        return Answer(provenance(call.actor, number, call.query.get("facet", ""), at=call.at))


class HistoryView(ApiView):
    """`/customers/{number}/history`."""

    @operation(
        Operation(
            scope="customer.history",
            name="customers_history",
            summary=_("Who changed what of a customer"),
            description=_("Newest first, masked for the caller."),
            tag=TAG,
            query=HistoryFilterFields,
            answer=ChangeFields,
            paged=True,
            refusals=("customer.unknown",),
        )
    )
    def get(self, call: Call, number: str) -> Answer:
        """A page of changes."""
        found = history(
            call.actor,
            number,
            at=call.at,
            offset=pages.after(call) or 0,
            size=pages.page_size(call),
            filters={name: str(value) for name, value in call.query.items()},
        )
        return pages.page(call, found.rows, found.next)
