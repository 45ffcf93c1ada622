"""Users and the roles given to them: lists and forms, writing through `security.services.accounts`."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import went
from mdm.backoffice.branches import BranchField
from mdm.backoffice.forms import DayField, ReasonForm
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.errors import NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.access.grants import FILTERS
from security.access.persons import number_of
from security.admin.roles import role_name
from security.approvals.requests import Done
from security.authentication.factors import has_factor
from security.authentication.freshness import fresh
from security.models import Grant, GrantScope, Role, User
from security.selectors.accounts import get_user, narrowed, roles, visible_grants, visible_users
from security.services import accounts, granting, recovery, staff_numbers

ACTIVE = (("yes", _("enabled")), ("no", _("disabled")))


class StaffNumberField(forms.CharField):
    """Which person an account belongs to."""

    def __init__(self, **kwargs: Any) -> None:
        told = _("The same for every account of one person, who is never a second person to themselves.")
        super().__init__(label=_("Staff number"), max_length=20, help_text=told, **kwargs)


class NewUserForm(ReasonForm):
    """A new member of staff."""

    username = forms.CharField(label=_("User name"), max_length=150)
    display_name = forms.CharField(label=_("Display name"), max_length=60)
    staff_no = StaffNumberField()
    org = BranchField(label=_("Home branch"))
    password = forms.CharField(
        label=_("First password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class UserForm(ReasonForm):
    """What of an account may be changed; a password only where one is typed."""

    display_name = forms.CharField(label=_("Display name"), max_length=60)
    staff_no = StaffNumberField(required=False)
    org = BranchField(label=_("Home branch"))
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", "—"), *settings.LANGUAGES], required=False
    )
    is_active = forms.BooleanField(label=_("The account is open"), required=False)
    password = forms.CharField(
        label=_("New password"),
        required=False,
        help_text=_("Leave empty to keep it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@admin.register(User)
class UserAdmin(ServiceAdmin[User]):
    """Accounts of staff and of client systems."""

    view_right = add_right = change_right = "user.manage"
    add_label = _("New user")
    filters = (
        Filter("name", _("User name begins with"), kind="text"),
        Filter("org", _("Branch code"), kind="text"),
        Filter("active", _("State"), choices=lambda: ACTIVE),
    )

    @property
    def columns(self) -> Sequence[Column[User]]:  # type: ignore[override]
        return (
            Column(_("User name"), lambda row: Cell(row.username, url=self.url("change", row.pk), main=True)),
            Column(_("Display name"), lambda row: Cell(row.display_name or "—")),
            Column(_("Home branch"), lambda row: Cell(row.org or "—")),
            Column(_("Kind"), lambda row: Cell(_("a person") if row.is_staff else _("a system"))),
            Column(_("Last sign-in"), lambda row: Cell(row.last_login, "time")),
            Column(_("State"), _account_state),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return newest_first(narrowed(visible_users(actor), query.filters), query.after_id, query.size)

    @fresh(methods=("POST",))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        actor = actor_of(request)
        actor.require(self.add_right)

        def write(form: forms.Form) -> tuple[str, str]:
            told = form.cleaned_data
            user = accounts.create_user(actor, told.pop("username"), at=timezone.now(), **told)
            return str(
                _("The account was made. Give it a role now.")
            ), f"{reverse('admin:security_grant_add')}?user={user.username}"

        form = NewUserForm(request.POST or None)
        return self.answer(request, form, write, {"title": _("New user"), "crumbs": self._crumbs()})

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        actor = actor_of(request)
        actor.require(self.change_right)
        user = get_user(actor, number_in(object_id) or 0)

        def write(form: forms.Form) -> tuple[str, str]:
            told = dict(form.cleaned_data)
            reason, at = told.pop("reason"), timezone.now()
            password, staff_no = told.pop("password"), told.pop("staff_no")
            done = Done()
            accounts.change_user(actor, user.pk, told, reason=reason, at=at)
            if password:
                done = recovery.set_password(actor, user.pk, password, reason=reason, at=at)
            if staff_no and number_of(staff_no) != user.staff_no:
                done = staff_numbers.change(actor, user.pk, staff_no, reason=reason, at=at)
            return went(done, _("The account was saved."), self.url("changelist"))

        initial = {name: getattr(user, name) for name in (*accounts.CHANGEABLE, "staff_no")}
        form = UserForm(request.POST or None, initial=initial)
        context = {"title": user.username, "crumbs": self._crumbs(), "row": user}
        if has_factor(user):
            context["more"] = {
                "label": _("Remove the second factors"),
                "url": reverse("admin:user_factors_reset", args=(user.pk,)),
            }
        return self.answer(request, form, write, context)

    def _crumbs(self) -> list[dict[str, Any]]:
        return [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]


def _account_state(row: User) -> Cell:
    return Cell(_("enabled") if row.is_active else _("disabled"), "tag", "ok" if row.is_active else "")


class CodesField(forms.CharField):
    """Some codes or names, with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=400, **kwargs)

    def clean(self, value: Any) -> list[str]:
        """The list."""
        return [part.strip() for part in str(super().clean(value)).split(",") if part.strip()]


