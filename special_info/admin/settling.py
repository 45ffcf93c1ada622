"""What became of the payments of a batch, told on its page: the file of the paying system, or the few that failed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import ReasonForm
from mdm.errors import Duplicate, Invalid, NotAllowed, ServiceError, Stale
from special_info.services import agency_batch
from special_info.services.moving import KINDS


class SettleForm(ReasonForm):
    """The results; without a file, only that the others were paid."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    results = forms.FileField(
        label=_("File of results"),
        required=False,
        help_text=_("CSV: line, paid (yes or no), code, text; those told before may be corrected."),
    )
    others_paid = forms.BooleanField(label=_("All payments that it does not name were made"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["list"] = "reasons"


def settle_form(request: HttpRequest, version: int) -> SettleForm:
    """The form of the page, filled where it was sent."""
    sent = (request.POST, request.FILES) if "settle" in request.POST else ()
    return SettleForm(*sent, initial={"version": version}, prefix="settle")


def settled(
    request: HttpRequest, row_id: int, form: SettleForm
) -> HttpResponseRedirect | ServiceError | None:
    """Register what was sent: where to go on, or the refusal to show; None where nothing was sent."""
    if request.method != "POST" or not form.is_bound:
        return None
    actor = actor_of(request)
    actor.require(KINDS["batch"].right)
    if not form.is_valid():
        return Invalid("reason.missing", _("Say why."))
    told = form.cleaned_data
    try:
        agency_batch.settle_some(
            actor,
            row_id,
            told["version"],
            text_of(told["results"]) if told["results"] else "",
            others_paid=told["others_paid"],
            reason=told["reason"],
            at=timezone.now(),
        )
    except (Invalid, Duplicate, NotAllowed, Stale) as refusal:
        return refusal
    messages.success(request, _("The results were registered."))
    return HttpResponseRedirect(request.path)


def text_of(file: Any) -> str:
    """The file as text: UTF-8, else GB18030, as employers' programs write. Invalid `batch.refused`."""
    raw: bytes = file.read()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            raise Invalid("batch.refused", _("The file is neither UTF-8 nor GB18030.")) from None
