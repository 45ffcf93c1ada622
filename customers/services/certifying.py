"""Certificates of a customer's history for auditors: issued as a PDF file, handed out, verified.

A certificate hangs on the operation log: the operation that issues it names its digest, and the log is sealed. To
verify it everything is computed anew from the history; nothing that the file says is believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from customers.models import HistoryCertificate
from customers.selectors.certified import FORM, Extent, changes_of, digest_of, extent_now
from customers.selectors.customer import resolve
from customers.selectors.history import HISTORY
from customers.services.locking import done_again, lock
from mdm.erasure import Erased
from mdm.errors import NotAllowed, NotFound, Text
from mdm.history.writing import require_reason
from mdm.paging import Page, newest_first
from mdm.storage.models import StoredObject
from mdm.storage.objects import open_object, store_written
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import Sight
from security.audit import statement
from security.audit.log import record
from security.audit.sealing import newest
from security.models import AuditSeal, OperationLog

if TYPE_CHECKING:
    from customers.services.certificate_pdf import Sheet

RIGHT = "history.certify"
PURPOSE = "certificate"
#: What a change that was approved names as its request.
#: What can be wrong with a certificate.
FINDINGS: dict[str, Text] = {
    "certificate.form": _("The rows have a form that is not computed any more."),
    "certificate.rows": _("The history is not the one that was certified."),
    "certificate.log": _("The operation log does not tell of this certificate."),
    "certificate.seal": _("The log has another seal where the certificate names one."),
    "certificate.file": _("The file is not the one that was issued."),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: the digest as computed now, how many rows, the codes of all that is wrong."""

    certificate: HistoryCertificate
    sm3: str
    rows: int
    findings: tuple[str, ...]


@done_again
def issue(actor: Actor, number: str, *, reason: str, at: datetime) -> HistoryCertificate:
    """Certify all changes of a customer and its members until now, masked as the actor sees them.

    NotAllowed, NotFound, Invalid `reason.missing`, `reason.sensitive`, `certificate.large`, Unavailable `store.down`.
    """
    from customers.services.certificate_pdf import Sheet  # it reads a large library: for who asks

    told = require_reason(reason)
    actor.require(HISTORY)
    with in_scope(actor, RIGHT):
        view = resolve(actor, number, RIGHT)
        lock([view.golden_id])
        view = resolve(actor, number, RIGHT)
        extent = extent_now(view.member_ids, actor.sight(view.customer))
        made = _certificate(view.golden_id, extent, actor, told, at)
        made.log_row = _log(
            actor, RIGHT, made, at, {"certificate": made.pk, "rows": made.rows, "sm3": made.sm3}, told
        )
        sheet = Sheet(made, view.customer.customer_no, actor.org_code, changes_of(extent))
        _keep(actor, made, sheet, at)
    return made


def _certificate(
    golden_id: int, extent: Extent, actor: Actor, reason: str, at: datetime
) -> HistoryCertificate:
    """A certificate over an extent, with its digest and the newest seal, not yet saved."""
    (rows, sm3), seal = digest_of(extent), newest()
    return HistoryCertificate(
        id=_next_id(),
        customer_id=golden_id,
        customer_ids=list(extent.customer_ids),
        upto=extent.upto,
        profile=extent.sight.profile,
        hidden=sorted(extent.sight.hidden),
        dictionary=extent.dictionary,
        form=FORM,
        rows=rows,
        sm3=sm3,
        seal=seal.n if seal else None,
        seal_digest=statement.digest(seal).hex() if seal else "",
        issued_at=at,
        issued_by=actor.name,
        reason=reason,
    )


def _keep(actor: Actor, made: HistoryCertificate, sheet: "Sheet", at: datetime) -> None:
    """Draw the file, seal it into an object and save the certificate that names it."""
    from customers.services.certificate_pdf import draw

    stored = store_written(
        partial(draw, sheet),
        purpose=PURPOSE,
        file_name=f"panorama-certificate-{made.pk}.pdf",
        actor=actor,
        at=at,
        content_type="application/pdf",
    )
    made.object_name, made.file_sm3 = stored.name, stored.sm3
    made.save(force_insert=True)


def _next_id() -> int:
    """The number that a certificate bears, known before it is drawn."""
    with connection.cursor() as cursor:
        table = HistoryCertificate._meta.db_table
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


def certificates(
    actor: Actor, number: str, *, at: datetime, after: int | None = None, size: int = 25
) -> Page[HistoryCertificate]:
    """The certificates of a customer and its members, newest first; the read is logged. NotAllowed, NotFound."""
    with in_scope(actor, RIGHT):
        view = resolve(actor, number, RIGHT)
        found = newest_first(HistoryCertificate.objects.filter(customer_id__in=view.member_ids), after, size)
        fields = {"shown": len(found.rows)}
        record(
            actor,
            "history.certificates",
            at,
            subject="certificate",
            customer_id=view.golden_id,
            fields=fields,
        )
        return found


