"""Reading documents: which there are, their editions, a masked picture of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Document
from customers.rules.document import kept_until
from customers.rules.retention import over
from customers.selectors.customer import CustomerView, resolve
from customers.selectors.erasing import ended_on
from customers.selectors.gathering import gather
from customers.selectors.panorama import NAMED, display_name
from customers.selectors.rows import texts
from mdm.errors import Gone, NotAllowed, NotFound
from mdm.history.models import Status
from mdm.storage.models import StoredObject
from mdm.storage.objects import read_object
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record
from security.content.viewing import WHOLE, Look, mark_of, page_picture

#: The right to see documents, masked.
VIEW = "document.view"
#: Where a role hides what documents show (`document.content`), it does not see them at all.
FACET, CONTENT = "document", "content"
#: Documents that one page shows.
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Edition:
    """One content that a document has had. `sm3` is the digest of the bytes that are kept."""

    number: int
    object_id: int
    media_type: str
    pages: int
    size: int
    sm3: str
    destroyed: bool
    at: datetime
    by: str
    reason: str


def documents_about(actor: Actor, number: str, about: str, about_id: int, *, at: datetime) -> list[Document]:
    """The documents in force that belong to an entry of a customer (a credential, a case), oldest first."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number, VIEW)
        rows = list(of(view).filter(about=about, about_id=about_id, status=Status.ACTIVE).order_by("pk"))
        fields = {"shown": len(rows), "about": about}
        record(actor, "document.list", at, subject=FACET, customer_id=view.golden_id, fields=fields)
        return rows


def editions(actor: Actor, number: str, row_id: int, *, at: datetime) -> list[Edition]:
    """What a document has held, newest first. NotFound out of scope."""
    with in_scope(actor, VIEW):
        view, row = document_of(actor, number, row_id, VIEW)
        record(actor, "document.editions", at, subject=FACET, object_id=row_id, customer_id=view.golden_id)
        return editions_of(row)


def preview(
    actor: Actor,
    number: str,
    row_id: int,
    *,
    page: int = 1,
    edition: int | None = None,
    side: int = WHOLE,
    at: datetime,
) -> bytes:
    """A page (from 1) as PNG: masked, marked with who looks and when; the look is logged.

    NotFound out of scope and for a page or edition that is not there, Gone `document.disposed`, Unavailable
    `crypto.tampered` for content that is not what was stored.
    """
    with in_scope(actor, VIEW):
        view, row = document_of(actor, number, row_id, VIEW)
        wanted = edition_of(row, edition, page)
        told = {"edition": wanted.number, "page": page}
        record(
            actor,
            "document.preview",
            at,
            subject=FACET,
            object_id=row_id,
            customer_id=view.golden_id,
            fields=told,
        )
    return picture_of(wanted, page, Look(masked=True, mark=mark_of(actor.name, at), side=side))


def document_of(actor: Actor, number: str, row_id: int, right: str) -> tuple[CustomerView, Document]:
    """A customer's document, inside `in_scope` of the right. NotFound for another's, and out of scope;
    NotAllowed where the role sees no documents."""
    view = resolve(actor, number, right)
    row = of(view).filter(pk=row_id).first()
    if row is None:
        raise NotFound("row.unknown", _("There is no such entry."))
    refuse_hidden(actor, view.customer)
    return view, row


def refuse_hidden(actor: Actor, customer: Customer) -> None:
    """NotAllowed where every right that reaches the customer hides what documents show."""
    if actor.sight(customer).hides(FACET, CONTENT):
        raise NotAllowed("access.denied", _("Your role does not see documents."))


def of(view: CustomerView) -> QuerySet[Document]:
    """The documents of a customer and its members."""
    return Document.objects.filter(customer_id__in=view.member_ids)


def editions_of(row: Document) -> list[Edition]:
    """The same as `editions`, of a row at hand, unlogged."""
    history: Any = Document.history
    first: dict[int, Any] = {}
    for told in history.filter(id=row.pk).order_by("history_id"):
        first.setdefault(told.edition, told)
    stored = StoredObject.objects.in_bulk([told.object_id for told in first.values()])
    return [
        _edition(told, stored.get(told.object_id)) for _number, told in sorted(first.items(), reverse=True)
    ]


