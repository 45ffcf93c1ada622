"""Status changes, transfers and released documents as the engine of approvals knows them: in words, and how done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_id, customer_no
from customers.selectors.customer_rows import current_version
from customers.selectors.documents import document_of
from customers.services import documents, status, transferring
from mdm.codes import get as code_list
from mdm.errors import Text
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.models import Organisation

#: Numbers that a request for many customers shows.
SHOWN = 20


def _status_title(_request: ChangeRequest) -> Text:
    return _("Change the status of a customer")


def _status_fields(request: ChangeRequest) -> list[Text]:
    return [_label(str(request.facts["to"]))]


def _label(code: str) -> str:
    return code_list("lifecycle_status").label(code)


def _status_shown(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    facts = request.facts
    lines = [Line(_("customer status"), _label(str(facts["from"])), _label(str(facts["to"])))]
    return Shown(_status_title(request), lines, about=customer_no(request.customer_id or 0))


def _on_what_stands(actor: Actor, told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**told, "version": current_version(actor, "customer", customer_id(told["customer"]) or 0)}


def _transfer_title(request: ChangeRequest) -> Text:
    count = request.facts["customers"]
    return _("Transfer a customer") if count == 1 else _("Transfer %s customers") % count


def _transfer_fields(request: ChangeRequest) -> list[Text]:
    return [str(request.facts[name]) for name in ("org", "manager") if request.facts[name]]


def _transfer_shown(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """From where to where, and whom; of many the first numbers."""
    told: dict[str, Any] = request.arguments.open()
    branches = {one.code: str(one) for one in Organisation.objects.all()}
    numbers = list(told["from"])
    lines = []
    if told["org"]:
        now = ", ".join(sorted({branches.get(code, code) for code in told["from"].values()}))
        lines.append(Line(_("managing branch"), now, branches.get(told["org"], told["org"])))
    if told["manager"]:
        lines.append(Line(_("account manager"), "", str(told["manager"])))
    if len(numbers) > 1:
        more = " …" if len(numbers) > SHOWN else ""
        lines.append(Line(_("Customers"), str(len(numbers)), ", ".join(numbers[:SHOWN]) + more))
    return Shown(_transfer_title(request), lines, about=numbers[0] if len(numbers) == 1 else "")


def _release_title(_request: ChangeRequest) -> Text:
    return _("Release a document that is held")


def _release_shown(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    kind = code_list("document_kind").label(str(request.facts["kind"]))
    lines = [Line(kind, str(_("held since %s") % request.facts["held_on"]), str(_("not held")))]
    return Shown(_release_title(request), lines, about=customer_no(request.customer_id or 0))


def _release_fields(request: ChangeRequest) -> list[Text]:
    return [code_list("document_kind").label(str(request.facts["kind"]))]


def _release_on_what_stands(actor: Actor, told: Mapping[str, Any]) -> Mapping[str, Any]:
    with in_scope(actor, documents.HOLD):
        _view, row = document_of(actor, told["customer"], told["row"], documents.HOLD)
    return {**told, "version": row.version}


def register_operations() -> None:
    """Tell the engine of approvals (`AppConfig.ready`)."""
    register(
        Operation(
            status.OPERATION,
            _("Change of a customer's status"),
            status.RIGHT,
            status.do_change,
            _status_shown,
            rebase=_on_what_stands,
            title=_status_title,
            fields=_status_fields,
        )
    )
    register(
        Operation(
            transferring.OPERATION,
            _("Transfer of customers"),
            transferring.RIGHT,
            transferring.do_transfer,
            _transfer_shown,
            title=_transfer_title,
            fields=_transfer_fields,
        )
    )
    register(
        Operation(
            documents.RELEASE,
            _("Releasing a document that is held"),
            documents.HOLD,
            documents.do_release,
            _release_shown,
            rebase=_release_on_what_stands,
            title=_release_title,
            fields=_release_fields,
        )
    )
