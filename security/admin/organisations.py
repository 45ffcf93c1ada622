"""The branches: to look at."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.lists import Cell, Column, ListQuery
from mdm.paging import Page, newest_first
from security.access.actor import Actor
from security.models import Organisation
from security.selectors.accounts import visible_branches


@admin.register(Organisation)
class OrganisationAdmin(ReadOnlyAdmin[Organisation]):
    """Branches, newest first."""

    view_right = "user.manage"
    columns = (
        Column(_("Branch code"), lambda row: Cell(row.code, "mono")),
        Column(_("Chinese name"), lambda row: Cell(row.name_zh)),
        Column(_("English name"), lambda row: Cell(row.name_en)),
        Column(_("Above"), lambda row: Cell(row.parent or "—")),
        Column(_("Level"), lambda row: Cell(len(row.path), "num"), "num"),
        Column(
            _("State"),
            lambda row: Cell(
                _("in operation") if row.active else _("closed down"), "tag", "ok" if row.active else ""
            ),
        ),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        after = int(query.after) if query.after.isdigit() and len(query.after) < 10 else None
        return newest_first(visible_branches(actor), after, query.size)


menu.add(
    menu.Item(
        "control", _("Branches"), "admin:security_organisation_changelist", "branch", "user.manage", order=50
    )
)
