"""`/customers/{number}/documents`: adding, new editions, what they belong to, looking at them, holding them."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from customers.api import document_fields as shapes
from customers.api.rows import ADDED, RowView, end_view, list_view, one_view, row_answer, telling_current
from customers.models import Document
from customers.selectors import documents as reading
from customers.services import documents, opening
from customers.services.documents import Told, Upload
from customers.services.revealing import RIGHT as CLEAR
from customers.services.revealing import Why
from mdm.rest.approvals import answered, prefers_refusal
from mdm.rest.facets import row_fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.parsers import UploadParser
from mdm.rest.upload_views import UploadView
from mdm.rest.uploads import UploadedFile
from mdm.subjects import registry
from security.approvals.requests import Done
from security.content.refusals import TEXTS

TAG = "documents"
FACET = registry.facet("document")
_CONTENT = tuple(TEXTS)
_UNKNOWN = ("customer.unknown", "row.unknown")
_WRITES = (*_UNKNOWN, "customer.merged", "record.refused", "reason.missing", "row.stale", "row.ended")
_PAGES = (*_UNKNOWN, "document.page", "document.disposed", "object.unknown", "store.down", "crypto.tampered")
_PRIVATE = {"Cache-Control": "no-store"}


def _file(told: UploadedFile) -> Upload:
    """What was sent: the bytes lie in memory (`mdm.rest.uploads`)."""
    return Upload(told.read(), told.content_type or "", told.name or "")


def _answer(call: Call, row: Document, location: str = "") -> Answer:
    return row_answer(call, FACET, row, location)


def _at_version(call: Call, row_id: int, write: Callable[[], Document]) -> Answer:
    """What a write gives; Stale tells the current ETag."""
    with telling_current(call, FACET, row_id):
        return _answer(call, write())


class DocumentsView(UploadView, list_view(FACET)):  # type: ignore[misc]
    """Listing and adding."""

    parser_classes: list[type[BaseParser]] = [UploadParser]

    @operation(
        Operation(
            scope=documents.RIGHT,
            name="documents_add",
            summary=_("Add a document to a customer"),
            description=_("The type is decided by content; what acts, hides or explodes is refused."),
            tag=TAG,
            body=shapes.DocumentAddFields,
            answer=row_fields(FACET),
            status=201,
            idempotent=True,
            versioned=True,
            refusals=(*_WRITES[:5], "document.exists", "document.about", "store.down", *_CONTENT),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The document."""
        sent = call.data
        told = Told(
            sent["kind"],
            sent.get("title", ""),
            sent.get("dated_on"),
            sent.get("about", ""),
            sent.get("about_id"),
        )
        reason = sent.get("change_reason") or ADDED
        row = documents.upload(call.actor, number, told, _file(sent["file"]), reason=reason, at=call.at)
        return _answer(call, row, location=f"{call.request.path}/{row.pk}")


