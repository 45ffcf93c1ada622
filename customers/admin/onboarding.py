"""Creating a customer, step by step: first who it is and whether we know them, then the rest, then one look at all.

What was typed waits sealed on the server (`mdm.storage.drafts`); every page works without scripts and by keyboard.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.intake import (
    DOCUMENT,
    OTHERS,
    REVIEW,
    WHO,
    Content,
    Record,
    Step,
    WhoForm,
    filled_in,
    steps,
)
from customers.admin.links import customer_url
from customers.selectors.requests import plain
from customers.services import intake
from customers.services.intake import DRAFT
from customers.services.onboarding import CREATED, SUSPECT
from mdm.backoffice.access import actor_of
from mdm.backoffice.branches import BranchField, branch_named
from mdm.backoffice.forms import RowForm
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, NotFound, ServiceError
from mdm.paging import number_in
from mdm.quality.rules import Severity
from mdm.storage import drafts
from mdm.storage.models import Draft
from mdm.subjects import Bundle
from security.access.actor import Actor

RIGHT = "customer.create"
#: Names of the form of a stop: the suspects that were shown, and the buttons.
SEEN, GO, SAME = "seen", "go", "same"


class StopForm(forms.Form):
    """Why the one at hand is none of the possible duplicates."""

    required_css_class = "must"
    why = forms.CharField(
        label=_("Why it is somebody else"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PlaceForm(forms.Form):
    """Where the new customer is kept."""

    org = BranchField(label=_("Managing branch"), required=False, help_text=_("Empty: your own branch"))


@dataclass(slots=True)
class Desk:
    """One request of this work: who asks, when, what is kept so far under which token."""

    request: HttpRequest
    actor: Actor
    at: datetime
    token: uuid.UUID | None = None
    content: Content | None = None

    @property
    def told(self) -> Content:
        return self.content or {}

    @property
    def sent(self) -> QueryDict | None:
        return self.request.POST if self.request.method == "POST" else None

    @property
    def org(self) -> str:
        return self.actor.org_code

    def keep(self, parts: Content) -> None:
        """Keep parts of the draft; the first ones make it."""
        if self.token is None:
            self.token = drafts.begin(self.actor, DRAFT, parts, at=self.at).token
        else:
            draft = drafts.one(self.actor, DRAFT, self.token, at=self.at)
            for name, told in parts.items():
                drafts.save(self.actor, draft, name, told, at=self.at)
        self.content = {**self.told, **parts}

    def way(self) -> list[Step]:
        """The pages to be gone through: a prospect may be without a document."""
        bare = bool(self.told) and not self.told.get(WHO, {}).get("document_number")
        return [one for one in steps() if not (bare and one.name == DOCUMENT)]

    def url(self, step: str) -> str:
        return reverse("admin:onboarding_step", args=[self.token, step]) if self.token else ""

    def doubts(self, step: str) -> list[tuple[str, str, Any]]:
        """What the rules say of a step of the record so far: field, text, severity."""
        found = Record(self.told).findings(self.org, timezone.localtime(self.at).date())
        return [(name, one.text, one.severity) for at_step, name, one in found if at_step == step]


@page("onboarding/", "onboarding", RIGHT)
def onboard(request: HttpRequest) -> HttpResponse:
    """The first step of a new customer; one's own drafts that wait."""
    desk = Desk(request, actor_of(request), timezone.now())
    return _who(desk)


@page("onboarding/<uuid:token>/<slug:step>/", "onboarding_step", RIGHT)
def step(request: HttpRequest, token: uuid.UUID, step: str) -> HttpResponse:
    """A step of a draft of one's own; the customer where it was handed in already."""
    actor, at = actor_of(request), timezone.now()
    draft = drafts.one(actor, DRAFT, token, at=at)
    if draft.result:
        return _existing(request, actor, draft, at)
    desk = Desk(request, actor, at, token, drafts.content_of(draft))
    if step not in {one.name for one in desk.way()}:
        raise NotFound("page.unknown", _("There is no such page."))
    if request.method == "POST" and "drop" in request.POST:
        drafts.drop(actor, draft, at=at)
        messages.success(request, _("The draft was thrown away."))
        return HttpResponseRedirect(reverse("admin:onboarding"))
    try:
        return {WHO: _who, REVIEW: _review}.get(step, lambda one: _facets(one, step))(desk)
    except drafts.HandedIn:
        return _existing(request, actor, drafts.one(actor, DRAFT, token, at=at), at)


