"""Documents: taken in clean, kept sealed, once each; new editions; what they belong to; held beyond their time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Document
from customers.ports import linkable
from customers.selectors.customer import CustomerView, resolve
from customers.selectors.documents import FACET, document_of, objects_of, of
from customers.services import facets
from customers.services.locking import done_again, lock
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, FieldError, Invalid
from mdm.history.models import Status
from mdm.history.writing import check_version, require_reason, save_with_history
from mdm.storage.models import StoredObject
from mdm.storage.objects import store_bytes
from mdm.subjects import Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.gate import Case, require_approval
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.content import admission
from security.content.admission import Clean
from security.crypto.algorithms import sm3

RIGHT, HOLD = "document.change", "document.hold"
RELEASE = "document.release"
#: The folder of documents in the object storage.
FOLDER = "documents"
#: Facets whose rows documents do not belong to: the customer is whom they all belong to.
_APART = frozenset({"customer", FACET})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its bytes, and what the sender says of it, which is checked and not kept."""

    data: bytes
    declared: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a new document: a code of `document_kind`, a title, the day on it, the entry it belongs to
    (the name of a facet or of what `ports.linkable` knows, and the id of its row)."""

    kind: str
    title: str = ""
    dated_on: date | None = None
    about: str = ""
    about_id: int | None = None


def upload(actor: Actor, number: str, told: Told, file: Upload, *, reason: str, at: datetime) -> Document:
    """Add a document to a customer.

    Raises NotFound out of scope, Invalid `content.…` for a file that is not taken, `document.about` for an entry
    that is not this customer's, Duplicate `customer.merged`, and `document.exists` for what is there already.
    """
    with in_scope(actor, RIGHT):  # before the file is looked at: who may not add learns nothing of it
        _check_about(resolve(actor, number, RIGHT), told.about, told.about_id)
    clean = admission.document(file.data, declared=file.declared, file_name=file.file_name)
    return _added(actor, number, told, clean, reason, at)


@done_again
def _added(actor: Actor, number: str, told: Told, clean: Clean, reason: str, at: datetime) -> Document:
    with in_scope(actor, RIGHT):
        view = resolve(actor, number, RIGHT)
        lock([view.golden_id])
        kept = _kept(view, clean)
        same = of(view).filter(status=Status.ACTIVE, object_id=kept.pk if kept else 0, kind=told.kind)
        if same.filter(about=told.about, about_id=told.about_id).exists():
            _refuse_twin()
        content = _content(kept or _stored(actor, clean, at), clean)
        values = {"kind": told.kind, "title": told.title or None, "dated_on": told.dated_on}
        about = {"about": told.about, "about_id": told.about_id}
        operated = {**content, **about}
        row = facets.add(actor, number, FACET, values, reason=reason, at=at, operated=operated)
        return cast(Document, row)


def replace(
    actor: Actor, number: str, row_id: int, version: int, file: Upload, *, reason: str, at: datetime
) -> Document:
    """A new edition of a document that is at `version`; the earlier ones stay. Raises as `upload`, and Stale."""
    with in_scope(actor, RIGHT):
        _view, row = document_of(actor, number, row_id, RIGHT)
        check_version(row, version)
    clean = admission.document(file.data, declared=file.declared, file_name=file.file_name)
    return _replaced(actor, number, row_id, version, clean, reason, at)


@done_again
def _replaced(
    actor: Actor, number: str, row_id: int, version: int, clean: Clean, reason: str, at: datetime
) -> Document:
    with in_scope(actor, RIGHT):
        view, row = document_of(actor, number, row_id, RIGHT)
        lock([view.golden_id])
        kept = _kept(view, clean)
        if kept and kept.pk == row.object_id:
            _refuse_twin()
        content = {**_content(kept or _stored(actor, clean, at), clean), "edition": row.edition + 1}
        return _operated(actor, row_id, version, "replace", content, reason, at)


def link(
    actor: Actor,
    number: str,
    row_id: int,
    version: int,
    about: str,
    about_id: int | None,
    *,
    reason: str,
    at: datetime,
) -> Document:
    """Say which entry a document belongs to, or (empty) that it belongs to none. Raises as `upload`, and Stale."""
    with in_scope(actor, RIGHT):
        view, _row = document_of(actor, number, row_id, RIGHT)
        _check_about(view, about, about_id)
        return _operated(actor, row_id, version, "link", {"about": about, "about_id": about_id}, reason, at)


def _operated(
    actor: Actor, row_id: int, version: int, verb: str, values: dict[str, Any], reason: str, at: datetime
) -> Document:
    """Set what no form may."""

    def decide(_before: Row, _customer: Customer) -> dict[str, Any]:
        return values

    return cast(Document, facets.operate(actor, FACET, row_id, version, verb, decide, reason=reason, at=at))


def hold(actor: Actor, number: str, row_id: int, version: int, *, reason: str, at: datetime) -> Document:
    """Hold a document: until it is released neither time nor an erasure destroys it. Duplicate `document.held`."""
    return _set_hold(actor, number, row_id, version, timezone.localtime(at).date(), reason, at)


def release(actor: Actor, number: str, row_id: int, version: int, *, reason: str, at: datetime) -> Document:
    """Let time take its course again. Duplicate `document.held` for one that is not held; ApprovalNeeded."""
    return _set_hold(actor, number, row_id, version, None, reason, at)


def ask_release(actor: Actor, number: str, row_id: int, version: int, *, reason: str, at: datetime) -> Done:
    """Release a document, or ask for it. Raises as `release`, Duplicate `approval.open`."""
    told = {"customer": number, "row": row_id, "version": version}
    return perform(actor, RELEASE, told, reason=reason, at=at)


def do_release(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Document:
    """The release that was asked for."""
    return release(actor, told["customer"], told["row"], told["version"], reason=reason, at=at)


def _ask_release(actor: Actor, row: Document, golden_id: int) -> None:
    customer = Customer.objects.select_related("org").get(pk=golden_id)
    target = f"{FACET}:{row.pk}"
    case = Case(
        RELEASE,
        target,
        HOLD,
        customer.org_path,
        customer.org.code,
        golden_id,
        ["held_on"],
        versions={target: row.version},
        facts={"kind": row.kind, "held_on": f"{row.held_on}"},
    )
    require_approval(actor, case)


@done_again
def _set_hold(
    actor: Actor, number: str, row_id: int, version: int, since: date | None, reason: str, at: datetime
) -> Document:
    stamp = Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())
    with in_scope(actor, HOLD):
        view, _row = document_of(actor, number, row_id, HOLD)
        lock([view.golden_id])
        row = of(view).get(pk=row_id)
        check_version(row, version)
        if (row.held_on is None) == (since is None) or row.disposed_on:
            raise Duplicate("document.held", _("The document is held already, or not held, or destroyed."))
        if since is None:
            _ask_release(actor, row, view.golden_id)
        row.held_on = since
        save_with_history(row, stamp)
        verb = "document.hold" if since else "document.release"
        record(
            actor, verb, at, subject=FACET, object_id=row_id, customer_id=view.golden_id, reason=stamp.reason
        )
        return row


def _check_about(view: CustomerView, about: str, about_id: int | None) -> None:
    """Refuse an entry that is not this customer's, or half of one."""
    if not about and about_id is None:
        return
    if not about or about_id is None or not _exists(about, about_id, view.member_ids):
        text = _("There is no such entry of this customer.")
        raise Invalid("document.about", text, [FieldError("/about_id", "document.about", text)])


def _exists(about: str, about_id: int, member_ids: Sequence[int]) -> bool:
    if about in linkable():
        return linkable()[about](member_ids, about_id)
    facet = next((f for f in registry.facets() if f.name == about and f.name not in _APART), None)
    rows: Any = facet and facet.model._default_manager
    return bool(rows) and rows.filter(pk=about_id, customer_id__in=member_ids).exists()


def _kept(view: CustomerView, clean: Clean) -> StoredObject | None:
    """The same content, where this customer has it already: nothing is kept twice. Other customers' content is not
    looked at: that would tell that they have it, and it must be possible to destroy one's without the other's."""
    mine = objects_of(view.member_ids)
    return StoredObject.objects.filter(pk__in=mine, sm3=sm3(clean.data).hex(), destroyed_at=None).first()


def _stored(actor: Actor, clean: Clean, at: datetime) -> StoredObject:
    return store_bytes(clean.data, purpose=FOLDER, content_type=clean.media_type, actor=actor, at=at)


def _content(stored: StoredObject, clean: Clean) -> dict[str, Any]:
    return {"object_id": stored.pk, "media_type": clean.media_type, "pages": clean.pages}


def _refuse_twin() -> None:
    raise Duplicate("document.exists", _("This customer has this very document already."))
