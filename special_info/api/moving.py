"""Moving a record of special information over REST: one endpoint an operation, all of the same shape."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.api.rows import RowView, row_answer
from customers.selectors.customer_rows import require_row
from mdm.errors import Text
from mdm.history.models import SubjectModel
from mdm.rest.approvals import answered
from mdm.rest.facets import path_part, plural, row_fields
from mdm.rest.fields import Fields
from mdm.rest.fields import Text as TextField
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.subjects import Facet, registry
from security.approvals.requests import Done
from special_info.services.moving import Kind

REFUSALS = ("customer.unknown", "customer.merged", "row.unknown", "row.stale", "row.ended", "reason.missing")


#: What does an operation on one record: (actor, row id, version, further arguments, reason, at).
Service = Callable[..., SubjectModel | Done]


class MoveFields(Fields):
    """Why; kept in the history."""

    change_reason = TextField(max_length=200, help_text=_("Why; kept in the history."))


def move_route(
    kind: Kind,
    name: str,
    summary: Text,
    service: Service,
    *,
    may_wait: bool = False,
    refusals: tuple[str, ...] = (),
    body: type[Fields] = MoveFields,
    more: Callable[[dict[str, Any]], dict[str, Any]] = lambda _data: {},
) -> URLPattern:
    """`/customers/{number}/{records}/{row_id}:{name}`. `more` gives further arguments of the service from the body."""
    facet = registry.facet(kind.facet)
    declared = Operation(
        name=f"{plural(facet)}_{name.replace('-', '_')}",
        summary=format_lazy("{title}: {verb}", title=facet.model._meta.verbose_name_plural, verb=summary),
        tag=plural(facet),
        scope=kind.right,
        body=body,
        answer=row_fields(facet),
        conditional=True,
        versioned=True,
        may_wait=may_wait,
        refusals=(*REFUSALS, "state.refused", *refusals),
    )
    view = _view(facet, declared, service, more)
    return path(f"customers/<number:number>/{path_part(facet)}/<row:row_id>:{name}", view.as_view())


def _view(
    facet: Facet,
    declared: Operation,
    service: Service,
    more: Callable[[dict[str, Any]], dict[str, Any]],
) -> type[RowView]:
    class MoveView(RowView):
        """One operation on one record."""

        @operation(declared)
        def post(self, call: Call, number: str, row_id: int) -> Answer:
            """The record as it stands now, or the change request that waits."""
            require_row(call.actor, number, facet.name, row_id)
            told = dict(call.data)
            reason = told.pop("change_reason")
            done = service(call.actor, row_id, call.version, reason=reason, at=call.at, **more(told))
            if not isinstance(done, Done):
                done = Done(done)
            return answered(call, done, lambda row: row_answer(call, facet, row))

    return MoveView
