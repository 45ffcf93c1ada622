"""The branches, and moving one in the tree: asked for here, and agreed to by somebody else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import went
from mdm.backoffice.branches import BranchField
from mdm.backoffice.forms import ReasonForm
from mdm.backoffice.lists import Cell, Column, ListQuery
from mdm.errors import NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.admin.roles import actor_with
from security.authentication.freshness import fresh
from security.models import Organisation
from security.selectors.accounts import visible_branches
from security.services import branch_moves


class MoveForm(ReasonForm):
    """Below which branch it lies from now on."""

    parent = BranchField(
        label=_("New place below"), help_text=_("Who sees the customers of the branch follows at once.")
    )


@admin.register(Organisation)
class OrganisationAdmin(ServiceAdmin[Organisation]):
    """Branches, newest first."""

    view_right = change_right = "user.manage"

    @property
    def columns(self) -> Sequence[Column[Organisation]]:  # type: ignore[override]
        def code(row: Organisation) -> Cell:
            return Cell(row.code, url=self.url("change", row.pk), main=True)

        return (Column(_("Branch code"), code), *_COLUMNS)

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return newest_first(visible_branches(actor), query.after_id, query.size)

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Moving the branch."""
        actor = actor_with(request, self.change_right)
        number = number_in(object_id) or 0
        org = visible_branches(actor).filter(pk=number).first()
        if org is None:
            raise NotFound("branch.unknown", _("There is no such branch."))

        def write(form: forms.Form) -> tuple[str, str]:
            told = form.cleaned_data
            done = branch_moves.move(
                actor, org.code, told["parent"].code, reason=told["reason"], at=timezone.now()
            )
            return went(done, _("The branch was moved."), self.url("changelist"))

        crumbs = [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]
        context = {"title": _("Move %s") % org, "crumbs": crumbs, "save_label": _("Move")}
        context["apart"] = [(_("Above"), org.parent or "—")]
        return self.answer(request, MoveForm(request.POST or None), write, context)


_COLUMNS: tuple[Column[Organisation], ...] = (
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


menu.add(
    menu.Item(
        "control", _("Branches"), "admin:security_organisation_changelist", "branch", "user.manage", order=50
    )
)
