"""Who is signed in and who is locked out: to see it, to end it, to help."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import ReasonForm
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.backoffice.pages import page, render_page
from mdm.errors import NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.authentication.freshness import fresh
from security.models import GuessCounter, Session
from security.selectors.accounts import get_user
from security.selectors.sign_in import visible_locks, visible_sessions
from security.services import recovery, sign_in

MANAGE = "user.manage"
METHODS = {
    "password": _("password"),
    "code": _("password and code"),
    "passkey": _("passkey"),
    "socialaccount": _("identity provider"),
}


class _Ended(ServiceAdmin[Any]):
    """A list whose rows can only be ended, with a reason and fresh proof."""

    view_right = change_right = MANAGE

    def ask(
        self, request: HttpRequest, title: Any, apart: Sequence[Any], label: Any, write: Callable[[str], Any]
    ) -> HttpResponseBase:
        """Ask why, then do it."""

        def done(form: Any) -> tuple[str, str]:
            return str(write(form.cleaned_data["reason"])), self.url("changelist")

        crumbs = [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]
        context = {"title": title, "crumbs": crumbs, "apart": apart, "save_label": label}
        return self.answer(request, ReasonForm(request.POST or None), done, context)


@admin.register(Session)
class SessionAdmin(_Ended):
    """Open sessions."""

    filters = (Filter("user", _("User name"), kind="text"),)
    empty = _("Nobody of your branches is signed in")

    @property
    def columns(self) -> Sequence[Column[Session]]:  # type: ignore[override]
        return (
            Column(_("User name"), lambda row: Cell(_name(row), url=self.url("change", row.pk), main=True)),
            Column(_("Home branch"), lambda row: Cell(_branch(row))),
            Column(_("Signed in with"), lambda row: Cell(METHODS.get(row.method, row.method or "—"))),
            Column(_("Network address"), lambda row: Cell(row.address or "—")),
            Column(_("Signed in"), lambda row: Cell(row.begun_at, "time")),
            Column(_("Last used"), lambda row: Cell(row.last_seen_at, "time")),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        rows = visible_sessions(actor, at=at)
        name = query.filters.get("user")
        return newest_first(rows.filter(user__username=name) if name else rows, query.after_id, query.size)

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """End one session."""
        actor, at = actor_of(request), timezone.now()
        found = visible_sessions(actor, at=at).filter(pk=number_in(object_id) or 0).first()
        if found is None or found.user is None:
            raise NotFound("session.unknown", _("This session is over already."))

        def write(reason: str) -> Any:
            sign_in.end_session(actor, found.pk, reason=reason, at=timezone.now())
            return _("The session was ended.")

        apart = [
            (_("User name"), found.user.username),
            (_("Network address"), found.address or "—"),
            (_("Browser"), found.agent or "—"),
        ]
        return self.ask(request, _("End this session"), apart, _("End"), write)


@admin.register(GuessCounter)
class LockAdmin(_Ended):
    """Locked accounts."""

    empty = _("No account is locked")

    lead = _("An account is locked after too many wrong guesses; it opens by itself or is released here.")

    @property
    def columns(self) -> Sequence[Column[GuessCounter]]:  # type: ignore[override]
        return (
            Column(_("User name"), lambda row: Cell(_name(row), url=self.url("change", row.pk), main=True)),
            Column(_("Home branch"), lambda row: Cell(_branch(row))),
            Column(_("Last guess"), lambda row: Cell(row.last_at, "time")),
            Column(_("Locked until"), lambda row: Cell(row.locked_until, "time")),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return newest_first(visible_locks(actor, at=at), query.after_id, query.size)

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Release one lock."""
        actor, at = actor_of(request), timezone.now()
        found = visible_locks(actor, at=at).filter(pk=number_in(object_id) or 0).first()
        if found is None or found.user is None:
            raise NotFound("lock.none", _("This account is not locked."))
        user_id, name = found.user.pk, found.user.username

        def write(reason: str) -> Any:
            sign_in.release_lock(actor, user_id, reason=reason, at=timezone.now())
            return _("The account can be signed in to again.")

        return self.ask(request, _("Release this lock"), [(_("User name"), name)], _("Release"), write)


@page("security/user/<int:user_id>/factors/reset/", "user_factors_reset", MANAGE)
@fresh
def reset_factors(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Take the second factors of somebody who lost them."""
    actor = actor_of(request)
    user = get_user(actor, user_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        done = recovery.reset_factors(actor, user.pk, reason=form.cleaned_data["reason"], at=timezone.now())
        said = _("The second factors were removed; the sessions have ended.")
        message, target = went(done, said, reverse("admin:security_user_changelist"))
        messages.success(request, message)
        return HttpResponseRedirect(target)
    context = {
        "title": _("Remove the second factors"),
        "crumbs": [{"url": reverse("admin:security_user_changelist"), "label": _("Users")}],
        "apart": [(_("User name"), user.username)],
        "save_label": _("Remove"),
        "form": form,
    }
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)


def _name(row: Session | GuessCounter) -> str:
    return row.user.username if row.user else "—"


def _branch(row: Session | GuessCounter) -> Any:
    return (row.user.org if row.user else None) or "—"


menu.add(
    menu.Item("control", _("Sessions"), "admin:security_session_changelist", "clock", MANAGE, order=40),
    menu.Item(
        "control", _("Sign-in locks"), "admin:security_guesscounter_changelist", "warn", MANAGE, order=41
    ),
)
