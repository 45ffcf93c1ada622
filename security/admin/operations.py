"""The operation log: who did what, where, why. To look at only."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu, objects
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.backoffice.pages import open_page
from mdm.codes import get as code_list
from mdm.paging import Page
from security.access.actor import Actor
from security.audit.log import DONE
from security.models import OperationLog
from security.selectors.operations import list_operations


def _details(row: OperationLog) -> Cell:
    """What was touched, field names and counts, as short text."""
    number = "" if row.object_id is None else str(row.object_id)
    about = f"{row.subject} {number}".strip()
    said = [f"{name}: {_flat(value)}" for name, value in row.fields.items() if value not in ("", None, [])]
    return Cell("; ".join(filter(None, [about, *said]))[:200] or "—", "mono")


def _flat(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _customer(row: OperationLog) -> Cell:
    """The customer an operation was about, by number."""
    if row.customer_id is None:
        return Cell("—")
    named = objects.naming("customer")
    return Cell(named.number(row.customer_id), "mono", url=named.url(row.customer_id))


def _result(row: OperationLog) -> Cell:
    """Done, or refused and why."""
    return Cell(row.result, "tag", "ok" if row.result == DONE else "bad", note=row.code)


@admin.register(OperationLog)
class OperationLogAdmin(ReadOnlyAdmin[OperationLog]):
    """Append-only: there is no page that could change it."""

    view_right = "audit.view"
    lead = _("What was done at your branches, reads included. Values are never in here.")
    filters = (
        Filter("actor", _("Who"), kind="text"),
        Filter("branch", _("Branch"), kind="text"),
        Filter("customer", _("Customer number"), kind="text"),
        Filter("action", _("Action"), kind="text"),
        Filter("kind", _("Kind"), choices=lambda: [("seen", _("customer shown to somebody"))]),
        Filter("channel", _("Door"), choices=lambda: code_list("channel").choices()),
        Filter("since", _("From"), kind="date"),
        Filter("until", _("To"), kind="date"),
        Filter("result", _("Result"), choices=lambda: [("refused", _("refused"))]),
    )
    columns = (
        Column(_("Time"), lambda row: Cell(row.at, "time")),
        Column(_("Who"), lambda row: Cell(row.actor, note=row.address or "")),
        Column(_("Branch"), lambda row: Cell(row.org_code or "—")),
        Column(_("Action"), lambda row: Cell(row.action, "mono", note=row.request_id[:8])),
        Column(_("Customer"), _customer),
        Column(_("Details"), _details),
        Column(_("Reason"), lambda row: Cell(row.reason or "—")),
        Column(_("Door"), lambda row: Cell(code_list("channel").label(row.channel))),
        Column(_("Result"), _result),
    )

    def export_url(self, actor: Actor, query: ListQuery) -> str:
        """The page that asks why; it belongs to the app that knows customers' numbers."""
        page = open_page("log_export_new", actor, "operations")
        return page + query.url(size="") if page else ""

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        wanted = dict(query.filters)
        if "customer" in wanted:
            wanted["customer"] = str(objects.naming("customer").id_of(wanted["customer"]) or 0)
        found = list_operations(actor, at=at, after=query.after, size=query.size, filters=wanted)
        return Page(list(found.rows), found.next or None)  # type: ignore[arg-type]  # this cursor is a text


menu.add(
    menu.Item(
        "control", _("Operation log"), "admin:security_operationlog_changelist", "log", "audit.view", order=10
    )
)
