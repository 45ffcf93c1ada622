"""Standing in for somebody who is away, and the rules of who decides what."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import DayField, ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid
from mdm.paging import number_in
from security.access.actor import Actor
from security.admin.roles import role_name
from security.approvals import delegating, reading
from security.approvals.gate import rules_of
from security.approvals.models import Delegation
from security.approvals.persons import VIEW
from security.approvals.policy import PolicyRule
from security.approvals.registry import operations
from security.authentication.freshness import fresh


class DelegationForm(ReasonForm):
    """Who stands in, from which day to which, both included."""

    taker = forms.CharField(
        label=_("User name of who stands in"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    begins_at = DayField(label=_("First day"))
    ends_at = DayField(label=_("Last day"))
    field_order = ("taker", "begins_at", "ends_at", "reason")


@page("approvals/standing-in/", "delegations", VIEW)
@fresh(methods=("POST",))
def standing_in(request: HttpRequest) -> HttpResponseBase:
    """Who decides in the reader's stead and in whose the reader does; a new one; ending one."""
    actor, at = actor_of(request), timezone.now()
    form = DelegationForm(request.POST if request.method == "POST" and "end" not in request.POST else None)
    if request.method == "POST":
        try:
            if _written(actor, request, form, at):
                messages.success(request, _("It is noted."))
                return HttpResponseRedirect(reverse("admin:delegations"))
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
    rows = [_told(found, actor, at) for found in delegating.own_delegations(actor)[:50]]
    context = {
        "title": _("Standing in"),
        "crumbs": _crumbs(),
        "form": form if delegating.may_delegate(actor) else None,
        "rows": rows,
        "save_label": _("Let this colleague stand in"),
    }
    return render_page(request, "panorama/delegations.html", context, status=422 if form.errors else 200)


def _written(actor: Actor, request: HttpRequest, form: DelegationForm, at: datetime) -> bool:
    """End the delegation that a button names, or make the one that the form tells. Whether anything was written."""
    ending = request.POST.get("end", "")
    if ending:
        number = number_in(ending) or 0
        delegating.end_delegation(actor, number, reason="", at=at)
        return True
    if not form.is_valid():
        return False
    told = form.cleaned_data
    begins, ends = _midnight(told["begins_at"]), _midnight(told["ends_at"]) + timedelta(days=1)
    delegating.delegate(actor, told["taker"], begins_at=begins, ends_at=ends, reason=told["reason"], at=at)
    return True


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _told(found: Delegation, actor: Actor, at: datetime) -> dict[str, Any]:
    state, tone = (_("begins later"), "info") if found.begins_at > at else (_("in force"), "ok")
    if found.ends_at <= at:
        state, tone = _("ended"), ""
    return {
        "found": found,
        "state": state,
        "tone": tone,
        "may_end": found.ends_at > at,
        "mine": found.giver_id == actor.user_id,
    }


@page("approvals/rules/", "approval_rules", VIEW)
def rules(request: HttpRequest) -> HttpResponseBase:
    """The four-eyes matrix in force: what takes a second person, and whom."""
    may = actor_of(request).may("user.manage")
    told = [(one, [_rule(rule, may) for rule in rules_of(one.name)]) for one in operations()]
    context = {
        "title": _("Rules of approval"),
        "lead": _("What takes two people, and who the second one is. What is not listed is done at once."),
        "crumbs": _crumbs(),
        "operations": told,
    }
    return render_page(request, "panorama/approval_rules.html", context)


def _rule(rule: PolicyRule, may_change: bool) -> dict[str, Any]:
    return {
        "url": reverse("admin:approval_rule", args=[rule.operation, rule.name]) if may_change else "",
        "label": rule.label,
        "when": [f"{name}: {_said(want)}" for name, want in rule.when.items()],
        "unless": [f"{name}: {_said(want)}" for name, want in rule.unless.items()],
        "checkers": rule.checkers,
        "levels": [_who(level) for level in rule.levels],
        "hours": rule.hours,
        "days": rule.days,
    }


def _who(level: str) -> str:
    """The roles that hold a level's right, by name; the right itself where no role does."""
    return ", ".join(role_name(role) for role in reading.roles_deciding(level)) or level


def _said(wanted: Any) -> str:
    if isinstance(wanted, dict):
        return f"≥ {wanted['min']}"
    return ", ".join(str(one) for one in wanted)


def _crumbs() -> list[dict[str, Any]]:
    return [{"url": reverse("admin:approvals"), "label": _("Approvals")}]
