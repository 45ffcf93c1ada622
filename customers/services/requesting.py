"""Changing rows through the doors: done at once, or asked for as the bank's rules want (`security.approvals`).

Each function is the use case of one button: its result is the row, or the request that waits. When a
request is approved, the engine calls the very functions of `customers.services.facets` that are called here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.selectors import requests
from customers.selectors.customer_rows import current_version
from customers.selectors.requests import ADD, CHANGE, END, plain, read
from customers.services import facets
from mdm.history.models import SubjectModel
from mdm.subjects import registry
from security.access.actor import Actor
from security.approvals.registry import Operation, narrow_by, register
from security.approvals.requests import Done, perform

Arguments = Mapping[str, Any]


def change(
    actor: Actor,
    facet: str,
    row_id: int,
    version: int,
    changes: dict[str, Any],
    *,
    reason: str,
    at: datetime,
    corrects: int | None = None,
) -> Done:
    """Change fields of a row, or ask for it. Raises what `facets.change` raises, Duplicate `approval.open`."""
    arguments = {"facet": facet, "row": row_id, "version": version, "changes": plain(changes)}
    return perform(
        actor,
        CHANGE,
        arguments,
        reason=reason,
        at=at,
        corrects=corrects,
        direct=lambda: facets.change(actor, facet, row_id, version, changes, reason=reason, at=at),
    )


def add(
    actor: Actor,
    number: str,
    facet: str,
    values: dict[str, Any],
    *,
    reason: str,
    at: datetime,
    corrects: int | None = None,
) -> Done:
    """Add a row to a customer, or ask for it."""
    return perform(
        actor,
        ADD,
        {"facet": facet, "customer": number, "values": plain(values)},
        reason=reason,
        at=at,
        corrects=corrects,
        direct=lambda: facets.add(actor, number, facet, values, reason=reason, at=at),
    )


def end(actor: Actor, facet: str, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """End a row, or ask for it."""
    arguments = {"facet": facet, "row": row_id, "version": version}
    return perform(
        actor,
        END,
        arguments,
        reason=reason,
        at=at,
        direct=lambda: facets.end(actor, facet, row_id, version, reason=reason, at=at),
    )


def do_change(actor: Actor, told: Arguments, reason: str, at: datetime) -> SubjectModel:
    """The change that a request asked for."""
    name = str(told["facet"])
    changes = read(registry.facet(name), told["changes"])
    return facets.change(actor, name, told["row"], told["version"], changes, reason=reason, at=at)


def do_add(actor: Actor, told: Arguments, reason: str, at: datetime) -> SubjectModel:
    """The addition that a request asked for."""
    name = str(told["facet"])
    values = read(registry.facet(name), told["values"])
    return facets.add(actor, told["customer"], name, values, reason=reason, at=at)


def do_end(actor: Actor, told: Arguments, reason: str, at: datetime) -> SubjectModel:
    """The end that a request asked for."""
    return facets.end(actor, told["facet"], told["row"], told["version"], reason=reason, at=at)


def on_what_stands(actor: Actor, told: Arguments) -> Arguments:
    """The same on the row's version of now."""
    if "row" not in told:
        return told
    return {**told, "version": current_version(actor, told["facet"], told["row"])}


def register_operations() -> None:
    """Tell the engine of approvals of these operations (`AppConfig.ready`)."""
    narrow_by(requests.visible_requests)
    for name, text, execute in (
        (CHANGE, _("Change of an entry"), do_change),
        (ADD, _("New entry"), do_add),
        (END, _("End of an entry"), do_end),
    ):
        register(
            Operation(
                name,
                text,
                "customer.change",
                execute,
                requests.show_row_request,
                rebase=on_what_stands,
                title=requests.row_request_title,
                fields=requests.field_labels,
            )
        )
