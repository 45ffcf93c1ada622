"""The roles and what each may do. They are data: a change is asked for here, and agreed to by somebody else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import ReasonForm
from mdm.backoffice.lists import Cell, Column, ListQuery
from mdm.errors import NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.access.roles import PERMISSIONS
from security.authentication.freshness import fresh
from security.models import Role
from security.selectors.accounts import roles
from security.services import role_changes

#: Form fields of what a role does not see and may not change.
_PATTERNS = ("hidden", "locked")
#: How much of a value the mask profiles leave.
PROFILES = {"standard": _("standard"), "strict": _("strict")}


def role_name(row: Role) -> str:
    """The role in the reader's language."""
    return row.name_zh if (get_language() or "").startswith("zh") else row.name_en


class PatternsField(forms.CharField):
    """Fields as `facet.field` or `facet.*`, with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """A stored list as text."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """The list."""
        return [part.strip() for part in str(super().clean(value)).split(",") if part.strip()]


class RoleForm(ReasonForm):
    """What a role holds."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=60)
    mask_profile = forms.ChoiceField(label=_("Masking"), choices=PROFILES.items())
    mfa_required = forms.BooleanField(label=_("Second factor required"), required=False)
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[(code, code) for code in PERMISSIONS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    hidden = PatternsField(
        label=_("Hidden fields"),
        required=False,
        max_length=2000,
        help_text=_("Such as phone.* or credential.number, with commas between them."),
    )
    locked = PatternsField(label=_("Locked fields"), required=False, max_length=2000)


class NewRoleForm(RoleForm):
    """A role that is not there yet."""

    code = forms.CharField(
        label=_("Role code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ("code", *RoleForm.base_fields)


@admin.register(Role)
class RoleAdmin(ServiceAdmin[Role]):
    """Roles, newest first."""

    view_right = add_right = change_right = "user.manage"
    add_label = _("New role")

    @property
    def columns(self) -> Sequence[Column[Role]]:  # type: ignore[override]
        return (
            Column(_("Role"), lambda row: Cell(role_name(row), url=self.url("change", row.pk), main=True)),
            Column(_("Role code"), lambda row: Cell(row.code, "mono")),
            Column(_("Masking"), lambda row: Cell(PROFILES.get(row.mask_profile, row.mask_profile))),
            Column(_("Rights"), lambda row: Cell(", ".join(row.permissions), "mono")),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return newest_first(roles(actor), query.after_id, query.size)

    @fresh(methods=("POST",))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        actor = actor_with(request, self.add_right)
        form = NewRoleForm(request.POST or None)

        def write(valid: forms.Form) -> tuple[str, str]:
            told = dict(valid.cleaned_data)
            return self._asked(actor, told.pop("code"), told)

        return self.answer(request, form, write, {"title": _("New role"), "crumbs": self._crumbs()})

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        actor = actor_with(request, self.change_right)
        row = roles(actor).filter(pk=number_in(object_id) or 0).first()
        if row is None:
            raise NotFound("role.unknown", _("There is no such role."))
        stands = role_changes.state_of(row)
        initial = {**stands, **{name: stands[f"{name}_fields"] for name in _PATTERNS}}
        form = RoleForm(request.POST or None, initial=initial)

        def write(valid: forms.Form) -> tuple[str, str]:
            return self._asked(actor, row.code, dict(valid.cleaned_data))

        apart = [(_("Role code"), row.code)]
        context = {"title": role_name(row), "crumbs": self._crumbs(), "apart": apart}
        return self.answer(request, form, write, context)

    def _asked(self, actor: Actor, code: str, told: dict[str, Any]) -> tuple[str, str]:
        reason = told.pop("reason")
        told |= {f"{name}_fields": told.pop(name) for name in _PATTERNS}
        done = role_changes.change(actor, code, told, reason=reason, at=timezone.now())
        return went(done, _("The role was saved."), self.url("changelist"))

    def _crumbs(self) -> list[dict[str, Any]]:
        return [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]


def actor_with(request: HttpRequest, right: str) -> Actor:
    """Who asks, who holds the right of the page."""
    actor = actor_of(request)
    actor.require(right)
    return actor


menu.add(menu.Item("control", _("Roles"), "admin:security_role_changelist", "role", "user.manage", order=40))
