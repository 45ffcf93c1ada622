"""What anti-money-laundering rules still ask of a customer, for the panorama."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from credentials.rules.completeness import elements
from customers.selectors.duties import duty, living
from customers.selectors.gathering import Gathered
from mdm.subjects import Bundle


def duties(found: Gathered, today: date) -> list[dict[str, Any]]:
    """The elements that are missing, in one line; what has run out is told by its document."""
    if not living(found):
        return []
    bundle = Bundle("", "", found["customer"][0]["party_type"], found)
    missing = [str(one.label) for one in elements(bundle, today) if one.state == "MISSING"]
    if not missing:
        return []
    return [
        duty("aml.missing", _("Anti-money-laundering elements are missing: %s") % ", ".join(missing), None)
    ]
