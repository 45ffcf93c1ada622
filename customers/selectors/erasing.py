"""What an erasure looks at: whether a customer may go, what brought it, whether it has gone already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Never

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Agreement, Customer, Document, Tombstone
from customers.rules import document, retention
from customers.rules.number import customer_id as id_of
from customers.selectors.holdings import holding
from customers.selectors.restricted import in_force
from mdm.bulk import arrays
from mdm.bulk.last_told import runs_told
from mdm.bulk.models import SourceRecord
from mdm.erasure import Erased
from mdm.errors import FieldError, Gone
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import scope_q
from security.approvals.models import ChangeRequest
from security.approvals.states import OPEN
from security.crypto.blind_index import declare, digest_column

RIGHT = "customer.erase"
OPERATION = "customer.erase"
#: The digest kind of what is left of source keys. Its key is never changed: nothing is left to digest anew.
KIND = declare("ERASED_KEY")
_ERASED = "SELECT digest FROM customers_erasedkey WHERE digest = ANY(%s::bytea[])"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a customer may be erased: who would go, and what stands in the way."""

    customer_no: str
    members: list[str]
    obstacles: list[FieldError]


def obstacles(members: Sequence[Customer], today: date) -> list[FieldError]:
    """What stands in the way of erasing a customer (its golden row and all members), each as a place and a text."""
    return list(_obstacles(members, [row.pk for row in members], today))


def _obstacles(members: Sequence[Customer], ids: list[int], today: date) -> Iterator[FieldError]:
    if not all(retention.over(row.lifecycle_status) for row in members):
        text = _(
            "The customer is one still: its status must be closed, deceased, dissolved, rejected or withdrawn."
        )
        yield FieldError("/customer/lifecycle_status", "erasure.status", text)
    else:
        until = max(retention.kept_until(row.lifecycle_status, ended_on([row])) for row in members)
        if until > today:
            yield FieldError("/customer", "erasure.retention", _("The data must be kept until %s.") % until)
    if holding(ids):
        yield FieldError("/agreement", "erasure.agreement", _("There is an agreement that is not closed."))
    if held(ids, today):
        yield FieldError(
            "/restriction", "erasure.hold", _("There is a restriction that has not been lifted.")
        )
    yield from _documents(members, ids, today)
    waiting = ChangeRequest.objects.filter(customer_id__in=ids, state__in=OPEN).exclude(operation=OPERATION)
    if waiting.exists():
        yield FieldError("/change-requests", "erasure.waiting", _("A change request waits to be decided."))


def _documents(members: Sequence[Customer], ids: list[int], today: date) -> Iterator[FieldError]:
    """Documents that are held, or whose time, by their class, is longer than the customer's."""
    kept = list(Document.objects.filter(customer_id__in=ids, disposed_on=None))
    if any(row.held_on for row in kept):
        yield FieldError("/document", "erasure.document_hold", _("There is a document that is held."))
    if not kept or not all(retention.over(row.lifecycle_status) for row in members):
        return
    relation = ended_on(members)
    days = [document.kept_until(row.kind, row.valid_to, relation) or relation for row in kept]
    if max(days) > today:
        text = _("A document must be kept until %s.") % max(days)
        yield FieldError("/document", "erasure.document", text)


def held(ids: Sequence[int], today: date) -> bool:
    """Whether a restriction in force holds the data: an inquiry, a court's order, a hit on a list."""
    return bool(in_force(ids, today).exclude(kind__in=retention.HOLDS_NOTHING).exists())


def ended_on(members: Sequence[Customer]) -> date:
    """The day the relation ended: the last of the days on which accounts were closed and customers became what
    they are, as a source tells it (`valid_to`) or else as it was entered."""
    closed = Agreement.objects.filter(customer_id__in=[row.pk for row in members]).values_list(
        "closed_on", flat=True
    )
    return max([*filter(None, closed), *(_became(row) for row in members)])


def _became(customer: Customer) -> date:
    """Since when a customer is no customer any more."""
    if customer.valid_to is not None:
        return customer.valid_to
    history: Any = Customer.history
    past = (
        history.filter(id=customer.pk).order_by("-history_id").values_list("lifecycle_status", "history_date")
    )
    since = customer.updated_at
    for status, at in past:
        if not retention.over(status):
            break
        since = at
    return timezone.localtime(since).date()


def erased_of(ids: Sequence[int]) -> Erased:
    """What brought these customers: source keys, and load runs that told of them."""
    told = SourceRecord.objects.filter(customer_id__in=ids).values_list(
        "source_system", "source_key", "run_id"
    )
    keys = tuple(sorted({(system, key) for system, key, _run in told}))
    runs = {run for _system, _key, run in told if run is not None}
    return Erased(
        tuple(ids), keys, frozenset(runs.union(*(runs_told(facet, ids) for facet in registry.facets())))
    )


def key_digests(keys: Sequence[tuple[str, str]]) -> list[bytes]:
    """What is left of source keys."""
    found = digest_column(KIND, [f"{system}|{key}" for system, key in keys])
    return [digest for digest in found if digest is not None]


def erased_keys(keys: Sequence[tuple[str, str]]) -> set[int]:
    """The positions of the keys under which there was somebody who has been erased."""
    digests = key_digests(keys)
    with connection.cursor() as cursor:
        # thousands of keys at a time: one literal instead of a parameter each
        cursor.execute(_ERASED, [arrays.of_bytes(digests)])
        gone = {bytes(row[0]) for row in cursor.fetchall()}
    return {at for at, digest in enumerate(digests) if digest in gone} if gone else set()


def refuse_erased(actor: Actor, number: str, permission: str) -> None:
    """Raise Gone `customer.erased` for the number of an erased customer that the actor could have seen.

    Inside `in_scope` of the permission."""
    seen = Tombstone.objects.filter(scope_q(actor, permission, customers=False))
    if seen.filter(pk=id_of(number) or 0).exists():
        gone()


def gone() -> Never:
    """The refusal."""
    raise Gone("customer.erased", _("This customer was erased."))


def tombstone(customer_id: int) -> Tombstone | None:
    """What is left of a customer that was erased."""
    return Tombstone.objects.filter(pk=customer_id).first()


def day_of(at: datetime) -> date:
    """The bank's day of a moment."""
    return timezone.localtime(at).date()
