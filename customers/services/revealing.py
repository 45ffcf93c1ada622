"""Showing clear values: with a right, a cause and words, for a minute, counted, logged, watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.customer import VIEW
from customers.selectors.requests import ADD, CHANGE, END
from customers.services.marks import is_relative
from mdm.bulk.tables import field_of, own_fields
from mdm.display import sensitive
from mdm.errors import FieldError, Invalid, NotAllowed, NotFound
from mdm.extension.values import values_of
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.causes import CAUSES, DOCUMENTED, SHORTEST
from security.access.scope import in_scope, scoped
from security.approvals.reading import get as get_request
from security.audit.log import record
from security.audit.reasons import refuse_sensitive
from security.models import Reveal
from security.services.alerts import Shown, after_reveal, daily_quota, reveals_today

RIGHT = "clear.read"
#: How long a page shows clear values, and the most fields one showing opens.
SHOWN_FOR = timedelta(seconds=60)
MOST_FIELDS = 10
#: The key of the advisory lock that counts one user's showings one after the other.
_LOCK = 0x72657665


@dataclass(frozen=True, slots=True)
class Why:
    """The cause (a code of CAUSES), the words, and the document's or ticket's number where the cause has one."""

    cause: str
    words: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Revealed:
    """Clear values by field, until when they may be shown, and the mark that says who saw them when."""

    values: dict[str, Any]
    until: datetime
    watermark: str
    customer_no: str
    quota_left: int


def reveal(
    actor: Actor,
    facet_name: str,
    row_id: int,
    fields: Sequence[str],
    why: Why,
    *,
    at: datetime,
    number: str = "",
) -> Revealed:
    """The clear values of some fields of a row (of the customer `number`, where that is told), in one
    transaction with the trace of it.

    Raises NotAllowed without the right, for a field the role does not see, and `reveal.quota` over the day's
    quota; NotFound out of scope; Invalid `reveal.reason` and `reveal.field`.
    """
    _check(why)
    with in_scope(actor, RIGHT):
        facet, row, customer = _row(actor, facet_name, row_id)
        if number and (customer_id(number) or 0) not in (customer.pk, *customer.members):
            raise _unknown()
        _check_fields(actor, facet, customer, fields)
        left = _count(actor, at)
        entry = _written(actor, facet.name, row_id, customer.pk, fields, why, at)
        after_reveal(Shown(actor, customer, is_relative(actor.user_id, customer), at))
        values = values_of(facet.model, row, [field_of(facet, name) for name in fields])
        return Revealed(values, entry.shown_until, _mark(actor, at), customer.customer_no, left)


def reveal_content(
    actor: Actor, facet_name: str, row_id: int, told: Sequence[str], why: Why, *, at: datetime, number: str
) -> tuple[Reveal, int]:
    """The trace of showing what a row leads to and does not hold itself (the pages of a document; `told` names
    them), and how many showings are left today. Raises as `reveal`; what it shows is the caller's matter.
    """
    _check(why)
    with in_scope(actor, RIGHT):
        facet, _told, customer = _row(actor, facet_name, row_id)
        if (customer_id(number) or 0) not in (customer.pk, *customer.members):
            raise _unknown()
        left = _count(actor, at)
        entry = _written(actor, facet.name, row_id, customer.pk, told, why, at)
        after_reveal(Shown(actor, customer, is_relative(actor.user_id, customer), at))
        return entry, left


def reveal_request(actor: Actor, request_id: int, why: Why, *, at: datetime) -> Revealed:
    """What a change request about an entry asks for, in clear: (before, after) of each sensitive field.

    Raises NotFound `approval.unknown` for who may not see the request, `row.unknown` where its customer is out of
    reach; NotAllowed and Invalid as `reveal`, `reveal.field` where nothing of it is masked.
    """
    _check(why)
    actor.require(RIGHT)
    request = get_request(actor, request_id, at=at).request
    if request.operation not in (CHANGE, ADD, END):
        raise _unknown()
    with in_scope(actor, RIGHT):
        facet, customer = registry.facet(str(request.facts["facet"])), _golden(actor, request.customer_id)
        sight = actor.sight(customer)
        known = {f.attname for f in own_fields(facet.model) if sensitive(facet.model, f)}
        fields = [name for name in request.fields if name in known and not sight.hides(facet.name, name)]
        if not fields:
            raise Invalid("reveal.field", _("Nothing of this request is masked and may be shown to you."))
        left = _count(actor, at)
        entry = _written(actor, "change_request", request.pk, customer.pk, fields, why, at)
        after_reveal(Shown(actor, customer, is_relative(actor.user_id, customer), at))
        base = request.base.open()
        values = {name: (base["before"].get(name), base["after"].get(name)) for name in fields}
        return Revealed(values, entry.shown_until, _mark(actor, at), customer.customer_no, left)


def reveal_file(
    actor: Actor, right: str, subject: str, object_id: int, told: Sequence[str], why: Why, *, at: datetime
) -> tuple[Reveal, int]:
    """The trace of taking away a file of clear values (`told` names it), and how many showings are left today.

    The file and who may have it are the caller's matter. Raises NotAllowed without the `right` and `reveal.quota`;
    Invalid `reveal.reason`.
    """
    actor.require(right)
    _check(why)
    with transaction.atomic():
        left = _count(actor, at)
        entry = _written(actor, subject, object_id, None, told, why, at)
        after_reveal(Shown(actor, None, False, at))
        return entry, left


def _check(why: Why) -> None:
    """Refuse a cause that is none, words that say nothing, a missing document; numbers of customers in either."""
    wrong = []
    if why.cause not in CAUSES:
        wrong.append(FieldError("/cause", "reveal.reason", _("Choose a cause.")))
    if len(why.words.strip()) < SHORTEST:
        wrong.append(FieldError("/reason", "reveal.reason", _("Say why in at least five characters.")))
    if why.cause in DOCUMENTED and not why.document.strip():
        wrong.append(FieldError("/document", "reveal.reason", _("Name the document or the ticket.")))
    if wrong:
        raise Invalid("reveal.reason", _("Clear values need a cause and words."), wrong)
    refuse_sensitive(why.words, "/reason")
    refuse_sensitive(why.document, "/document")


def _row(actor: Actor, facet_name: str, row_id: int) -> tuple[Facet, Any, Customer]:
    """The row with its golden customer, both within reach of the right and of seeing customers."""
    if facet_name not in {facet.name for facet in registry.facets()}:
        raise _unknown()
    facet = registry.facet(facet_name)
    row: Any = facet.model._default_manager.filter(pk=row_id).first()
    owner = row and (row if isinstance(row, Customer) else row.customer)
    return facet, row, _golden(actor, (owner.golden_id or owner.pk) if owner else None)


def _golden(actor: Actor, customer_id: int | None) -> Customer:
    """A golden customer within reach of the right and of seeing customers."""
    found = scoped(Customer.objects.all(), actor, RIGHT).filter(pk=customer_id or 0).first()
    golden = Customer.objects.filter(pk=found.golden_id).first() if found and found.golden_id else found
    if golden is None or not actor.may_on(VIEW, golden) or not actor.may_on(RIGHT, golden):
        raise _unknown()
    return golden


def _unknown() -> NotFound:
    return NotFound("row.unknown", _("There is no such entry."))


def _check_fields(actor: Actor, facet: Facet, customer: Customer, fields: Sequence[str]) -> None:
    """Only sensitive fields of the facet, each once, and none that the role does not see."""
    known = {f.attname for f in own_fields(facet.model) if sensitive(facet.model, f)}
    if not fields or len(fields) > MOST_FIELDS or len(set(fields)) < len(fields) or not set(fields) <= known:
        text = _("Name fields of this entry that are masked.")
        raise Invalid("reveal.field", text, [FieldError("/fields", "reveal.field", text)])
    sight = actor.sight(customer)
    if any(sight.hides(facet.name, name) for name in fields):
        raise NotAllowed("access.denied", _("Your role does not see this field."))


def _count(actor: Actor, at: datetime) -> int:
    """How many showings are left after this one; NotAllowed `reveal.quota` where none is.

    Counted in the database, one showing of a user after the other, so neither a lost cache nor two
    requests at once give one more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, (actor.user_id or 0) % 2**31])
    quota, shown = daily_quota(), reveals_today(actor, at)
    if shown >= quota:
        raise NotAllowed("reveal.quota", _("You have used up today's %d showings of clear values.") % quota)
    return quota - shown - 1


def _written(
    actor: Actor,
    subject: str,
    row_id: int,
    customer_id: int | None,
    fields: Sequence[str],
    why: Why,
    at: datetime,
) -> Reveal:
    """The trace of a showing: which fields of which row, never what stood in them."""
    reason = f"{why.words.strip()} [{why.document.strip()}]" if why.document.strip() else why.words.strip()
    told = {"fields": sorted(fields), "cause": why.cause}
    record(
        actor,
        "clear.read",
        at,
        subject=subject,
        object_id=row_id,
        customer_id=customer_id,
        fields=told,
        reason=reason,
    )
    return Reveal.objects.create(
        at=at,
        shown_until=at + SHOWN_FOR,
        user_id=actor.user_id or 0,
        actor=actor.name,
        org_code=actor.org_code,
        channel=actor.channel,
        customer_id=customer_id,
        facet=subject,
        row_id=row_id,
        fields=sorted(fields),
        cause=why.cause,
        reason=reason[:200],
        request_id=actor.request_id,
    )


def _mark(actor: Actor, at: datetime) -> str:
    """What stands over the values: who saw them when."""
    return f"{actor.name} {at:%Y-%m-%d %H:%M:%S}Z"