def _existing(request: HttpRequest, actor: Actor, draft: Draft, at: datetime) -> HttpResponse:
    """The customer that a draft became."""
    _tell(request, "")
    return HttpResponseRedirect(customer_url(intake.handed_in(actor, draft, at=at)))


# -- the first step ---------------------------------------------------------------------------------------


def _who(desk: Desk) -> HttpResponse:
    """Who it is; possible duplicates stop here, before anything else is typed."""
    before, data = desk.told, desk.sent
    if data is not None and SAME in data:
        return _same(desk, data.get(SAME, ""))
    form = WhoForm(data, before, desk.actor.sight_anywhere())
    if data is None or not form.is_valid():
        return _page(desk, WHO, form=form, status=422 if data is not None else 200)
    told = form.told()
    desk.content = {**before, WHO: told, **filled_in(told, before.get(WHO, {}), before)}
    doubts = _place(form, desk.doubts(WHO))
    if form.errors:
        return _page(desk, WHO, form=form, status=422)
    stopped, others = _stop(desk)
    if stopped is not None or (doubts and GO not in data):
        return _page(desk, WHO, form=form, doubts=doubts, status=409, **(stopped or {}))
    changed = {name: part for name, part in desk.told.items() if part != before.get(name)}
    desk.content = before
    desk.keep({**changed, WHO: told, **others})
    return HttpResponseRedirect(desk.url(_after(desk, WHO)))


def _stop(desk: Desk) -> tuple[dict[str, Any] | None, Content]:
    """Where somebody may be the same and was not looked at: what the page shows; else what is kept of the answer."""
    data = desk.request.POST
    known = desk.told.get(OTHERS, {}).get("known", [])
    bundle = Record(desk.told).bundle(str(uuid.uuid4()), desk.org)
    found, new = intake.not_looked_at(desk.actor, bundle, known, at=desk.at)
    names = [one.name for one in found]
    form = StopForm(data if GO in data else None)
    answered = GO in data and set(names) <= {*data.getlist(SEEN), *known} and form.is_valid()
    if not new:
        return None, {}
    if answered:
        return None, {OTHERS: {"known": sorted({*known, *names}), "why": form.cleaned_data["why"]}}
    return {
        "suspects": [(one.suspect, one.hit, branch_named(one.suspect.org_code)) for one in found],
        "names": names,
        "stop": form,
    }, {}


def _same(desk: Desk, number: str) -> HttpResponse:
    """The one at hand is a customer we have: nothing is created, what was typed is thrown away."""
    intake.recognised(desk.actor, desk.token, number, at=desk.at)
    return HttpResponseRedirect(customer_url(number))


# -- the other steps ----------------------------------------------------------------------------------------


def _facets(desk: Desk, name: str) -> HttpResponse:
    """The rows that a step asks; what the rules refuse is said beside the field, what they doubt is said once."""
    data = desk.sent
    (step,) = [one for one in steps() if one.name == name]
    sight, before = desk.actor.sight_anywhere(), desk.told
    asked = step.asked(Record(before).party_type)
    made = [(part, part.form(data, before.get(part.name, {}), sight)) for part in asked]
    parts = [(part.label, form) for part, form in made]
    wrong = [form for _part, form in made if not form.is_valid()]
    if data is None or wrong:
        return _page(desk, name, parts=parts, status=422 if data is not None else 200)
    told = {}
    for part, form in made:
        kept = before.get(part.name, {})
        told[part.name] = {**kept, **plain(form.changes({**part.fixed, **part.read(kept)}))}
    desk.content = {**before, **told}
    doubts = _place(None, desk.doubts(name), {part.name: form for part, form in made})
    wrong = [form for _part, form in made if form.errors]
    if wrong or (doubts and GO not in data):
        return _page(desk, name, parts=parts, doubts=doubts, status=422 if wrong else 409)
    desk.keep(told)
    return HttpResponseRedirect(desk.url(_after(desk, name)))


def _place(
    form: forms.Form | None, found: list[tuple[str, str, Any]], parts: dict[str, RowForm] | None = None
) -> list[tuple[str, str]]:
    """Refusals into the forms they are about; the doubts that remain: id of the field, text."""
    doubts = []
    for name, text, severity in found:
        own, inner = form, name
        if own is None:
            key, _dash, inner = name.partition("-")
            own = (parts or {}).get(key)
        if severity is Severity.BLOCK and own is not None:
            own.add_error(inner if inner in own.fields else None, text)
        elif severity is Severity.WARN:
            doubts.append((f"#id_{name}" if name else "", text))
    return doubts


