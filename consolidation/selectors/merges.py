"""Merges of a customer, and what taking one back would mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consolidation.models import Merge
from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.customer import resolve
from mdm.errors import NotFound, Text
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record

VIEW = "case.view"


@dataclass(frozen=True, slots=True)
class Written:
    """A row written since the merge: what, whose it stays, when, by whom."""

    label: Text
    customer_no: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Parting:
    """A merge, who would stay and who would go, and what was written since. `blocked` says what forbids it."""

    merge: Merge
    stays: list[str]
    goes: list[str]
    written: list[Written]
    blocked: Text


def merges_of(actor: Actor, number: str, *, at: datetime) -> list[Merge]:
    """Every merge that a golden customer is made of, newest first; the read is logged."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number, VIEW)
        about = Q(customer_id__in=view.member_ids) | Q(other_id__in=view.member_ids)
        found = list(Merge.objects.filter(about).order_by("-pk")[:100])
        shown = {pk for one in found for pk in (one.customer_id, one.other_id)} - {view.golden_id}
        record(actor, "merge.list", at, subject="customer", customer_id=view.golden_id, shown=sorted(shown))
        return found


def parting(actor: Actor, merge_id: int, *, at: datetime) -> Parting:
    """What taking a merge back would do. NotFound `merge.unknown` where there is none or it is out of scope."""
    with in_scope(actor, VIEW):
        found = Merge.objects.filter(pk=merge_id).first()
        seen = scoped(Customer.objects.all(), actor, VIEW)
        survivor = None if found is None else seen.filter(pk=found.customer_id).first()
        if found is None or survivor is None or not seen.filter(pk=found.other_id).exists():
            raise NotFound("merge.unknown", _("There is no such merge."))
        goes = [found.other_id, *found.evidence["members"]]
        stays = [pk for pk in (survivor.pk, *survivor.members) if pk not in goes]
        others = [pk for pk in (*stays, *goes) if pk != survivor.pk]
        record(
            actor,
            "merge.read",
            at,
            subject="customer",
            object_id=merge_id,
            customer_id=survivor.pk,
            shown=others,
        )
        written = _written(found, [*stays, *goes])
        return Parting(found, [*map(customer_no, stays)], [*map(customer_no, goes)], written, _blocked(found))


def _written(found: Merge, ids: list[int]) -> list[Written]:
    """Rows written since the merge: each stays with the customer it came with."""
    rows: list[Written] = []
    for facet in registry.facets():
        if facet.name == "customer":
            continue
        mine: Any = facet.model._default_manager
        later = mine.filter(customer_id__in=ids, updated_at__gt=found.decided_at)
        rows += [
            Written(
                facet.model._meta.verbose_name or "",
                customer_no(row.customer_id),
                row.updated_at,
                row.updated_by,
            )
            for row in later.order_by("-updated_at")[:50]
        ]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:50]


def _blocked(found: Merge) -> Text:
    """Why it cannot be taken back; empty where it can."""
    if found.undone_at is not None:
        return _("This merge was taken back already.")
    if Merge.objects.filter(other_id=found.customer_id, undone_at=None, pk__gt=found.pk).exists():
        return _("A later merge builds on this one: take that one back first.")
    return ""
