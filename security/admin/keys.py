"""The key tree: levels, versions, states and what is under them; ceremonies are held here by two persons."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, ServiceError
from mdm.tasks import carry_out_ceremonies
from security.authentication.freshness import fresh
from security.models import KeyCeremony
from security.models.ceremony import CeremonyAction, CeremonyState
from security.models.keys import KeyState
from security.selectors.keys import VIEW, KeyView, ceremonies, is_fixed, key_tree
from security.services import ceremonies as service

TONES = {
    KeyState.PRE_ACTIVE: "info",
    KeyState.ACTIVE: "ok",
    KeyState.DECRYPT_ONLY: "",
    KeyState.DISABLED: "warn",
    KeyState.COMPROMISED: "bad",
    KeyState.DESTROYED: "",
}
STATES = {
    CeremonyState.PROPOSED: "info",
    CeremonyState.CONFIRMED: "info",
    CeremonyState.DONE: "ok",
    CeremonyState.FAILED: "bad",
    CeremonyState.WITHDRAWN: "",
}
LEVELS = {"L1": _("Root key"), "L2": _("Keys of domains"), "L3": _("Keys of columns, indexes and stores")}
_ACTIONS = set(CeremonyAction.values) - {CeremonyAction.RESHARE}

service.register_caller(lambda ceremony: carry_out_ceremonies.send())


class CeremonyForm(forms.Form):
    """Why a ceremony is held."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


@page("keys/", "keys", VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The tree, what waits for a second person, and what was held lately."""
    actor = actor_of(request)
    held = ceremonies(actor, size=30)
    context = {
        "title": _("Keys"),
        "lead": _("Every key is sealed by the one above it. A key is changed by two persons, never by one."),
        "levels": [
            _level(level, list(keys)) for level, keys in groupby(key_tree(actor), lambda key: key.level)
        ],
        "waiting": [_ceremony(one, actor.user_id) for one in held if one.state == CeremonyState.PROPOSED],
        "held": [_ceremony(one, actor.user_id) for one in held if one.state != CeremonyState.PROPOSED],
    }
    return render_page(request, "panorama/keys.html", context)


@page("keys/<slug:action>/<slug:level>/<path:target>/", "key_ceremony", VIEW)
@fresh(methods=("POST",))
def begin(request: HttpRequest, action: str, level: str, target: str) -> HttpResponseBase:
    """Proposes a ceremony, or revokes at once; asks why."""
    actor, form = actor_of(request), CeremonyForm(request.POST or None)
    if action not in _ACTIONS:
        raise Invalid("key.ceremony_kind", _("There is no such ceremony for this key."))
    if form.is_valid():
        told: dict[str, Any] = {"reason": form.cleaned_data["reason"], "at": timezone.now()}
        try:
            if action == CeremonyAction.REVOKE:
                service.revoke(actor, level, target, **told)
                messages.success(request, _("The key is being taken out of use, and everybody was alarmed."))
            else:
                service.propose(actor, action, level, target, **told)
                messages.success(request, _("Proposed. A second person confirms it on this page."))
            return HttpResponseRedirect(reverse("admin:keys"))
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
    context = {
        "title": CeremonyAction(action).label,
        "form": form,
        "apart": [(_("Level"), LEVELS.get(level, level)), (_("Key"), target)],
        "crumbs": [{"url": reverse("admin:keys"), "label": _("Keys")}],
        "save_label": _("Revoke now") if action == CeremonyAction.REVOKE else _("Propose"),
    }
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)


@page("keys/decide/<int:ceremony_id>/", "key_decide", VIEW)
@fresh(methods=("POST",))
def decide(request: HttpRequest, ceremony_id: int) -> HttpResponseBase:
    """The second person's part: confirm or take back."""
    actor, at = actor_of(request), timezone.now()
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:keys"))
    try:
        if request.POST.get("decision") == "confirm":
            service.confirm(actor, ceremony_id, at=at)
            messages.success(request, _("Confirmed. It is being carried out."))
        else:
            service.withdraw(actor, ceremony_id, reason=request.POST.get("reason", "")[:200], at=at)
            messages.success(request, _("The ceremony was taken back."))
    except ServiceError as refusal:
        messages.error(request, str(refusal.message))
    return HttpResponseRedirect(reverse("admin:keys"))


def _level(level: str, keys: list[KeyView]) -> dict[str, Any]:
    """One level of the tree: names with their versions."""
    named = groupby(keys, lambda key: key.name)
    return {"code": level, "label": LEVELS[level], "names": [_name(name, list(rows)) for name, rows in named]}


def _name(name: str, keys: list[KeyView]) -> dict[str, Any]:
    actions = [
        {"label": CeremonyAction(action).label, "url": _url(action, keys[0].level, name)}
        for action in (CeremonyAction.CREATE, CeremonyAction.ROTATE)
        if not is_fixed(name)
    ]
    return {
        "name": name,
        "algorithm": keys[0].algorithm,
        "actions": actions,
        "rows": [_row(key) for key in keys],
    }


def _row(key: KeyView) -> dict[str, Any]:
    state = KeyState(key.state)
    return {
        "key": key,
        "state": state.label,
        "tone": TONES[state],
        "actions": [
            {"label": CeremonyAction(action).label, "url": _url(action, key.level, key.target)}
            for action in key.actions
        ],
    }


def _url(action: str, level: str, target: str) -> str:
    return reverse("admin:key_ceremony", args=[str(action), level, target])


def _ceremony(held: KeyCeremony, user_id: int | None) -> dict[str, Any]:
    state = CeremonyState(held.state)
    return {
        "row": held,
        "action": CeremonyAction(held.action).label,
        "state": state.label,
        "tone": STATES[state],
        "mine": held.proposed_by_id == user_id,
        "left": ", ".join(held.result.get("left", [])),
    }


menu.add(menu.Item("control", _("Keys"), "admin:keys", "grant", VIEW, order=60))
