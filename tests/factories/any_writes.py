"""Anything that may be written of two customers, one step at a time: by a form, an operation, a source, the clock.

A step takes the ids of the two, a number that picks among what there is, and the moment. What the state of now refuses
is refused (a ServiceError), and writes nothing.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from consolidation.models import Merge
from consolidation.services.merging import Grounds, merge, unmerge
from credentials.rules.lifecycle import target
from credentials.services import clock, lifecycle, replacing, verifying
from credentials.services.verifying import Check
from customers.models import Customer
from customers.rules.number import customer_no
from customers.services import documents, facets, status, transferring
from customers.services.documents import Told, Upload
from mdm.bulk.apply import apply
from mdm.dictionary import versions
from mdm.errors import NotFound
from mdm.extension.models import AttributeDefinition
from mdm.history.models import Status
from mdm.subjects import Bundle, registry
from special_info.services import agency_payment, investor, tax
from tests.factories import documents as drawn
from tests.factories.attributes import defined
from tests.factories.customers import company, person, rows_of, stamp, the_row
from tests.factories.security import NOW, everything
from tests.special_info.declared import AGREEMENT, ASSESSMENT, BOTH, CHINESE, HANDLER, US

WHY = "as told"
Ids = list[int]
Write = Callable[[Ids, int, datetime], Any]
AHEAD = date(2040, 1, 1)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _since(pick: int, at: datetime) -> dict[str, Any]:
    """Since when it is so: not told, for ever, years ago, in the example's own days, today."""
    days = [None, date(2020, 1, 1), date(2024, 6, 1), _day(at) - timedelta(days=3), _day(at)]
    return {"valid_from": days[pick % 5]} if pick % 6 else {}


def _rows(facet: str, ids: Ids) -> list[Any]:
    """The rows in force, the oldest of the first customer first."""
    return [row for pk in ids for row in rows_of(facet, pk) if row.status == Status.ACTIVE]


def _row(facet: str, ids: Ids, pick: int) -> Any:
    """One of them; NotFound where there is none."""
    rows = _rows(facet, ids)
    if not rows:
        raise NotFound("row.unknown", "There is no such entry.")
    return rows[pick % len(rows)]


def _newest(facet: str, ids: Ids) -> Any:
    """The one that was entered last."""
    return max(_rows(facet, ids) or [_row(facet, ids, 0)], key=lambda row: int(row.pk))


def _whose(ids: Ids, pick: int) -> str:
    return customer_no(ids[pick % len(ids)])


# -- forms -------------------------------------------------------------------------------------------------


