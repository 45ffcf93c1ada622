"""Steps of documents by file: submitted, tried again, lost, found, revoked, voided, and the document that comes in the
place of another; each is the call that a button makes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from batch.formats.errors import error, refuse
from batch.layouts.facet import IN_PLACE_OF, NOTICE, SUCCESSIONS
from batch.pipeline.delivery import CHANGED, CREATED, UNCHANGED, Delivery, known, row_of
from batch.pipeline.facet_rows import Told, checked, slot_of
from credentials.rules.lifecycle import ASKED
from credentials.services import lifecycle, replacing
from credentials.services.lifecycle import FACET
from customers.models import Customer
from customers.services import facets
from customers.services.facets import Teller
from mdm.errors import Invalid
from mdm.subjects import APART

#: Told again, these say what is so already.
_SAME = {"report_loss": "LOST", "revoke": "REVOKED", "void": "VOID"}


def _step(trigger: str, delivery: Delivery, customer: Customer, told: Told) -> str:
    """A step of the table. Taking a document out may take a second person, who is asked as at a screen."""
    row = known(delivery, customer, told)
    if row.lifecycle_state == _SAME.get(trigger):
        return UNCHANGED
    actor = delivery.account() if trigger == "void" else delivery.actor
    notice = (told.values.get(NOTICE) or "")[:80]
    lifecycle.ask(actor, row.pk, row.version, trigger, reference=notice, **delivery.say)
    return CHANGED


def _succeed(how: str, delivery: Delivery, customer: Customer, told: Told) -> str:
    """A new document, under its own slot, in the place of the one that is named."""
    place, slot = told.values.get(IN_PLACE_OF) or "", slot_of(delivery.facet, told)
    missing = [name for name, value in ((IN_PLACE_OF, place), ("slot", told.slot)) if not value]
    if missing:
        raise refuse([error("row.required", f"/{name}") for name in missing])
    old, new = known(delivery, customer, told, place), row_of(delivery, customer, slot, told)
    values = checked(delivery.facet, told)
    if new is not None:
        return _told_already(delivery, customer, new, old, values)
    teller = Teller(told.system, told.key or customer.customer_no, f"{APART}{slot}", of_record=bool(told.key))
    replacing.replace(delivery.actor, old.pk, old.version, how, values, teller=teller, **delivery.say)
    return CREATED


def _told_already(
    delivery: Delivery, customer: Customer, new: Any, old: Any, values: Mapping[str, Any]
) -> str:
    told = dict(values)
    if new.replaces != old.pk or facets.differs(
        delivery.facet, new, customer.pk, told, delivery.business_date
    ):
        raise Invalid("row.exists", _("There is one already: change it instead."))
    return UNCHANGED


#: Operation -> what it does.
STEPS: dict[str, Callable[[Delivery, Customer, Told], str]] = {
    **{trigger: partial(_step, trigger) for trigger in ASKED},
    **{operation: partial(_succeed, how) for operation, how in SUCCESSIONS.items()},
}
__all__ = ["FACET", "STEPS"]
