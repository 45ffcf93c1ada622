"""What anti-money-laundering rules still ask of a customer, for the panorama."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from credentials.rules.completeness import missing
from customers.selectors.duties import duty, living
from customers.selectors.gathering import Gathered


def duties(found: Gathered, today: date) -> list[dict[str, Any]]:
    """The elements that are missing, in one line, and when the grace ends; what has run out is told by its document."""
    if not living(found):
        return []
    lacking = missing(found, today)
    if not lacking:
        return []
    told = [row["follow_up_on"] for row in found.get("customer_event", []) if row["kind"] == "AML_INCOMPLETE"]
    due = min(filter(None, told), default=None)  # the end of the grace, once a night has found it
    text = _("Anti-money-laundering elements are missing: %s") % ", ".join(lacking)
    return [duty("aml.missing", text, due)]
