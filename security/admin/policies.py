"""Changing a rule of approval: asked for here, agreed to by a security officer, carried out by a worker."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import request_url
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, Stale
from security.access.roles import PERMISSIONS
from security.approvals.persons import decides
from security.approvals.registry import operation
from security.authentication.freshness import fresh
from security.services import policy_changes
from security.services.policy_changes import ALWAYS, FIGURES, LEVELS, MANAGE

#: The most levels a rule has.
_MOST_LEVELS = 3


class RuleForm(ReasonForm):
    """How many agree, in which time, who first and who after that."""

    always = forms.BooleanField(
        label=ALWAYS, required=False, help_text=_("It then holds for every case of this operation.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, least, most) in FIGURES.items():
            self.fields[name] = forms.IntegerField(label=str(label), min_value=least, max_value=most)
        choices = [(code, text) for code, text in PERMISSIONS.items() if decides(code)]
        for level in range(1, _MOST_LEVELS + 1):
            options = choices if level == 1 else [("", "—"), *choices]
            label = LEVELS if level == 1 else _("Then, when it was not decided in time")
            self.fields[f"level_{level}"] = forms.ChoiceField(
                label=label, choices=options, required=level == 1
            )
        self.order_fields((*FIGURES, *(f"level_{n}" for n in range(1, _MOST_LEVELS + 1)), "always", "reason"))

    def told(self) -> dict[str, Any]:
        """The rule as it is to be."""
        levels = [self.cleaned_data[f"level_{n}"] for n in range(1, _MOST_LEVELS + 1)]
        figures = {name: self.cleaned_data[name] for name in (*FIGURES, "always")}
        return {**figures, "levels": [one for one in levels if one]}


@page("approvals/rules/<str:name>/<str:rule>/", "approval_rule", MANAGE)
@fresh(methods=("POST",))
def change(request: HttpRequest, name: str, rule: str) -> HttpResponseBase:
    """The form of one rule; sent, a change request."""
    state = policy_changes.state_of(name, rule)
    first = {**state, **{f"level_{n}": one for n, one in enumerate(state["levels"], 1)}}
    form = RuleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        reason, at = form.cleaned_data["reason"], timezone.now()
        try:
            done = policy_changes.change(actor_of(request), name, rule, form.told(), reason=reason, at=at)
        except (Invalid, Duplicate, Stale) as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("A second person has to agree. Nothing has changed yet."))
            assert done.request is not None  # noqa: S101 (policy.change never goes alone)
            return HttpResponseRedirect(request_url(done.request.pk))
    context = {
        "title": policy_changes.in_force(name, rule).label,
        "lead": operation(name).label,
        "crumbs": [{"url": reverse("admin:approval_rules"), "label": _("Rules of approval")}],
        "form": form,
        "save_label": _("Ask for this change"),
    }
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)