def _change(facet: str, field: str, values: list[Any]) -> Write:
    def write(ids: Ids, pick: int, at: datetime) -> Any:
        row, told = _row(facet, ids, pick), {field: values[pick % len(values)], **_since(pick // 3, at)}
        return facets.change(everything(), facet, row.pk, row.version, told, reason=WHY, at=at)

    return write


ADDED: list[tuple[str, dict[str, Any]]] = [
    ("phone", {"kind": "WORK_TEL", "number": "+861082340001"}),
    ("address", {"kind": "WORK", "country": "CHN", "region_code": "110105", "detail": "光华路7号"}),
    ("email", {"kind": "WORK", "address": "office@example.com"}),
    ("rating", {"kind": "CREDIT", "grade": "2"}),
    ("restriction", {"kind": "INTERNAL", "extent": "ALL", "begun_on": date(2026, 3, 1)}),
    ("customer_event", {"kind": "VISIT", "happened_on": date(2026, 3, 1)}),
    ("credential", {"type": "P03", "number": "E12345678", "issuing_country": "CHN", "expiry_date": AHEAD}),
]


def _add(ids: Ids, pick: int, at: datetime) -> Any:
    facet, values = ADDED[pick % len(ADDED)]
    told = {**values, **_since(pick // 7, at)}
    return facets.add(everything(), _whose(ids, pick), facet, told, reason=WHY, at=at)


def _end(ids: Ids, pick: int, at: datetime) -> Any:
    """One of the rows of a facet of which there is one."""
    several = [facet.name for facet in registry.facets() if facet.multiple and facet.told]
    facet = next(name for name in several[pick % len(several) :] + several if _rows(name, ids))
    row = _row(facet, ids, pick)
    return facets.end(everything(), facet, row.pk, row.version, reason=WHY, at=at)


# -- operations of the customer ------------------------------------------------------------------------------


def _transfer(ids: Ids, pick: int, at: datetime) -> Any:
    to = ["1110", "1200", "1100"][pick % 3]
    return transferring.ask(everything(), [customer_no(ids[0])], org=to, reason=WHY, at=at)


def _status(ids: Ids, pick: int, at: datetime) -> Any:
    row = Customer.objects.get(pk=ids[pick % 2])
    to = ["DORMANT", "ACTIVE", "RESTRICTED", "PENDING_CLOSE", "CLOSED"][pick % 5]
    return status.change(everything(), row.customer_no, row.version, to, reason=WHY, at=at)


def _merge(ids: Ids, pick: int, at: datetime) -> Any:
    return merge(everything(), [Grounds(tuple(ids), "A1", "test", 1.0)], stamp(at=at))


def _unmerge(ids: Ids, pick: int, at: datetime) -> Any:
    last = Merge.objects.filter(customer_id__in=ids, undone_at=None).order_by("-pk").first()
    return unmerge(everything(), last.pk if last else 0, reason=WHY, at=at)


def _document(ids: Ids, pick: int, at: datetime) -> Any:
    """A file is added; the newest gets another edition, is held, or belongs to a document."""
    whose, file = [ids[pick % 2]], Upload(drawn.png(f"{pick}", size=(60, 40)))
    number, said = customer_no(whose[0]), {"reason": WHY, "at": at}
    if pick // 2 % 4 == 0:
        return documents.upload(everything(), number, Told("ID_FRONT", f"scan {pick}"), file, **said)
    row = _newest("document", whose)
    told = (everything(), number, row.pk, row.version)
    if pick // 2 % 4 == 1:
        return documents.replace(*told, file, **said)
    if pick // 2 % 4 == 2:
        return documents.hold(*told, **said)
    return documents.link(*told, "credential", _row("credential", whose, pick).pk, **said)


# -- steps of a credential -----------------------------------------------------------------------------------


def _check(ids: Ids, pick: int, at: datetime) -> Any:
    row = _row("credential", ids, pick // 6)
    outcome = ["CONSISTENT", "CONSISTENT", "CONSISTENT", "NOT_FOUND", "NOT_DONE", "INVALIDATED"][pick % 6]
    check = Check("NETWORK_CHECK", outcome, "police register", "NC-1")
    return verifying.verify(everything(), row.pk, row.version, check, reason=WHY, at=at)


def _step(*triggers: str) -> Write:
    """A step by its own button, of a document that takes it if there is one."""

    def write(ids: Ids, pick: int, at: datetime) -> Any:
        trigger = triggers[pick % len(triggers)]
        fit = [row for row in _rows("credential", ids) if target(row.lifecycle_state, trigger)]
        row = fit[pick % len(fit)] if fit else _row("credential", ids, pick)
        told = (everything(), row.pk, row.version, trigger)
        return lifecycle.act(*told, reason=WHY, at=at, reference="issuer 2026-9")

    return write


def _succeed(ids: Ids, pick: int, at: datetime) -> Any:
    """The document is renewed, or another is issued in its place."""
    row, how = _row("credential", ids, pick), ["RENEWED", "REPLACED"][pick % 2]
    values = {"issue_date": _day(at), "expiry_date": date(2041 + pick % 5, 1, 1)}
    return replacing.replace(everything(), row.pk, row.version, how, values, reason=WHY, at=at)


def _night(ids: Ids, pick: int, at: datetime) -> Any:
    """The nightly clock of documents, on a date when some have run out."""
    return clock.start(everything(), _day(at), at, {})


# -- special information -------------------------------------------------------------------------------------


def _tax(ids: Ids, pick: int, at: datetime) -> Any:
    """A declaration is made; one there is is handed in, and goes on."""
    said: dict[str, Any] = {"reason": WHY, "at": at}
    if pick % 3 == 0:
        head, homes = (BOTH, [US]) if pick % 2 else (CHINESE, [])
        return tax.declare(everything(), _whose(ids, pick), head, homes, **said)
    row = _newest("tax_certification", ids)
    told = (everything(), row.pk, row.version)
    if row.tax_state == "DRAFT":
        return tax.submit(*told, **said)
    if pick % 3 == 1:
        return tax.report_change(*told, _day(at), **said)
    return tax.step(everything(), ["withdraw", "invalidate", "reopen"][pick // 3 % 3], *told[1:], **said)


def _investor(ids: Ids, pick: int, at: datetime) -> Any:
    """An assessment is made; one there is is handed in, revoked, or its time is over."""
    said: dict[str, Any] = {"reason": WHY, "at": at}
    if pick % 3 == 0:
        told = {**ASSESSMENT, "assessment_no": f"I-{at:%d%H}"}
        return facets.add(everything(), _whose(ids, pick), "investor_assessment", told, **said)
    row = _newest("investor_assessment", ids)
    if row.investor_state == "DRAFT":
        return investor.submit(everything(), row.pk, row.version, **said)
    if pick % 3 == 1:
        return investor.expire(everything(), _day(at) + timedelta(days=500), **said)
    return investor.step(everything(), ["revoke", "reopen"][pick // 3 % 2], row.pk, row.version, **said)


def _agency(ids: Ids, pick: int, at: datetime) -> Any:
    """An agreement on agency payment is made with its handler; one there is is handed in, and goes on."""
    said: dict[str, Any] = {"reason": WHY, "at": at}
    if pick % 3 == 0:
        number, named = _whose(ids, pick), {"agreement_no": f"A-{at:%d%H}"}
        facets.add(everything(), number, "agency_handler", {**HANDLER, **named}, **said)
        return facets.add(everything(), number, "agency_agreement", {**AGREEMENT, **named}, **said)
    row = _newest("agency_agreement", ids)
    if row.agency_state == "DRAFT":
        return agency_payment.submit(everything(), row.pk, row.version, **said)
    step = ["suspend", "resume", "terminate"][pick // 3 % 3]
    return agency_payment.step(everything(), step, row.pk, row.version, **said)


# -- sources, attributes -------------------------------------------------------------------------------------


def _deliver(ids: Ids, pick: int, at: datetime) -> Any:
    """The source tells the second record anew, with the attribute on the rows of every facet."""
    bundle = _told_again(ids[1])
    for facet in attributed():
        for row in bundle.facets.get(facet, ()):
            row["x_note"] = f"told {pick}"
    return apply([bundle], stamp(at=at))


def _drop(ids: Ids, pick: int, at: datetime) -> Any:
    """The source tells the second record anew, and nothing more of one facet."""
    bundle = _told_again(ids[1])
    names = sorted(bundle.facets.keys() - {"customer"})
    bundle.facets[names[pick % len(names)]] = []
    return apply([bundle], stamp(at=at))


def _told_again(customer: int) -> Bundle:
    own = the_row("customer", customer)
    made = person if own.party_type == "PERSON" else company
    return made(own.source_key)


def attributed() -> list[str]:
    """The facets to which the bank may add attributes."""
    return [facet.name for facet in registry.facets() if facet.told and not facet.recorded]


def _note(ids: Ids, pick: int, at: datetime) -> Any:
    """Somebody changes the attribute of a row of any facet, or empties it."""
    facet = attributed()[pick % len(attributed())]
    row = _row(facet, ids, pick)
    value = {"x_note": [None, "seen", "heard"][pick % 3]}
    return facets.change(everything(), facet, row.pk, row.version, value, reason=WHY, at=at)


def _define(ids: Ids, pick: int, at: datetime) -> Any:
    """The attribute of a facet is called something else, and retired or taken up again."""
    facet, ended = attributed()[pick % len(attributed())], "2021-01-01" if pick % 2 else None
    return defined(facet, "note", at=at, label_en=f"Note {pick}", valid_to=ended, **NOTE)


#: The attribute that every facet has, but for its label.
NOTE = {"mask": "", "searchable": False, "length": 40, "label_zh": "备注栏"}


def attribute_everywhere() -> None:
    """One text in clear on every facet that may have attributes."""
    at = NOW - timedelta(days=1)
    told = {"kind": "text", "label_en": "Note", "valid_from": date(2020, 1, 1), "updated_at": at}
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(facet=facet, name="note", updated_by="test", **{**NOTE, **told})
        for facet in attributed()
    )
    versions.keep(everything(), "all", reason=WHY, at=at)


#: Every kind of step by name.
WRITES: dict[str, Write] = {
    "address": _change("address", "detail", ["望京东路1号", "建国路88号", "朝阳门外大街3号"]),
    "name": _change("customer_name", "full_name", ["上官知远", "欧阳知远", "司徒远"]),
    "firm": _change("organisation_profile", "business_scope", ["软件开发", "技术咨询", ""]),
    "profile": _change("person_profile", "education", ["10", "20", ""]),
    "authority": _change("credential", "issuing_authority", ["朝阳分局", "海淀分局"]),
    "expiry": _change("credential", "expiry_date", [date(2026, 2, 1), date(2026, 4, 1), AHEAD]),
    "add": _add,
    "end": _end,
    "transfer": _transfer,
    "status": _status,
    "merge": _merge,
    "unmerge": _unmerge,
    "document": _document,
    "check": _check,
    "lose": _step("report_loss"),
    "find": _step("found", "retry"),
    "revoke": _step("revoke", "void"),
    "succeed": _succeed,
    "night": _night,
    "tax": _tax,
    "investor": _investor,
    "agency": _agency,
    "deliver": _deliver,
    "drop": _drop,
    "note": _note,
    "define": _define,
}
