"""The delivery that rows of a facet file belong to, and the stored row that one of them names."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from batch.formats.errors import text
from batch.layouts.facet import FacetLayout
from batch.pipeline.facet_rows import Told, slot_of
from customers.models import Customer
from mdm.bulk.last_told import runs_of_row
from mdm.errors import NotAllowed, NotFound, Stale
from mdm.history.models import SINCE
from mdm.runs import JobRun
from mdm.subjects import APART, Facet, registry
from security.access.actor import Actor

#: What became of a row, as counts name it.
CREATED, CHANGED, UNCHANGED, ENDED = "created", "updated", "unchanged", "ended"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery that rows belong to: by whom facts are written, in whose name approval is asked, when, why,
    and as which sources (None: as any)."""

    layout: FacetLayout
    actor: Actor
    asker: Actor | None
    business_date: date
    at: datetime
    reason: str
    sources: frozenset[str] | None = None

    @property
    def facet(self) -> Facet:
        return registry.facet(self.layout.facet)

    @property
    def say(self) -> dict[str, Any]:
        """What every service wants to be told."""
        return {"reason": self.reason, "at": self.at}

    def since(self, told: Told) -> dict[str, Any]:
        """Since when what a row tells is so; empty where it does not say."""
        day = told.values.get(SINCE)
        return {SINCE: date.fromisoformat(day)} if day else {}

    def account(self) -> Actor:
        """Who asks for what takes a second person. NotAllowed `approval.nobody` for a file of an operator."""
        if self.asker is None:
            raise NotAllowed("approval.nobody", _("Only an account of a person or a system may ask."))
        return self.asker


def known(delivery: Delivery, customer: Customer, told: Told, slot: str = "") -> Any:
    """The row that is named, by the slot of `told` unless by another. NotFound `row.unknown`; Stale `row.stale` where a
    later day has told of it."""
    row = row_of(delivery, customer, slot or slot_of(delivery.facet, told), told)
    if row is None:
        raise NotFound("row.unknown", _("There is no such entry."))
    runs = runs_of_row(delivery.facet, row.pk)
    if JobRun.objects.filter(pk__in=runs, business_date__gt=delivery.business_date).exists():
        raise Stale("row.stale", text("row.stale"))
    return row


def row_of(delivery: Delivery, customer: Customer, slot: str, told: Told) -> Any:
    """The row of a slot that this source told, by itself or with the whole customer; of a facet of one row, that."""
    stored: Any = delivery.facet.model._default_manager
    rows = stored.filter(customer_id=customer.pk)
    if delivery.facet.multiple:
        rows = rows.filter(source_system=told.system, slot__in=(slot, f"{APART}{slot}"))
    return rows.order_by("status", "-slot", "-pk").first()  # ACTIVE before ENDED, its own before the other
