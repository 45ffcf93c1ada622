"""Rows of a facet under a customer: the same endpoints for every facet, made from the registry."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from django.urls import URLPattern, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.api.fields import EndFields, RowFilterFields
from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.customer import sight_on
from customers.selectors.customer_rows import current_version, require_row, row_of, rows_of
from customers.services import facets, requesting
from mdm.history.models import SubjectModel
from mdm.rest import pages
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.etags import telling_version
from mdm.rest.facets import (
    REASON,
    added_row_fields,
    changed_row_fields,
    path_part,
    plural,
    row_data,
    row_fields,
)
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from mdm.subjects import Facet, registry
from security.approvals.requests import Done

#: The reason of an added row where the caller names none (design section 5).
ADDED = "added"
_UNKNOWN = ("customer.unknown", "row.unknown")
_WRITES = ("customer.unknown", "customer.merged", "record.refused", "reason.missing", "since.ahead")


def of_app(label: str) -> list[str]:
    """The facets of one app whose rows are told and changed one by one: all but the customer itself."""
    mine = (facet for facet in registry.facets() if facet.model._meta.app_label == label and facet.told)
    return [facet.name for facet in mine if facet.name != "customer"]


def change_row(call: Call, facet: Facet, row_id: int) -> Done:
    """Change a row as a merge patch says, or ask for it; Stale tells the current ETag."""
    changes = dict(call.data)
    reason = changes.pop(REASON)
    told = (call.actor, facet.name, row_id, call.version, changes)
    with telling_current(call, facet, row_id):
        if prefers_refusal(call):
            return Done(facets.change(*told, reason=reason, at=call.at))
        return requesting.change(*told, reason=reason, at=call.at)


def end_row(call: Call, facet: Facet, row_id: int) -> Done:
    """End a row, or ask for it; Stale tells the current ETag."""
    reason, told = call.data[REASON], (call.actor, facet.name, row_id, call.version)
    with telling_current(call, facet, row_id):
        if prefers_refusal(call):
            return Done(facets.end(*told, reason=reason, at=call.at))
        return requesting.end(*told, reason=reason, at=call.at)


def add_row(call: Call, facet: Facet, number: str) -> Done:
    """Add a row, or ask for it."""
    values = {name: value for name, value in call.data.items() if value is not None}
    reason = values.pop(REASON, ADDED)
    told = (call.actor, number, facet.name, values)
    if prefers_refusal(call):
        return Done(facets.add(*told, reason=reason, at=call.at))
    return requesting.add(*told, reason=reason, at=call.at)


def telling_current(call: Call, facet: Facet, row_id: int) -> AbstractContextManager[None]:
    """A write to a row: where it is refused as Stale, the current ETag goes with the answer."""
    return telling_version(partial(current_version, call.actor, facet.name, row_id))


def owner_of(row: Any) -> int:
    """The customer that a row came with."""
    return int(row.pk if isinstance(row, Customer) else row.customer_id)


def row_answer(call: Call, facet: Facet, row: SubjectModel, location: str = "") -> Answer:
    """A row with its version."""
    sight = sight_on(call.actor, owner_of(row))
    return Answer(row_data(facet, row, sight), version=row.version, location=location)


class RowView(ApiView):
    """Endpoints about rows: a finding's place is the field, as the body holds one row."""

    def place(self, pointer: str) -> str:
        return "/" + pointer.rpartition("/")[2]


def row_routes(*names: str) -> list[URLPattern]:
    """The addresses of some facets' rows."""
    return [route for name in names for route in _routes(registry.facet(name))]


def _routes(facet: Facet) -> list[URLPattern]:
    rows = f"customers/<number:number>/{path_part(facet)}"
    found = [
        path(rows, list_view(facet).as_view()),
        path(f"{rows}/<row:row_id>", one_view(facet).as_view()),
    ]
    if facet.multiple and not facet.recorded:
        found.append(path(f"{rows}/<row:row_id>:end", end_view(facet).as_view()))
    return found


def _declared(facet: Facet, verb: str, summary: Any, **more: Any) -> Operation:
    """What the operations on a facet's rows have in common."""
    title = facet.model._meta.verbose_name_plural
    return Operation(
        name=f"{plural(facet)}_{verb}",
        summary=format_lazy("{title}: {verb}", title=title, verb=summary),
        tag=plural(facet),
        **more,
    )


