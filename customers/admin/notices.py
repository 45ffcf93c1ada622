"""Watching customers: the inbox with what happened to them, and what somebody wants to be told of."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import ACTIONS, Action, customer_url
from customers.models import OF_CUSTOMERS, NoticeKind
from customers.selectors.branch_notices import branch_subscriptions, branch_unread, everything_told
from customers.selectors.customer import VIEW, get
from customers.selectors.notices import subscriptions, unread
from customers.services import subscribing
from customers.services.branch_subscribing import read_notices, subscribe_branch, unsubscribe_branch
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, NotFound
from mdm.paging import number_in
from mdm.storage import cache
from security.access.actor import Actor

TONES = {
    NoticeKind.MERGED: "warn",
    NoticeKind.RESTRICTED: "bad",
    NoticeKind.EXPIRING: "warn",
    NoticeKind.STATUS: "info",
}


class WatchForm(forms.Form):
    """What somebody wants to be told of."""

    kinds = forms.MultipleChoiceField(
        label=_("Tell me of"),
        choices=[(kind.value, kind.label) for kind in OF_CUSTOMERS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@page("notifications/", "notifications", VIEW)
def inbox(request: HttpRequest) -> HttpResponse:
    """What happened to the customers that the reader watches; a POST marks what it names as read."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        read_notices(actor, request.POST.getlist("key"), at=at)
        cache.forget(_key(actor))
        return HttpResponseRedirect(reverse("admin:notifications"))
    found = everything_told(actor, at=at)
    context = {
        "title": _("Notifications"),
        "lead": _("What happened to the customers that you watch, for thirty days. No values are told."),
        "rows": [_drawn(one) for one in found],
        "waiting": [one.key for one in found if one.unread],
        "watched": len(subscriptions(actor)),
        "branches": [one.org.code for one in branch_subscriptions(actor)],
    }
    return render_page(request, "panorama/notifications.html", context)


def _drawn(one: Any) -> dict[str, Any]:
    kind = NoticeKind(one.kind)
    return {
        "told": one,
        "label": kind.label,
        "tone": TONES.get(kind, ""),
        "url": customer_url(one.customer_no),
    }


@page("customer/<str:number>/watch/", "watch", VIEW)
def watch(request: HttpRequest, number: str) -> HttpResponse:
    """Watch a customer, change of what one is told, or stop."""
    actor, at = actor_of(request), timezone.now()
    get(actor, number, at=at)
    held = subscribing.watching(actor, number)
    if request.method == "POST" and "stop" in request.POST and held:
        subscribing.unsubscribe(actor, held.pk, at=at)
        messages.success(request, _("You are not told of this customer any more."))
        return HttpResponseRedirect(customer_url(number))
    sent = request.POST if request.method == "POST" else None
    form = WatchForm(sent, initial={"kinds": held.kinds if held else list(OF_CUSTOMERS)})
    if request.method == "POST" and form.is_valid():
        try:
            subscribing.subscribe(actor, number, form.cleaned_data["kinds"], at=at)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("You are told of this customer from now on."))
            return HttpResponseRedirect(customer_url(number))
    context = {
        "title": _("Watch this customer"),
        "crumbs": [{"url": customer_url(number), "label": number}],
        "form": form,
        "held": held,
    }
    return render_page(request, "panorama/watch.html", context, status=422 if form.is_bound else 200)


class BranchForm(forms.Form):
    """Which branch somebody watches, and what to be told of."""

    required_css_class = "must"
    branch = forms.CharField(
        label=_("Branch code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-focus": ""}),
        help_text=_("Everything below it is watched too; you are told of whom you may see then."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Tell me of"), choices=NoticeKind.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


@page("notifications/branches/", "watched_branches", VIEW)
def branches(request: HttpRequest) -> HttpResponse:
    """The branches that the reader watches; watch another, change of what one is told, or stop."""
    actor, at = actor_of(request), timezone.now()
    stop = number_in(request.POST.get("stop", ""))
    if stop is not None:
        unsubscribe_branch(actor, stop, at=at)
        messages.success(request, _("You are not told of this branch any more."))
        return HttpResponseRedirect(reverse("admin:watched_branches"))
    blank = {"branch": actor.org_code, "kinds": [NoticeKind.STATUS, NoticeKind.RESTRICTED, NoticeKind.NEW]}
    form = BranchForm(request.POST or None, initial=blank)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            subscribe_branch(actor, told["branch"], told["kinds"], at=at)
        except (Invalid, NotFound) as refusal:
            form.add_error(
                "kinds" if refusal.code == "subscription.kinds" else "branch", str(refusal.message)
            )
        else:
            messages.success(request, _("You are told of this branch from now on."))
            return HttpResponseRedirect(reverse("admin:watched_branches"))
    labels = dict(NoticeKind.choices)
    context = {
        "title": _("Watched branches"),
        "crumbs": [{"url": reverse("admin:notifications"), "label": _("Notifications")}],
        "held": [
            {"id": one.pk, "org": one.org, "kinds": [labels[kind] for kind in one.kinds]}
            for one in branch_subscriptions(actor)
        ],
        "form": form,
    }
    return render_page(request, "panorama/watched_branches.html", context, 422 if form.is_bound else 200)


def waiting(actor: Actor, at: datetime) -> int:
    """How many notices wait, as every page says it: counted anew some seconds later."""
    return cache.remember(_key(actor), lambda: unread(actor, at) + branch_unread(actor, at))


def _key(actor: Actor) -> str:
    return f"notices:{actor.user_id}"


ACTIONS.append(Action("admin:watch", _("Watch"), VIEW, "w"))
menu.add(
    menu.Item(
        "work", _("Notifications"), "admin:notifications", "clock", VIEW, "g n", order=30, count=waiting
    )
)
