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
from customers.models import NoticeKind
from customers.selectors.customer import VIEW
from customers.selectors.notices import notices, subscriptions, unread
from customers.services import subscribing
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid
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
        choices=NoticeKind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@page("notifications/", "notifications", VIEW)
def inbox(request: HttpRequest) -> HttpResponse:
    """What happened to the customers that the reader watches; a POST marks what it names as read."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        subscribing.mark_read(actor, request.POST.getlist("key"), at=at)
        cache.forget(_key(actor))
        return HttpResponseRedirect(reverse("admin:notifications"))
    found = notices(actor, at=at)
    context = {
        "title": _("Notifications"),
        "lead": _("What happened to the customers that you watch, for thirty days. No values are told."),
        "rows": [_drawn(one) for one in found],
        "waiting": [one.key for one in found if one.unread],
        "watched": len(subscriptions(actor)),
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
    held = subscribing.watching(actor, number)
    if request.method == "POST" and "stop" in request.POST and held:
        subscribing.unsubscribe(actor, held.pk, at=at)
        messages.success(request, _("You are not told of this customer any more."))
        return HttpResponseRedirect(customer_url(number))
    sent = request.POST if request.method == "POST" else None
    form = WatchForm(sent, initial={"kinds": held.kinds if held else list(NoticeKind.values)})
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


def waiting(actor: Actor, at: datetime) -> int:
    """How many notices wait, as every page says it: counted anew some seconds later."""
    return cache.remember(_key(actor), lambda: unread(actor, at))


def _key(actor: Actor) -> str:
    return f"notices:{actor.user_id}"


ACTIONS.append(Action("admin:watch", _("Watch"), VIEW, "w"))
menu.add(
    menu.Item(
        "work", _("Notifications"), "admin:notifications", "clock", VIEW, "g n", order=30, count=waiting
    )
)