def one(actor: Actor, number: str, certificate_id: int) -> HistoryCertificate:
    """One certificate of a customer. NotFound `certificate.unknown`."""
    with in_scope(actor, RIGHT):
        ids = resolve(actor, number, RIGHT).member_ids
        found = HistoryCertificate.objects.filter(pk=certificate_id, customer_id__in=ids).first()
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("certificate.unknown", _("There is no such certificate."))


def owner_of(actor: Actor, certificate_id: int) -> int:
    """The customer whose history a certificate is over: for the console, where nobody is in front of a customer.
    NotFound `certificate.unknown`."""
    with in_scope(actor, RIGHT):
        found = HistoryCertificate.objects.filter(pk=certificate_id).first()
    if found is None:
        raise _unknown()
    return found.customer_id


def read(actor: Actor, number: str, certificate_id: int, *, at: datetime) -> tuple[StoredObject, BinaryIO]:
    """The file of a certificate as a stream; the reading is logged.

    It is masked for who issued it: NotAllowed `certificate.sight` for anybody else who sees the customer otherwise.
    Raises as `one`, Unavailable `store.down`.
    """
    with in_scope(actor, RIGHT):
        found = one(actor, number, certificate_id)
    if not readable(actor, number, [found]):
        raise NotAllowed(
            "certificate.sight",
            _(
                "Its file is masked for who issued it, who sees this customer otherwise: issue one of your own."
            ),
        )
    _log(actor, "history.certificate_read", found, at, {})
    return open_object(found.object_name)


def readable(actor: Actor, number: str, found: Sequence[HistoryCertificate]) -> set[int]:
    """The ids of those of a customer's certificates whose files the actor may take away: their own, and those whose
    issuer saw the customer as they do."""
    with in_scope(actor, RIGHT):
        seen = actor.sight(resolve(actor, number, RIGHT).customer)
    return {one.pk for one in found if actor.name == one.issued_by or seen == _sight(one)}


def _sight(found: HistoryCertificate) -> Sight:
    """How its issuer saw the customer."""
    return Sight(found.profile, frozenset(found.hidden))


def verify(actor: Actor, number: str, certificate_id: int, *, at: datetime, file_sm3: str = "") -> Verdict:
    """Compute a certificate's digest anew and look its seal up; with the digest of a file, whether it is ours.

    Raises as `one`. The verification is logged with what it found.
    """
    with in_scope(actor, RIGHT):
        found = one(actor, number, certificate_id)
        extent = Extent(tuple(found.customer_ids), found.upto, _sight(found), found.dictionary)
        rows, sm3 = digest_of(extent)
        wrong = tuple(code for code, bad in _doubts(found, rows, sm3, file_sm3) if bad)
        _log(actor, "history.certificate_verify", found, at, {"findings": list(wrong)})
    return Verdict(found, sm3, rows, wrong)


def _doubts(found: HistoryCertificate, rows: int, sm3: str, file_sm3: str) -> list[tuple[str, bool]]:
    """Each thing that can be wrong, and whether it is."""
    logged = OperationLog.objects.filter(pk=found.log_row, action=RIGHT, object_id=found.pk).first()
    said = logged.fields if logged else {}
    seal = AuditSeal.objects.defer("leaves").filter(n=found.seal).first() if found.seal else None
    return [
        ("certificate.form", found.form != FORM),
        ("certificate.rows", (rows, sm3) != (found.rows, found.sm3)),
        ("certificate.log", (said.get("sm3"), said.get("rows")) != (found.sm3, found.rows)),
        ("certificate.seal", (statement.digest(seal).hex() if seal else "") != found.seal_digest),
        ("certificate.file", bool(file_sm3) and file_sm3.lower() != found.file_sm3),
    ]


def _log(
    actor: Actor,
    action: str,
    found: HistoryCertificate,
    at: datetime,
    fields: dict[str, object],
    reason: str = "",
) -> int:
    with transaction.atomic():
        logged = record(
            actor,
            action,
            at,
            subject="certificate",
            object_id=found.pk,
            customer_id=found.customer_id,
            fields=fields,
            reason=reason,
        )
    return logged.pk


def forget(erased: Erased, at: datetime) -> set[str]:
    """Name the files of all certificates of a customer; their rows go with the customer's."""
    mine = HistoryCertificate.objects.filter(customer_id__in=erased.customer_ids)
    return set(mine.values_list("object_name", flat=True))
