"""Operations on documents as the engine of approvals knows them: what is asked, in words, and how it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.services.lifecycle import RIGHT, VOID, do_void
from credentials.services.verifying import CONFIRM, do_verify
from customers.rules.number import customer_no
from customers.selectors.customer_rows import current_version
from mdm.codes import get as code_list
from mdm.errors import Text
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register

Arguments = Mapping[str, Any]
_TITLES: dict[str, Text] = {CONFIRM: _("Confirm a document by hand"), VOID: _("Void a document")}


def title(request: ChangeRequest) -> Text:
    """What is asked, without a look into the database."""
    return _TITLES[request.operation]


def fields(request: ChangeRequest) -> list[Text]:
    """The kind of document instead of fields."""
    return [code_list("credential_type").label(str(request.facts["type"]))]


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Which document, and what was told of it; no number of it."""
    states, told = code_list("credential_state"), request.arguments.open()
    kind = code_list("credential_type").label(str(request.facts["type"]))
    row: Any = Credential.objects.filter(pk=told["row"]).first()
    now = states.label(row.lifecycle_state) if row else ""
    after = "VOID" if request.operation == VOID else "VERIFIED"
    lines = [Line(kind, now, states.label(after))]
    if request.operation == CONFIRM:
        lines.append(Line(_("reference of the evidence"), "", str(told["reference"])))
    return Shown(title(request), lines, about=customer_no(request.customer_id or 0))


def on_what_stands(actor: Actor, told: Arguments) -> Arguments:
    """The same on the document's version of now."""
    return {**told, "version": current_version(actor, "credential", told["row"])}


def register_operations() -> None:
    """Tell the engine of approvals (`AppConfig.ready`)."""
    for name, execute in ((CONFIRM, do_verify), (VOID, do_void)):
        register(
            Operation(
                name, _TITLES[name], RIGHT, execute, show, rebase=on_what_stands, title=title, fields=fields
            )
        )
