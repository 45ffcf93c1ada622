"""What of special information takes a second person: told to the engine of approvals, shown in words."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_no
from mdm.codes import get as code_list
from mdm.errors import Text
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from special_info.rules import reasonableness
from special_info.services import agency_batch, agency_payment, investor, tax
from special_info.services.moving import KINDS, Kind

#: The kind of record by the operation that asks for approval.
_KINDS = {
    tax.APPROVE: "tax",
    investor.APPROVE: "investor",
    agency_payment.ACTIVATE: "agency",
    agency_batch.APPROVE: "batch",
}
_TITLES: dict[str, Text] = {
    "tax": _("Self-certification of tax residence"),
    "investor": _("Assessment of an investor"),
    "agency": _("Agency payment agreement"),
    "batch": _("Agency payment batch"),
}


def title(request: ChangeRequest) -> Text:
    """What is asked, without a look at the record."""
    return _TITLES[_KINDS[request.operation]]


def fields(request: ChangeRequest) -> list[Text]:
    """What changes: the state."""
    return [_("state")]


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """From which state to which, and what the product found: nothing of the customer's own values."""
    kind = KINDS[_KINDS[request.operation]]
    lines = [
        Line(_("State"), _label(kind, "before", request), _label(kind, "after", request)),
        *(Line(label, "", str(text)) for label, text in _findings(request)),
    ]
    return Shown(title(request), lines, about=customer_no(request.customer_id or 0))


def _label(kind: Kind, side: str, request: ChangeRequest) -> str:
    before = str(request.base.open()["before"])
    operation = request.operation.partition(".")[2]
    return code_list(kind.machine.states).label(
        before if side == "before" else kind.machine.after(before, operation)
    )


def _findings(request: ChangeRequest) -> list[tuple[Text, Text]]:
    """What the maker was told when it was handed in."""
    facts = request.facts
    found: list[tuple[Text, Text]] = []
    if facts.get("reasonableness"):
        found.append((_("Reasonableness"), code_list("reasonableness").label(str(facts["reasonableness"]))))
    found += [
        (_("Conflict"), reasonableness.INDICIA[code])
        for code in facts.get("indicia", [])
        if code in reasonableness.INDICIA
    ]
    if facts.get("branch"):
        found.append((_("Branch that is met"), code_list("investor_branch").label(str(facts["branch"]))))
    if facts.get("handlers") is not None:
        found.append((_("Handlers"), str(facts["handlers"])))
    if facts.get("lines") is not None:
        found.append((_("Payments"), str(facts["lines"])))
        found.append((_("Payments with findings"), str(facts["flawed"])))
    return found


def register_operations() -> None:
    """Tell the engine of approvals (`AppConfig.ready`)."""
    for name, execute, refused in (
        (tax.APPROVE, tax.do_approve, tax.do_reject),
        (investor.APPROVE, investor.do_approve, investor.do_reject),
        (agency_payment.ACTIVATE, agency_payment.do_activate, agency_payment.do_reject),
        (agency_batch.APPROVE, agency_batch.do_approve_batch, None),
    ):
        kind = KINDS[_KINDS[name]]
        register(
            Operation(
                name,
                _TITLES[kind.name],
                kind.right,
                execute,
                show,
                title=title,
                fields=fields,
                refused=refused,
            )
        )
