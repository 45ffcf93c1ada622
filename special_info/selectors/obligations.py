"""What must be done about a customer's special information, with its date, for the panorama."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.selectors.gathering import Gathered

#: Days before an end from which it is told.
NOTICE = 60
Json = dict[str, Any]


def obligations(found: Gathered, today: date) -> list[Json]:
    """Declarations that are due, assessments and agreements that end soon, handlers whose document is over."""
    return [*_tax(found, today), *_investor(found, today), *_agency(found, today)]


def _tax(found: Gathered, today: date) -> Iterator[Json]:
    for row in found.get("tax_certification", []):
        due = row["change_notice_due"]
        if row["tax_state"] == "APPROVED" and due is not None:
            text = (
                _("The new tax self-certification is overdue")
                if due < today
                else _("A new tax self-certification is due")
            )
            yield _told("tax.overdue" if due < today else "tax.due", text, due)
        elif row["tax_state"] == "SUBMITTED":
            yield _told("tax.waits", _("A tax self-certification waits for approval"), None)


def _investor(found: Gathered, today: date) -> Iterator[Json]:
    for row in found.get("investor_assessment", []):
        until = row["qualified_until"]
        if row["investor_state"] == "APPROVED" and until and until <= today + timedelta(days=NOTICE):
            text = (
                _("The investor is no longer qualified")
                if until < today
                else _("The qualification as an investor ends soon")
            )
            yield _told("investor.lapsed" if until < today else "investor.lapsing", text, until)


def _agency(found: Gathered, today: date) -> Iterator[Json]:
    running = set()
    for row in found.get("agency_agreement", []):
        if row["agency_state"] != "ACTIVE":
            continue
        running.add(row["agreement_no"])
        ends = row["ends_on"]
        if ends and not row["auto_renew"] and ends <= today + timedelta(days=NOTICE):
            yield _told("agency.ending", _("The agency payment agreement ends soon"), ends)
    for row in found.get("agency_handler", []):
        ends = row["document_expiry"]
        if row["agreement_no"] in running and ends and ends < today:
            yield _told("agency.handler", _("The document of an agency payment handler has expired"), ends)


def _told(code: str, text: str, due: date | None) -> Json:
    return {"code": code, "text": text, "due": due.isoformat() if due else None}
