"""The roles and what each may do: to look at."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.lists import Cell, Column, ListQuery
from mdm.paging import Page, newest_first
from security.access.actor import Actor
from security.models import Role
from security.selectors.accounts import roles

#: How much of a value the mask profiles leave.
PROFILES = {"standard": _("standard"), "strict": _("strict")}


def role_name(row: Role) -> str:
    """The role in the reader's language."""
    return row.name_zh if (get_language() or "").startswith("zh") else row.name_en


@admin.register(Role)
class RoleAdmin(ReadOnlyAdmin[Role]):
    """Roles, newest first."""

    view_right = "user.manage"
    columns = (
        Column(_("Role"), lambda row: Cell(role_name(row))),
        Column(_("Role code"), lambda row: Cell(row.code, "mono")),
        Column(_("Masking"), lambda row: Cell(PROFILES.get(row.mask_profile, row.mask_profile))),
        Column(_("Rights"), lambda row: Cell(", ".join(row.permissions), "mono")),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        after = int(query.after) if query.after.isdigit() and len(query.after) < 10 else None
        return newest_first(roles(actor), after, query.size)


menu.add(menu.Item("control", _("Roles"), "admin:security_role_changelist", "role", "user.manage", order=40))
