"""Emergency access: asking for it, allowing it, ending it."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid
from mdm.paging import number_in
from security.access.actor import Actor
from security.access.persons import person_with
from security.authentication.freshness import fresh
from security.models import BreakGlass
from security.services import emergency

#: The newest requests shown.
LATEST = 30


class AskForm(forms.Form):
    """What has happened, and for how long."""

    required_css_class = "must"
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=emergency.LONGEST, initial=30)
    reason = forms.CharField(
        label=_("What has happened"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@page("emergency/", "emergency", "breakglass.ask")
@fresh(methods=("POST",))
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for emergency access, and see how the requests stand."""
    actor, at = actor_of(request), timezone.now()
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            emergency.ask(
                actor, minutes=form.cleaned_data["minutes"], reason=form.cleaned_data["reason"], at=at
            )
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Asked for. Two others allow it; then it opens by itself."))
            return HttpResponseRedirect(reverse("admin:emergency"))
    rows = BreakGlass.objects.filter(user_id=actor.user_id or 0)
    context = {"title": _("Emergency access"), "form": form, "rows": _rows(rows, at, actor)}
    return render_page(request, "panorama/emergency.html", context, status=422 if form.is_bound else 200)


@page("emergency/decide/", "emergency_decide", "breakglass.allow")
@fresh(methods=("POST",))
def decide(request: HttpRequest) -> HttpResponse:
    """Allow, refuse or end emergency access of people at one's branches."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        told = request.POST.get("request", "")
        number = number_in(told) or 0
        match request.POST.get("do"):
            case "allow":
                emergency.allow(actor, number, at=at)
            case "refuse":
                emergency.refuse(actor, number, reason=str(_("refused")), at=at)
            case _:
                emergency.close(actor, number, at=at)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("admin:emergency_decide"))
    rows = emergency.visible(actor)
    context = {"title": _("Emergency access"), "rows": _rows(rows, at, actor), "decides": True}
    return render_page(request, "panorama/emergency.html", context)


def _rows(rows: QuerySet[BreakGlass], at: datetime, actor: Actor) -> list[dict[str, object]]:
    """Requests as drawn: what may be done with each now."""
    person = person_with(actor.user_id)
    return [
        {
            "row": row,
            "state": row.get_state_display() if not _over(row, at) else _("ended"),
            "open": row.state == "OPEN" and not _over(row, at),
            "waits": row.state == "ASKED" and row.asked_at > at - emergency.WAITS,
            "mine": person in emergency.has_allowed(row),
        }
        for row in rows.select_related("user").order_by("-pk")[:LATEST]
    ]


def _over(row: BreakGlass, at: datetime) -> bool:
    return row.ends_at is not None and row.ends_at <= at


menu.add(
    menu.Item("control", _("Emergency access"), "admin:emergency", "clock", "breakglass.ask", order=70),
    menu.Item(
        "control", _("Emergency access"), "admin:emergency_decide", "clock", "breakglass.allow", order=71
    ),
)
