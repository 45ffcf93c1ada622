"""What must be done about a customer's special information, with its date, for the panorama."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.selectors.duties import duty, living
from customers.selectors.gathering import Gathered

#: Days before an end from which it is told.
NOTICE = 60
#: States of a declaration that is in force, or waits to be.
_HANDED_IN = frozenset({"SUBMITTED", "APPROVED"})
Json = dict[str, Any]


def obligations(found: Gathered, today: date) -> list[Json]:
    """Declarations that are due, assessments and agreements that end soon, handlers whose document is over."""
    return [*_tax(found, today), *_investor(found, today), *_agency(found, today)]


def _tax(found: Gathered, today: date) -> Iterator[Json]:
    if living(found) and not any(
        row["tax_state"] in _HANDED_IN for row in found.get("tax_certification", [])
    ):
        yield duty("tax.missing", _("No tax self-certification is on file"), None)
    for row in found.get("tax_certification", []):
        due = row["change_notice_due"]
        if row["tax_state"] == "APPROVED" and due is not None:
            text = (
                _("The new tax self-certification is overdue")
                if due < today
                else _("A new tax self-certification is due")
            )
            yield duty("tax.overdue" if due < today else "tax.due", text, due)
        elif row["tax_state"] == "SUBMITTED":
            yield duty("tax.waits", _("A tax self-certification waits for approval"), None)


def _investor(found: Gathered, today: date) -> Iterator[Json]:
    for row in found.get("investor_assessment", []):
        until = row["qualified_until"]
        if row["investor_state"] == "APPROVED" and until and until <= today + timedelta(days=NOTICE):
            text = (
                _("The investor is no longer qualified")
                if until < today
                else _("The qualification as an investor ends soon")
            )
            yield duty("investor.lapsed" if until < today else "investor.lapsing", text, until)


def _agency(found: Gathered, today: date) -> Iterator[Json]:
    running = set()
    for row in found.get("agency_agreement", []):
        if row["agency_state"] != "ACTIVE":
            continue
        running.add(row["agreement_no"])
        ends = row["ends_on"]
        if ends and not row["auto_renew"] and ends <= today + timedelta(days=NOTICE):
            yield duty("agency.ending", _("The agency payment agreement ends soon"), ends)
    for row in found.get("agency_handler", []):
        ends = row["document_expiry"]
        if row["agreement_no"] in running and ends and ends < today:
            yield duty("agency.handler", _("The document of an agency payment handler has expired"), ends)
