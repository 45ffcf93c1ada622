"""The page of one document: its chain, its checks, and the steps that its state allows."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.selectors.documents import Told, document
from credentials.services import lifecycle, replacing, verifying
from credentials.services.verifying import Check
from customers.admin.documents import pictures_of
from customers.admin.links import customer_url, row_url
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import looked_at, went
from mdm.backoffice.forms import REASONS, CodeMenu, ReasonForm, add_errors, form_field
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import own_fields
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Stale, Text
from mdm.paging import number_in
from security.access.actor import Actor
from security.approvals.models import ChangeRequest

#: Colours of states; the word says it.
TONES = {"VERIFIED": "ok", "EXPIRING": "warn", "GRACE": "warn", "PENDING_VERIFY": "info", "DRAFT": "info"}
_ENDS = frozenset({"EXPIRED", "LOST", "REVOKED", "VERIFY_FAILED"})
STEPS: dict[str, Text] = {
    "submit": _("Submit for verification"),
    "retry": _("Verify again"),
    "report_loss": _("Reported lost"),
    "found": _("Found again"),
    "revoke": _("Revoked by the issuer"),
    "void": _("Entered in error"),
}


def _coded(label: Any, list_name: str) -> forms.ChoiceField:
    return CodeMenu(list_name, label=label)


def _line(label: Any, length: int) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.TextInput(attrs=attrs)
    )


class CheckForm(ReasonForm):
    """What a check told."""

    method = _coded(_("method of verification"), "verification_method")
    outcome = _coded(_("result of the check"), "verification_outcome")
    source = _line(_("who was asked"), 60)
    reference = _line(_("reference of the evidence"), 80)


class StepForm(ReasonForm):
    """One of the steps that the state allows."""

    step = forms.ChoiceField(label=_("Step"))
    reference = _line(_("the issuer's notice"), 80)

    def __init__(self, *args: Any, steps: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = [("", "—"), *((name, STEPS[name]) for name in steps)]  # type: ignore[attr-defined]
        if "revoke" not in steps:
            del self.fields["reference"]


class SuccessorForm(ReasonForm):
    """The document that takes the place of this one. What stays empty is as on the old one, except for dates."""

    how = _coded(_("how it came in its place"), "replacement_kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in own_fields(Credential):
            if field.name in replacing.TOLD:
                self.fields[field.name] = form_field(Credential, field)
                self.fields[field.name].required = False
        self.order_fields(["how", "issue_date", "expiry_date", "number", "type"])


@page("document/<int:row_id>/", "document", "customer.view")
def show(request: HttpRequest, row_id: int) -> HttpResponse:
    """One document; what is sent is a check, a successor or a step, whichever form it comes from."""
    if row_id > 2**63 - 1:
        raise NotFound("row.unknown", _("There is no such entry."))
    actor, at = actor_of(request), timezone.now()
    told = document(actor, row_id, at=at)
    if request.method == "POST" and not told.may:
        raise NotAllowed("access.denied", _("You may not change this customer."))
    made = _forms(request, told)
    refusal: ServiceError | None = None
    sent = made.get(request.POST.get("act", "")) if request.method == "POST" else None
    if sent is not None and sent.is_valid():
        try:
            message, target = _ACTS[request.POST["act"]](request, told, sent)
        except (Invalid, Duplicate, Stale) as refused:
            refusal = refused
            add_errors(sent, refused)
        else:
            messages.success(request, message)
            return HttpResponseRedirect(target)
    status = 412 if isinstance(refusal, Stale) else 422 if sent is not None else 200
    return render_page(request, "panorama/document.html", _context(actor, told, made, sent), status=status)


def _forms(request: HttpRequest, told: Told) -> dict[str, Any]:
    """The forms that the state allows; the one that was sent holds what was sent."""
    if not told.may:
        return {}
    act = request.POST.get("act", "") if request.method == "POST" else ""

    def sent(name: str) -> Any:
        return request.POST if act == name else None

    made: dict[str, Any] = {}
    if told.checkable:
        made["check"] = CheckForm(sent("check"), prefix="check")
    if told.replaceable:
        made["replace"] = SuccessorForm(sent("replace"), prefix="replace")
    if told.steps:
        made["step"] = StepForm(sent("step"), prefix="step", steps=told.steps)
    return made


def _context(actor: Actor, told: Told, made: dict[str, Any], sent: Any) -> dict[str, Any]:
    head, row = told.view.head, told.view.row
    state = row.lifecycle_state  # type: ignore[attr-defined]
    return {
        "title": told.texts["type"],
        "crumbs": [
            {"url": row_url(told.view.facet, "changelist"), "label": Credential._meta.verbose_name_plural},
            {"url": customer_url(head["customer_no"]), "label": head["display_name"] or head["customer_no"]},
        ],
        "told": told,
        "head": head,
        "row": row,
        "tone": TONES.get(state, "bad" if state in _ENDS else ""),
        "sheet": [
            (f.verbose_name, told.texts[f.attname]) for f in own_fields(Credential) if f.name not in _APART
        ],
        "on_file": pictures_of(actor, head["customer_no"], "credential", row.pk, timezone.now()),
        "form": sent,
        "forms": made,
        "edit_url": row_url(told.view.facet, "change", row.pk) if told.may else "",
        "reasons": REASONS,
    }


_APART = frozenset({"type", "lifecycle_state", "replaces", "replaced_how"})


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return number_in(text) or 0


def _check(request: HttpRequest, told: Told, form: forms.Form) -> tuple[str, str]:
    data = dict(form.cleaned_data)
    reason, row_id = data.pop("reason"), told.view.row.pk
    done = verifying.ask(
        actor_of(request), row_id, _version(request), Check(**data), reason=reason, at=timezone.now()
    )
    return went(done, _("The check was kept."), _url(row_id))


def _replace(request: HttpRequest, told: Told, form: forms.Form) -> tuple[str, str]:
    data = dict(form.cleaned_data)
    reason, how, row_id = data.pop("reason"), data.pop("how"), told.view.row.pk
    new = replacing.replace(
        actor_of(request), row_id, _version(request), how, data, reason=reason, at=timezone.now()
    )
    return str(_("The new document was entered. It awaits verification.")), _url(new.pk)


def _step(request: HttpRequest, told: Told, form: forms.Form) -> tuple[str, str]:
    data, row_id = form.cleaned_data, told.view.row.pk
    done = lifecycle.ask(
        actor_of(request),
        row_id,
        _version(request),
        data["step"],
        reason=data["reason"],
        at=timezone.now(),
        reference=data.get("reference", ""),
    )
    target = customer_url(told.view.head["customer_no"]) if data["step"] == "void" else _url(row_id)
    return went(done, _("The step was taken."), target)


def _url(row_id: int) -> str:
    return reverse("admin:document", args=[row_id])


_ACTS = {"check": _check, "replace": _replace, "step": _step}


def _looked(request: ChangeRequest) -> str:
    """Where the document of a request is."""
    return _url(int(request.target.rpartition(":")[2]))


for _operation in (verifying.CONFIRM, lifecycle.VOID):
    looked_at(_operation, _looked)