class GrantForm(ReasonForm):
    """A role at a branch, for a time."""

    user = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"))
    org = BranchField(
        label=_("Branch"), help_text=_("The role holds at this branch and everything below it.")
    )
    scope = forms.ChoiceField(
        label=_("Reach"), choices=GrantScope.choices, initial=GrantScope.SUBTREE, required=False
    )
    nodes = CodesField(label=_("Further branches"), help_text=_("Codes, with commas; for a list only."))
    party_type = CodesField(label=_("Only kinds of customers"), help_text=_("Such as PERSON; empty for all."))
    segment = CodesField(label=_("Only segments"))
    manager = CodesField(label=_("Only customers looked after by"), help_text=_("User names."))
    protected = CodesField(
        label=_("Also protected customers"), help_text=_("STAFF, VIP, PEP, COURT, OTHER; empty for none.")
    )
    valid_from = DayField(label=_("From"), required=False)
    valid_to = DayField(
        label=_("Until and including"), required=False, help_text=_("Empty: until it is ended")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {role.code: role for role in roles(actor)}
        self.roles: dict[str, Role] = known
        self.fields["role"].choices = [(code, role_name(role)) for code, role in known.items()]  # type: ignore[attr-defined]


@admin.register(Grant)
class GrantAdmin(ServiceAdmin[Grant]):
    """Who holds which role where."""

    view_right = add_right = change_right = "user.manage"
    add_label = _("Give a role")
    filters = (Filter("user", _("User name"), kind="text"),)

    @property
    def columns(self) -> Sequence[Column[Grant]]:  # type: ignore[override]
        return (
            Column(
                _("User name"), lambda row: Cell(row.user.username, url=self.url("change", row.pk), main=True)
            ),
            Column(_("Role"), lambda row: Cell(role_name(row.role))),
            Column(_("Branch"), lambda row: Cell(row.org)),
            Column(_("Reach"), _reach),
            Column(_("From"), lambda row: Cell(row.valid_from, "time")),
            Column(_("Until"), lambda row: Cell(row.valid_to, "time")),
            Column(_("State"), _grant_state),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        rows = visible_grants(actor)
        name = query.filters.get("user")
        return newest_first(rows.filter(user__username=name) if name else rows, query.after_id, query.size)

    @fresh(methods=("POST",))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        actor = actor_of(request)
        actor.require(self.add_right)
        form = GrantForm(
            request.POST or None, actor=actor, initial={"user": request.GET.get("user", "")[:150]}
        )

        def write(valid: forms.Form) -> tuple[str, str]:
            told = dict(valid.cleaned_data)
            user = visible_users(actor).filter(username=told["user"]).first()
            if user is None:
                raise NotFound("user.unknown", _("There is no such account."))
            reach: dict[str, Any] = {"filters": {name: told[name] for name in FILTERS if told[name]}}
            reach |= {"scope": told["scope"] or GrantScope.SUBTREE, "nodes": told["nodes"]}
            period: dict[str, Any] = {
                "valid_from": _begin(told["valid_from"]),
                "valid_to": _end(told["valid_to"]),
            }
            role = form.roles[told["role"]]
            done = granting.give(
                actor, user, role, told["org"], reason=told["reason"], at=timezone.now(), **period, **reach
            )
            return went(done, _("The role was given."), self.url("changelist"))

        return self.answer(request, form, write, {"title": _("Give a role"), "crumbs": self._crumbs()})

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A grant is not changed but ended."""
        actor = actor_of(request)
        given = visible_grants(actor).filter(pk=number_in(object_id) or 0).first()
        if given is None:
            raise NotFound("grant.unknown", _("There is no such grant."))

        def write(form: forms.Form) -> tuple[str, str]:
            accounts.end_grant(actor, given.pk, reason=form.cleaned_data["reason"], at=timezone.now())
            return str(_("The role was taken back.")), self.url("changelist")

        apart = [
            (_("User name"), given.user.username),
            (_("Role"), role_name(given.role)),
            (_("Branch"), given.org),
        ]
        context = {
            "title": _("End this grant"),
            "crumbs": self._crumbs(),
            "apart": apart,
            "save_label": _("End"),
        }
        return self.answer(request, ReasonForm(request.POST or None), write, context)

    def _crumbs(self) -> list[dict[str, Any]]:
        return [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]


def _begin(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _end(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) + timedelta(days=1) if day else None


def _reach(row: Grant) -> Cell:
    """How far a grant reaches, and what narrows or widens it."""
    told = [f"{FILTERS.get(name, name)}: {', '.join(values)}" for name, values in sorted(row.filters.items())]
    return Cell(row.get_scope_display(), note="; ".join(told))


def _grant_state(row: Grant) -> Cell:
    now = timezone.now()
    if row.valid_to is not None and row.valid_to <= now:
        return Cell(_("ended"), "tag")
    if row.valid_from is not None and row.valid_from > now:
        return Cell(_("begins later"), "tag", "info")
    return Cell(_("in force"), "tag", "ok")


menu.add(
    menu.Item("control", _("Users"), "admin:security_user_changelist", "user", "user.manage", order=20),
    menu.Item(
        "control", _("Role grants"), "admin:security_grant_changelist", "grant", "user.manage", order=30
    ),
)