# -- the last step --------------------------------------------------------------------------------------------


def _review(desk: Desk) -> HttpResponse:
    """Everything that was told, masked; sent, the customer is created."""
    data = desk.sent
    if data is not None and SAME in data:
        return _same(desk, data.get(SAME, ""))
    form = PlaceForm(data)
    if data is None or not form.is_valid():
        return _page(desk, REVIEW, form=form, status=422 if data is not None else 200)
    stopped, others = _stop(desk)
    if stopped is not None:
        return _page(desk, REVIEW, form=form, status=409, **stopped)
    if others:
        desk.keep(others)
    branch = form.cleaned_data["org"]

    def read(told: Content) -> tuple[Bundle, str]:
        bundle = Record(told).bundle(str(desk.token), branch.code if branch else desk.org)
        return bundle, told.get(OTHERS, {}).get("why", "")

    try:
        made = intake.hand_in(desk.actor, desk.token or uuid.uuid4(), read, at=desk.at)
    except (Invalid, Duplicate) as refusal:
        return _page(desk, REVIEW, form=form, refused=_refused(desk, refusal), status=422)
    _tell(desk.request, made if isinstance(made, str) else made.outcome)
    return HttpResponseRedirect(customer_url(made if isinstance(made, str) else made.customer_no))


def _refused(desk: Desk, refusal: ServiceError) -> list[tuple[str, str]]:
    """Each refused place: where it is corrected, and why."""
    record, found = Record(desk.told), []
    for error in refusal.errors:
        facet, place, name = [*error.pointer.strip("/").removeprefix("facets/").split("/"), "", ""][:3]
        step, field = record.asked_at(facet, number_in(place) or 0, name)
        found.append((f"{desk.url(step)}#id_{field}" if step else "", str(error.detail)))
    return found or [("", str(refusal.message))]


def _tell(request: HttpRequest, outcome: str) -> None:
    """What became of it."""
    if outcome == SUSPECT:
        messages.warning(request, _("Created, with a duplicate case for the data stewards."))
    elif outcome == CREATED:
        messages.success(request, _("The customer was created."))
    else:
        messages.info(request, _("This customer had been created already; nothing was written twice."))


# -- the page ---------------------------------------------------------------------------------------------------


def _after(desk: Desk, name: str) -> str:
    names = [one.name for one in desk.way()]
    return names[names.index(name) + 1]


def _page(desk: Desk, name: str, status: int = 200, **more: Any) -> HttpResponse:
    way = desk.way()
    names = [one.name for one in way]
    place = names.index(name)
    context = {
        "title": _("New customer"),
        "step": way[place],
        "way": [(one, desk.url(one.name) if desk.token else "", n + 1) for n, one in enumerate(way)],
        "back": desk.url(names[place - 1]) if place else "",
        "last": name == REVIEW,
        "token": desk.token,
        "kept_until": desk.at + drafts.KEPT_FOR,
        **more,
    }
    if name == REVIEW:
        context |= _sheet(desk)
    if desk.token is None:
        context["drafts"] = _waiting(desk)
    return render_page(desk.request, "panorama/onboarding.html", context, status=status)


def _sheet(desk: Desk) -> dict[str, Any]:
    """What was told, by step, masked; what is still to be corrected or looked at, with the step where."""
    sight, record = desk.actor.sight_anywhere(), Record(desk.told)
    found = record.findings(desk.org, timezone.localtime(desk.at).date())
    return {
        "sheet": [(desk.url(record.step_of(one.key)), one.label, one.sheet(sight)) for one in record.rows],
        "doubts": [
            (f"{desk.url(at_step)}#id_{name}" if at_step else "", one.text)
            for at_step, name, one in found
            if one.severity is not Severity.INFO
        ],
    }


def _waiting(desk: Desk) -> list[dict[str, Any]]:
    """One's own drafts: whom they are about (masked), since when, where to go on."""
    sight = desk.actor.sight_anywhere()
    found = []
    for draft in drafts.mine(desk.actor, DRAFT, at=desk.at):
        rows = Record(drafts.content_of(draft)).rows
        named = [
            one.said(n, sight) for one in rows for n in ("full_name", "registered_name") if one.row.get(n)
        ]
        url = reverse("admin:onboarding_step", args=[draft.token, REVIEW])
        found.append({"name": (named or ["—"])[0], "saved_at": draft.saved_at, "url": url})
    return found
