"""The steps of a record on its page: one form, one button for each operation that its state allows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import DayField, ReasonForm
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Stale, Text
from mdm.rest.problems import status_of
from security.approvals.requests import Done

#: Operation -> what its button says.
LABELS: dict[str, Text] = {
    "submit": _("Hand in"),
    "reopen": _("Take back for correction"),
    "withdraw": _("Withdraw"),
    "report_change": _("Circumstances changed"),
    "invalidate": _("End before its time"),
    "revoke": _("Revoke"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "terminate": _("Terminate"),
    "refuse": _("Refuse the batch"),
    "approve": _("Approve the batch"),
    "send": _("Sent to the paying system"),
}
#: The operations that lead on; the others end or hold up.
ONWARD = frozenset({"submit", "reopen", "resume", "approve", "send"})
#: Colours of states; the word says it.
TONES = {
    "APPROVED": "ok",
    "ACTIVE": "ok",
    "DONE": "ok",
    "SUBMITTED": "info",
    "PENDING": "info",
    "CHECKED": "info",
    "SENT": "info",
    "SUSPENDED": "warn",
    "PARTLY_OK": "warn",
    "REJECTED": "bad",
    "INVALIDATED": "bad",
    "EXPIRED": "bad",
    "REVOKED": "bad",
    "TERMINATED": "bad",
}
#: (version, reason, day told or None) -> what became of it
Act = Callable[[int, str, Any], Any]


class StepForm(ReasonForm):
    """Why, and for a change of circumstances since when."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, operations: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["list"] = "reasons"
        if "report_change" in operations:
            self.fields["changed_on"] = DayField(label=_("Changed on"), required=False)


def buttons(operations: Sequence[str]) -> list[tuple[str, Text, bool]]:
    """The buttons of a page: operation, what it says, whether it is the one that leads on."""
    return [(name, LABELS[name], name in ONWARD) for name in operations if name in LABELS]


def step_form(request: HttpRequest, operations: Sequence[str], version: int) -> StepForm:
    """The form of the page, filled where it was sent."""
    sent = request.POST if request.method == "POST" and "act" in request.POST else None
    return StepForm(sent, operations=operations, initial={"version": version}, prefix="step")


def taken(
    request: HttpRequest, form: StepForm, acts: Mapping[str, Act], right: str, target: str
) -> HttpResponseRedirect | ServiceError | None:
    """Do what was sent: where to go on, or the refusal to show; None where nothing was sent."""
    if request.method != "POST" or "act" not in request.POST:
        return None
    actor_of(request).require(right)
    act = acts.get(request.POST["act"])
    if act is None:
        raise NotFound("page.unknown", _("There is no such page."))
    if not form.is_valid():
        return Invalid("reason.missing", _("Say why."))
    told = form.cleaned_data
    try:
        done = act(told["version"] or 0, told["reason"], told.get("changed_on"))
    except (Invalid, Duplicate, NotAllowed, Stale) as refusal:
        return refusal
    message, address = went(done if isinstance(done, Done) else Done(done), _("Done."), target)
    messages.success(request, message)
    return HttpResponseRedirect(address)


def status(refusal: ServiceError | None) -> int:
    """The status of a page that shows a refusal, or none."""
    return status_of(refusal) if refusal else 200


def number(text: int) -> int:
    """A row id of an address; NotFound for one that no column holds."""
    if text > 2**63 - 1:
        raise NotFound("row.unknown", _("There is no such entry."))
    return text
