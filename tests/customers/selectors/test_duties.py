"""What the panorama says must be done: from the rows alone, so without a database."""

from datetime import date, timedelta
from typing import Any

import pytest

from credentials.selectors import duties as of_documents
from customers.selectors.duties import duties
from mdm.subjects import registry
from special_info.selectors.obligations import obligations as of_special

TODAY = date(2026, 3, 2)
SOON, PAST = TODAY + timedelta(days=60), TODAY - timedelta(days=1)
Found = dict[str, list[dict[str, Any]]]


def found(party: str = "PERSON", status: str = "ACTIVE", **facets: list[dict[str, Any]]) -> Found:
    return {"customer": [{"party_type": party, "lifecycle_status": status}], **facets}


def rating(kind: str = "AML", due: date | None = SOON, on: date = PAST, row_id: int = 1) -> dict[str, Any]:
    return {"id": row_id, "kind": kind, "assessed_on": on, "next_review_on": due}


def codes(told: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(one["code"], one["due"]) for one in told]


@pytest.mark.parametrize(
    ("ratings", "told"),
    [
        ([rating(due=SOON)], [("rating.due", SOON.isoformat())]),
        ([rating(due=SOON + timedelta(days=1))], []),
        ([rating(due=None)], []),
        ([rating(due=PAST)], [("rating.overdue", PAST.isoformat())]),
        ([rating(due=PAST), rating(due=date(2027, 3, 2), on=TODAY, row_id=2)], []),
        (
            [rating(due=PAST), rating("SUITABILITY", due=TODAY, row_id=2)],
            [("rating.overdue", PAST.isoformat()), ("rating.due", TODAY.isoformat())],
        ),
    ],
)
def test_the_last_assessment_of_a_kind_says_when_the_next_is_due(
    ratings: list[dict[str, Any]], told: list[tuple[str, str | None]]
) -> None:
    assert codes(duties(found(rating=ratings), TODAY)) == told


def test_screening_is_due_until_it_is_done() -> None:
    visit = {"kind": "VISIT", "follow_up_on": TODAY}
    event = {"kind": "RESCREENING", "follow_up_on": TODAY}

    assert codes(duties(found(customer_event=[visit, event]), TODAY)) == [("screening.due", "2026-03-02")]


def test_an_organisation_without_owner_is_asked_for_one() -> None:
    owner = {"kind": "BENEFICIAL_OWNER", "ended_on": None}

    assert codes(duties(found("CORPORATE"), TODAY)) == [("owner.missing", None)]
    assert duties(found("CORPORATE", relationship=[owner]), TODAY) == []
    assert duties(found("PERSON"), TODAY) == []


def test_what_aml_rules_miss_is_named() -> None:
    names = [{"full_name": "欧阳知远"}]

    (told,) = of_documents.duties(found(customer_name=names), TODAY)

    assert told["code"] == "aml.missing"
    assert told["text"].count(",") == 7, "all but the name of nine elements"


@pytest.mark.parametrize(
    ("state", "missing"), [("DRAFT", True), ("REJECTED", True), ("SUBMITTED", False), ("APPROVED", False)]
)
def test_who_has_declared_nothing_is_asked(state: str, missing: bool) -> None:
    row = {"tax_state": state, "change_notice_due": None}

    told = [one["code"] for one in of_special(found(tax_certification=[row]), TODAY)]

    assert ("tax.missing" in told) is missing
    assert codes(of_special(found(), TODAY)) == [("tax.missing", None)]


@pytest.mark.parametrize("status", ["CLOSED", "DECEASED", "DISSOLVED", "REJECTED", "WITHDRAWN"])
def test_nothing_is_asked_of_who_is_a_customer_no_more(status: str) -> None:
    over = found("CORPORATE", status, rating=[rating(due=PAST)])

    assert [one for tell in (duties, of_documents.duties, of_special) for one in tell(over, TODAY)] == []


def test_the_panorama_asks_all_of_them() -> None:
    assert {duties, of_documents.duties, of_special} <= set(registry.obligations)
