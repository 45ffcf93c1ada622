"""Erasure as the engine of approvals knows it: what is asked, in words, and how it is done once agreed to."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_no
from customers.selectors.erasing import OPERATION, RIGHT
from customers.services.erasing import do_order
from mdm.errors import Text
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register


def title(request: ChangeRequest) -> Text:
    """What is asked, without a look at the customer, who may be gone by then."""
    return _("Erase a customer")


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Who is to go, how many numbers answer with it, and that there is no way back."""
    number = customer_no(request.customer_id or 0)
    gone = str(_("erased for good"))
    count = str(request.facts.get("members", 1))
    lines = [
        Line(_("Customer number"), number, gone),
        Line(_("Numbers in all, with those merged into it"), count, gone),
    ]
    return Shown(title(request), lines, about=number)


def fields(request: ChangeRequest) -> list[Text]:
    """Whom it is about instead of fields."""
    return [customer_no(request.customer_id or 0)]


def register_operation() -> None:
    """Tell the engine of approvals (`AppConfig.ready`)."""
    register(Operation(OPERATION, _("Erasing a customer"), RIGHT, do_order, show, title=title, fields=fields))
