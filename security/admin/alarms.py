"""Alarms and unmaskings: who saw what in clear, and what of it was unusual."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu, objects
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ReadOnlyAdmin, ServiceAdmin
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.errors import NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.access.causes import CAUSES
from security.models import Alert, AlertRule, Reveal
from security.services import alerts


class CloseForm(forms.Form):
    """What came of an alarm."""

    required_css_class = "must"
    finding = forms.CharField(
        label=_("What was found"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def rule_name(code: str) -> str:
    """A rule in the reader's language."""
    rule = AlertRule.objects.filter(code=code).first()
    if rule is None:
        return code
    return rule.name_zh if (get_language() or "").startswith("zh") else rule.name_en


def _customer(customer_id: int | None) -> Cell:
    """The customer's number, without a link: whether the reader may open it, it says itself."""
    named = objects.naming("customer")
    return Cell(named.number(customer_id) if customer_id else "—", "mono")


@admin.register(Alert)
class AlertAdmin(ServiceAdmin[Alert]):
    """Alarms, newest first; a person closes each with a word."""

    view_right = "alert.view"
    change_right = "alert.close"
    lead = _("Unusual use of clear values and of emergency access, by people of your branches.")
    filters = (Filter("state", _("State"), choices=lambda: [("open", _("open")), ("closed", _("closed"))]),)
    columns = (
        Column(_("Time"), lambda row: Cell(row.at, "time")),
        Column(_("Alarm"), lambda row: Cell(rule_name(row.rule), url=_url(row), main=True)),
        Column(_("Who"), lambda row: Cell(row.actor)),
        Column(_("Branch"), lambda row: Cell(row.org or "—")),
        Column(_("Customer"), lambda row: _customer(row.customer_id)),
        Column(_("Finding"), lambda row: Cell(row.finding or "—")),
        Column(
            _("State"),
            lambda row: Cell(
                _("closed") if row.closed_at else _("open"), "tag", "" if row.closed_at else "warn"
            ),
        ),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        rows = alerts.visible_alerts(actor)
        state = query.filters.get("state")
        rows = rows.filter(closed_at__isnull=state == "open") if state else rows
        found = newest_first(rows, query.after_id, query.size)
        alerts.record_list(actor, "alert.list", found.rows, at=at)
        return found

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Look at an alarm and close it."""
        actor = actor_of(request)
        actor.require(self.change_right)
        number = number_in(object_id) or 0
        row = alerts.visible_alerts(actor).filter(pk=number).first()
        if row is None:
            raise NotFound("alert.unknown", _("There is no such alarm."))

        def write(form: forms.Form) -> tuple[str, str]:
            alerts.close(actor, row.pk, finding=form.cleaned_data["finding"], at=timezone.now())
            return str(_("The alarm was closed.")), self.url("changelist")

        apart = [
            (_("Alarm"), rule_name(row.rule)),
            (_("Who"), row.actor),
            (_("Time"), timezone.localtime(row.at)),
        ]
        context = {"title": _("Close this alarm"), "apart": apart, "save_label": _("Close the alarm")}
        context["crumbs"] = [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]
        return self.answer(request, CloseForm(request.POST or None), write, context)


def _url(row: Alert) -> str:
    return reverse("admin:security_alert_change", args=[row.pk])


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin[Reveal]):
    """Unmaskings by people of the reader's branches, newest first."""

    view_right = "alert.view"
    lead = _("Who saw clear values, when and why. Values are never in here.")
    filters = (Filter("actor", _("Who"), kind="text"),)
    columns = (
        Column(_("Time"), lambda row: Cell(row.at, "time")),
        Column(_("Who"), lambda row: Cell(row.actor)),
        Column(_("Branch"), lambda row: Cell(row.org_code or "—")),
        Column(_("Customer"), lambda row: _customer(row.customer_id)),
        Column(_("Fields"), lambda row: Cell(f"{row.facet}: {', '.join(row.fields)}", "mono")),
        Column(_("Cause"), lambda row: Cell(CAUSES.get(row.cause, row.cause))),
        Column(_("Reason"), lambda row: Cell(row.reason)),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        rows = alerts.visible_reveals(actor)
        who = query.filters.get("actor")
        found = newest_first(rows.filter(actor=who) if who else rows, query.after_id, query.size)
        alerts.record_list(actor, "reveal.list", found.rows, at=at)
        return found


menu.add(
    menu.Item("control", _("Alarms"), "admin:security_alert_changelist", "warn", "alert.view", order=12),
    menu.Item("control", _("Unmaskings"), "admin:security_reveal_changelist", "log", "alert.view", order=14),
)