def list_view(facet: Facet) -> type[ApiView]:
    """`/customers/{number}/phones`."""

    class FacetRowsView(RowView):
        """The rows of one facet."""

        @operation(_listing(facet))
        def get(self, call: Call, number: str) -> Answer:
            found = rows_of(
                call.actor,
                number,
                facet.name,
                at=call.at,
                after=pages.after(call),
                size=pages.page_size(call),
                ended=call.query.get("ended") == "true",
            )
            sight = sight_on(call.actor, customer_id(number) or 0)
            rows = [row_data(facet, row, sight) for row in found.rows]
            return pages.page(call, rows, found.next)

    return _adding_view(facet, FacetRowsView) if facet.told else FacetRowsView


def _listing(facet: Facet) -> Operation:
    return _declared(
        facet,
        "list",
        _("list a customer's entries"),
        scope="customer.view",
        query=RowFilterFields,
        answer=row_fields(facet),
        paged=True,
        refusals=("customer.unknown",),
    )


def _adding_view(facet: Facet, listing: type[RowView]) -> type[ApiView]:
    """The same with adding: another row, or the only one where it is missing."""
    adding = _declared(
        facet,
        "add",
        _("add an entry to a customer"),
        scope=facet.permission,
        body=added_row_fields(facet),
        answer=row_fields(facet),
        status=201,
        idempotent=True,
        versioned=True,
        may_wait=True,
        refusals=(*_WRITES, *(() if facet.multiple else ("row.exists", "row.not_of_kind"))),
    )

    class FacetRowsAddView(listing):  # type: ignore[valid-type, misc]
        """Listing and adding."""

        @operation(adding)
        def post(self, call: Call, number: str) -> Answer:
            def told(row: SubjectModel) -> Answer:
                return row_answer(call, facet, row, location=f"{call.request.path}/{row.pk}")

            return answered(call, add_row(call, facet, number), told)

    return FacetRowsAddView


def one_view(facet: Facet) -> type[ApiView]:
    """`/customers/{number}/phones/{row_id}`."""
    reading = _declared(
        facet,
        "read",
        _("read an entry"),
        scope="customer.view",
        answer=row_fields(facet),
        versioned=True,
        refusals=_UNKNOWN,
    )

    class FacetRowLookView(RowView):
        """One row to look at."""

        @operation(reading)
        def get(self, call: Call, number: str, row_id: int) -> Answer:
            return row_answer(call, facet, row_of(call.actor, number, facet.name, row_id, at=call.at))

    return FacetRowLookView if facet.recorded else _changing_view(facet, FacetRowLookView)


def _changing_view(facet: Facet, looking: type[RowView]) -> type[ApiView]:
    """The same where a row may be changed."""
    changing = _declared(
        facet,
        "change",
        _("change an entry"),
        scope=facet.permission,
        body=changed_row_fields(facet),
        answer=row_fields(facet),
        conditional=True,
        versioned=True,
        may_wait=True,
        refusals=(*_WRITES, "row.unknown", "row.stale", "row.ended"),
    )

    class FacetRowView(looking):  # type: ignore[valid-type, misc]
        """One row."""

        @operation(changing)
        def patch(self, call: Call, number: str, row_id: int) -> Answer:
            require_row(call.actor, number, facet.name, row_id)
            done = change_row(call, facet, row_id)
            return answered(call, done, lambda row: row_answer(call, facet, row))

    return FacetRowView


def end_view(facet: Facet) -> type[ApiView]:
    """`/customers/{number}/phones/{row_id}:end`."""
    ending = _declared(
        facet,
        "end",
        _("end an entry"),
        scope=facet.permission,
        body=EndFields,
        answer=row_fields(facet),
        conditional=True,
        versioned=True,
        may_wait=True,
        refusals=(*_WRITES, "row.unknown", "row.stale", "row.ended", "row.not_endable"),
    )

    class FacetRowEndView(RowView):
        """Ending one row."""

        @operation(ending)
        def post(self, call: Call, number: str, row_id: int) -> Answer:
            require_row(call.actor, number, facet.name, row_id)
            done = end_row(call, facet, row_id)
            return answered(call, done, lambda row: row_answer(call, facet, row))

    return FacetRowEndView
