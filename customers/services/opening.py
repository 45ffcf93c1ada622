"""Opening documents in clear: with a cause and words, for a minute, counted, logged and marked as any clear value."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_no
from customers.selectors.documents import (
    CONTENT,
    FACET,
    Edition,
    content_of,
    document_of,
    edition_of,
    picture_of,
)
from customers.services.revealing import RIGHT, SHOWN_FOR, Why, reveal_content
from mdm.errors import NotFound
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record
from security.content.viewing import Look, mark_of
from security.models import Reveal


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that may be looked at in clear until a moment: which showing, which edition, the mark on its pages."""

    showing: int
    edition: Edition
    until: datetime
    watermark: str
    quota_left: int


def open_document(
    actor: Actor, number: str, row_id: int, why: Why, *, edition: int | None = None, at: datetime
) -> Opened:
    """Ask to see a document in clear. Raises as `revealing.reveal`, NotFound and Gone as `preview`."""
    with in_scope(actor, RIGHT):
        _view, row = document_of(actor, number, row_id, RIGHT)
        wanted = edition_of(row, edition)
        told = [CONTENT, f"edition {wanted.number}"]
        entry, left = reveal_content(actor, FACET, row_id, told, why, at=at, number=number)
        return Opened(entry.pk, wanted, entry.shown_until, mark_of(actor.name, at), left)


def open_page(
    actor: Actor, number: str, row_id: int, why: Why, *, page: int, edition: int | None = None, at: datetime
) -> tuple[Opened, bytes]:
    """Ask to see a document, and a page of it at once. Raises as `open_document`."""
    with in_scope(actor, RIGHT):
        _view, row = document_of(actor, number, row_id, RIGHT)
        edition_of(row, edition, page)  # before a showing is counted
        opened = open_document(actor, number, row_id, why, edition=edition, at=at)
        return opened, clear_page(actor, opened.showing, page, at=at)


def clear_page(actor: Actor, showing: int, page: int, *, at: datetime) -> bytes:
    """A page (from 1) of a document opened by this user less than a minute ago, marked with when it was opened.

    NotFound for anybody else, for another page, and afterwards."""
    with in_scope(actor, RIGHT):
        entry = _entry(actor, showing, at)
        _view, row = document_of(actor, customer_no(entry.customer_id or 0), entry.row_id, RIGHT)
        wanted = edition_of(row, _edition_told(entry), page)
        record(
            actor,
            "document.page",
            at,
            subject=FACET,
            object_id=row.pk,
            customer_id=entry.customer_id,
            fields={"edition": wanted.number, "page": page, "showing": entry.pk},
        )
    return picture_of(wanted, page, Look(masked=False, mark=mark_of(actor.name, entry.at)))


def original(
    actor: Actor, number: str, row_id: int, why: Why, *, edition: int | None = None, at: datetime
) -> tuple[Opened, bytes]:
    """The very bytes that are kept, for who must hand them on (a court, an auditor). Raises as `open_document`."""
    with in_scope(actor, RIGHT):
        opened = open_document(actor, number, row_id, why, edition=edition, at=at)
        view, _row = document_of(actor, number, row_id, RIGHT)
        record(
            actor,
            "document.original",
            at,
            subject=FACET,
            object_id=row_id,
            customer_id=view.golden_id,
            fields={"edition": opened.edition.number, "sm3": opened.edition.sm3, "showing": opened.showing},
            reason=why.words,
        )
        return opened, content_of(opened.edition)


def _entry(actor: Actor, showing: int, at: datetime) -> Reveal:
    """The showing, if it is this user's own and still runs."""
    running = Q(
        user_id=actor.user_id or 0, facet=FACET, at__gt=at - SHOWN_FOR - timedelta(seconds=5), at__lte=at
    )
    found = Reveal.objects.filter(running, pk=showing).first()
    if found is None:
        raise NotFound("document.page", _("The time to look at this document is over."))
    return found


def _edition_told(entry: Reveal) -> int:
    (told,) = [name for name in entry.fields if name.startswith("edition ")]
    return int(told.removeprefix("edition "))
