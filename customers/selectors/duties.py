"""What must be done about a customer as such, with its date, for the panorama: reviews, screening, owners."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from customers.rules.lifecycle import BEFORE, LIVING
from customers.rules.owners import owner_missing
from customers.rules.screening import RESCREENING
from customers.selectors.gathering import Gathered
from mdm.codes import get as code_list
from mdm.subjects import Row

#: Days before a review is due from which it is told.
NOTICE = 60
Json = dict[str, Any]


def living(found: Gathered) -> bool:
    """Whether the relation is there, or begins."""
    return any(row["lifecycle_status"] in (*BEFORE, *LIVING) for row in found["customer"])


def duties(found: Gathered, today: date) -> list[Json]:
    """Reviews that are due, screening that is due, owners that nobody told; nothing once the relation is over."""
    if not living(found):
        return []
    return [*_reviews(found, today), *_screening(found), *_owners(found, today)]


def _reviews(found: Gathered, today: date) -> Iterator[Json]:
    for row in _newest(found.get("rating", [])):
        due = row["next_review_on"]
        if due is None or due > today + timedelta(days=NOTICE):
            continue
        kind = code_list("rating_kind").label(row["kind"])
        text = _("%s: the review is overdue") if due < today else _("%s: the review is due")
        yield duty("rating.overdue" if due < today else "rating.due", text % kind, due)


def _newest(ratings: list[Row]) -> list[Row]:
    """Of each kind the last assessment: it says when the next one is due."""
    in_order = sorted(ratings, key=lambda row: (row["assessed_on"], row["id"]))
    return list({row["kind"]: row for row in in_order}.values())


def _screening(found: Gathered) -> Iterator[Json]:
    for row in found.get("customer_event", []):
        if row["kind"] == RESCREENING:
            yield duty("screening.due", _("The customer must be screened again"), row["follow_up_on"])


def _owners(found: Gathered, today: date) -> Iterator[Json]:
    kind = found["customer"][0]["party_type"]
    profile = next(iter(found.get("organisation_profile", [])), {})
    if owner_missing(kind, profile, found.get("relationship", []), today):
        yield duty("owner.missing", _("No beneficial owner is told"), None)


def duty(code: str, text: str, due: date | None) -> Json:
    """One thing to do."""
    return {"code": code, "text": text, "due": due.isoformat() if due else None}