class ReplaceView(UploadView, RowView):
    """`/customers/{number}/documents/{row_id}:replace`."""

    @operation(
        Operation(
            scope=documents.RIGHT,
            name="documents_replace",
            summary=_("Add a new edition of a document"),
            tag=TAG,
            body=shapes.EditionAddFields,
            answer=row_fields(FACET),
            conditional=True,
            versioned=True,
            refusals=(*_WRITES, "document.exists", "store.down", *_CONTENT),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """The document at its new edition."""
        sent, told = call.data, (call.actor, number, row_id, call.version)
        file, reason = _file(sent["file"]), sent["change_reason"]
        return _at_version(call, row_id, lambda: documents.replace(*told, file, reason=reason, at=call.at))


class LinkView(RowView):
    """`/customers/{number}/documents/{row_id}:link`."""

    @operation(
        Operation(
            scope=documents.RIGHT,
            name="documents_link",
            summary=_("Say what a document belongs to"),
            tag=TAG,
            body=shapes.LinkFields,
            answer=row_fields(FACET),
            conditional=True,
            versioned=True,
            refusals=(*_WRITES, "document.about"),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """The document."""
        sent = call.data
        told = (call.actor, number, row_id, call.version, sent.get("about", ""), sent.get("about_id"))
        reason = sent["change_reason"]
        return _at_version(call, row_id, lambda: documents.link(*told, reason=reason, at=call.at))


def _hold_view(
    verb: str, summary: Any, act: Callable[..., Document], ask: Callable[..., Done] | None = None
) -> type[RowView]:
    """`…:hold` and `…:release`; with `ask` it may have to wait for a second person."""
    declared = Operation(
        scope=documents.HOLD,
        name=f"documents_{verb}",
        summary=summary,
        tag=TAG,
        body=shapes.ReasonFields,
        answer=row_fields(FACET),
        conditional=True,
        versioned=True,
        may_wait=ask is not None,
        refusals=(*_UNKNOWN, "reason.missing", "row.stale", "document.held"),
    )

    class HoldView(RowView):
        """Holding a document, or releasing it."""

        @operation(declared)
        def post(self, call: Call, number: str, row_id: int) -> Answer:
            told, reason = (call.actor, number, row_id, call.version), call.data["change_reason"]
            if ask is None or prefers_refusal(call):
                return _answer(call, act(*told, reason=reason, at=call.at))
            return answered(call, ask(*told, reason=reason, at=call.at), lambda row: _answer(call, row))

    return HoldView


class EditionsView(RowView):
    """`/customers/{number}/documents/{row_id}/editions`."""

    @operation(
        Operation(
            scope=reading.VIEW,
            name="documents_editions",
            summary=_("What a document has held"),
            tag=TAG,
            answer=shapes.EditionsFields,
            refusals=(*_UNKNOWN, "object.unknown"),
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """Newest first."""
        found = reading.editions(call.actor, number, row_id, at=call.at)
        rows = [asdict(one) for one in found]
        return Answer({"items": [{k: v for k, v in row.items() if k != "object_id"} for row in rows]})


class PreviewView(RowView):
    """`/customers/{number}/documents/{row_id}/preview`."""

    @operation(
        Operation(
            scope=reading.VIEW,
            name="documents_preview",
            summary=_("A masked and marked picture of a page"),
            tag=TAG,
            query=shapes.PreviewFilterFields,
            answer=shapes.PictureFields,
            refusals=_PAGES,
        )
    )
    def get(self, call: Call, number: str, row_id: int) -> Answer:
        """The picture."""
        picture = reading.preview(call.actor, number, row_id, **call.query, at=call.at)
        told = {"media_type": "image/png", "content": b64encode(picture).decode()}
        return Answer(told, headers=_PRIVATE)


class OpenView(RowView):
    """`/customers/{number}/documents/{row_id}:open`."""

    @operation(
        Operation(
            scope=CLEAR,
            name="documents_open",
            summary=_("Open a document in clear"),
            fresh=True,
            description=_(
                "Takes a cause and words, and a signature or a token of ten minutes; counted against the day's "
                "quota, logged and watched."
            ),
            tag=TAG,
            body=shapes.OpenFields,
            answer=shapes.OpenedFields,
            refusals=(*_PAGES, "reveal.reason", "reveal.quota"),
        )
    )
    def post(self, call: Call, number: str, row_id: int) -> Answer:
        """A page with a mark, or the original."""
        sent = call.data
        why = Why(sent["cause"], sent["reason"], sent.get("document", ""))
        told: dict[str, Any] = {"edition": sent.get("edition"), "at": call.at}
        if sent.get("original"):
            opened, data = opening.original(call.actor, number, row_id, why, **told)
            return _opened(opened, data, opened.edition.media_type)
        opened, data = opening.open_page(call.actor, number, row_id, why, page=sent.get("page", 1), **told)
        return _opened(opened, data, "image/png")


def _opened(opened: opening.Opened, data: bytes, media_type: str) -> Answer:
    told = {
        "media_type": media_type,
        "content": b64encode(data).decode(),
        "edition": opened.edition.number,
        "pages": opened.edition.pages,
        "sm3": opened.edition.sm3,
        "until": opened.until,
        "watermark": opened.watermark,
        "quota_left": opened.quota_left,
    }
    return Answer(told, headers=_PRIVATE)


def document_routes() -> list[URLPattern]:
    """The addresses of documents."""
    rows = "customers/<number:number>/documents"
    one = f"{rows}/<row:row_id>"
    hold = _hold_view("hold", _("Hold a document beyond its time"), documents.hold)
    release = _hold_view(
        "release", _("Release a document that is held"), documents.release, documents.ask_release
    )
    views: list[tuple[str, Any]] = [
        (rows, DocumentsView),
        (one, one_view(FACET)),
        (f"{one}:end", end_view(FACET)),
        (f"{one}:replace", ReplaceView),
        (f"{one}:link", LinkView),
        (f"{one}:hold", hold),
        (f"{one}:release", release),
        (f"{one}:open", OpenView),
        (f"{one}/editions", EditionsView),
        (f"{one}/preview", PreviewView),
    ]
    return [path(route, view.as_view()) for route, view in views]