def _edition(told: Any, stored: StoredObject | None) -> Edition:
    if stored is None:
        raise NotFound("object.unknown", _("There is no such object."))
    return Edition(
        number=told.edition,
        object_id=stored.pk,
        media_type=told.media_type,
        pages=told.pages,
        size=stored.size,
        sm3=stored.sm3,
        destroyed=stored.destroyed_at is not None,
        at=told.history_date,
        by=told.history_user_id or "",
        reason=told.history_change_reason or "",
    )


def edition_of(row: Document, number: int | None, page: int = 1) -> Edition:
    """An edition of a document, the current one unless named. NotFound where it or the page is not there."""
    wanted = row.edition if number is None else number
    found = next((one for one in editions_of(row) if one.number == wanted), None)
    if found is None or not 1 <= page <= found.pages:
        raise NotFound("document.page", _("The document has no such page or edition."))
    if found.destroyed:
        raise Gone("document.disposed", _("The content of this document was destroyed; its time was over."))
    return found


def content_of(edition: Edition) -> bytes:
    """The bytes that are kept, their digest proved."""
    return read_object(StoredObject.objects.get(pk=edition.object_id).name)[1]


def picture_of(edition: Edition, page: int, look: Look) -> bytes:
    """A page (from 1) as PNG."""
    return page_picture(content_of(edition), edition.media_type, page - 1, look)


def objects_of(customer_ids: Sequence[int]) -> set[int]:
    """The stored objects of all editions of all documents that customers came with."""
    history: Any = Document.history
    rows = Document.objects.filter(customer_id__in=customer_ids).values_list("object_id", flat=True)
    past = history.filter(customer_id__in=customer_ids).values_list("object_id", flat=True)
    return {*rows, *past}


@dataclass(frozen=True, slots=True)
class Card:
    """One document as a page shows it: the row, its masked texts, its editions (newest first), whose it is."""

    row: Document
    texts: dict[str, str]
    editions: list[Edition]
    name: str
    customer_no: str
    kept_until: date | None


@dataclass(frozen=True, slots=True)
class Cards:
    """The documents of a customer, in force first, and its name."""

    cards: list[Card]
    name: str


def documents_of(actor: Actor, number: str, *, at: datetime) -> Cards:
    """All documents of a customer with those that have ended. NotFound out of scope; logged."""
    with in_scope(actor, VIEW):
        view = resolve(actor, number, VIEW)
        refuse_hidden(actor, view.customer)
        rows = list(of(view).order_by("status", "-pk")[:MOST_SHOWN])
        record(
            actor, "document.list", at, subject=FACET, customer_id=view.golden_id, fields={"shown": len(rows)}
        )
        name = _name(actor, view)
        return Cards([_card(actor, view, row, name) for row in rows], name)


def cards_about(actor: Actor, number: str, about: str, about_id: int, *, at: datetime) -> list[Card]:
    """The documents in force that belong to an entry, as a page shows them."""
    with in_scope(actor, VIEW):
        rows = documents_about(actor, number, about, about_id, at=at)
        view = resolve(actor, number, VIEW)
        refuse_hidden(actor, view.customer)
        return [_card(actor, view, row, "") for row in rows]


def one_document(actor: Actor, number: str, row_id: int, *, at: datetime) -> Card:
    """One document with its editions. NotFound out of scope; logged."""
    with in_scope(actor, VIEW):
        view, row = document_of(actor, number, row_id, VIEW)
        record(actor, "document.read", at, subject=FACET, object_id=row_id, customer_id=view.golden_id)
        return _card(actor, view, row, _name(actor, view))


def _card(actor: Actor, view: CustomerView, row: Document, name: str) -> Card:
    told = texts(registry.facet(FACET), row, actor.sight(view.customer))
    members = list(Customer.objects.filter(pk__in=view.member_ids))
    relation = ended_on(members) if all(over(m.lifecycle_status) for m in members) else None
    ended = row.valid_to if row.status == Status.ENDED else None
    until = kept_until(row.kind, ended, relation)
    return Card(row, told, editions_of(row), name, view.customer.customer_no, until)


def _name(actor: Actor, view: CustomerView) -> str:
    return display_name(gather(view.member_ids, NAMED), actor.sight(view.customer))
