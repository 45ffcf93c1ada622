"""Rules that hold several rows of a customer against one another: agents, representatives, the closed and the dead."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from credentials.rules.integrity import judge
from customers.rules.owners import owner_missing
from customers.rules.relationship import guardian_missing
from mdm.conf import conf
from mdm.quality.engine import screen
from mdm.subjects import Bundle, Row
from tests.mdm.quality.bundles import TODAY, organisation, person

ENDED = {"ended_on": TODAY}


def broken(bundle: Bundle, *rules: str) -> set[tuple[str, str]]:
    """Which of these rules a customer breaks, and at which field."""
    return {(found.rule, found.field) for found in screen(bundle, TODAY) if found.rule in rules}


def having(bundle: Bundle, facet: str, *rows: Row) -> Bundle:
    bundle.facets[facet] = [{"slot": str(place), **row} for place, row in enumerate(rows)]
    return bundle


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"kind": "AGENT", "other_name": "李四"}, {("C04", "other_document_number")}),
        ({"kind": "AGENT", "other_name": "李四", "other_document_number": "E12345678"}, set()),
        ({"kind": "AGENT", "other_no": "C00000000019"}, set()),
        ({"kind": "GUARANTOR", "other_name": "李四"}, set()),
        ({"kind": "LEGAL_REP", "other_name": "星辰", "other_is_person": False}, {("K01", "other_is_person")}),
        ({"kind": "LEGAL_REP", "other_name": "李四", "other_is_person": True}, set()),
        ({"kind": "LEGAL_REP", "other_name": "李四"}, set()),
        ({"kind": "SHAREHOLDER", "other_name": "星辰", "other_is_person": False}, set()),
    ],
)
def test_agents_have_a_document_and_representatives_are_persons(
    row: Row, found: set[tuple[str, str]]
) -> None:
    assert broken(having(organisation(), "relationship", row), "C04", "K01") == found


OPEN: Row = {"kind": "EBANK", "agreement_no": "1", "agreement_status": "OPEN"}
ACCOUNT: Row = {**OPEN, "kind": "DEPOSIT"}


@pytest.mark.parametrize(
    ("status", "row", "found"),
    [
        ("CLOSED", ACCOUNT, {"K04"}),
        ("CLOSED", {**ACCOUNT, "agreement_status": "CLOSED"}, set()),
        ("DISSOLVED", OPEN, {"K04"}),
        ("ACTIVE", OPEN, set()),
        ("DECEASED", ACCOUNT, set()),
        ("DECEASED", OPEN, {"K05"}),
        ("DECEASED", {**OPEN, "agreement_status": "CLOSED"}, set()),
    ],
)
def test_what_is_open_of_the_closed_and_the_dead(status: str, row: Row, found: set[str]) -> None:
    bundle = having(person(customer__lifecycle_status=status), "agreement", row)
    assert {rule for rule, _field in broken(bundle, "K04", "K05")} == found


@pytest.mark.parametrize(
    ("status", "allowed", "found"), [("DECEASED", True, 1), ("DECEASED", False, 0), ("ACTIVE", True, 0)]
)
def test_nobody_writes_to_the_dead(status: str, allowed: bool, found: int) -> None:
    told = {"kind": "MARKETING", "channel": "SMS", "allowed": allowed}
    bundle = having(person(customer__lifecycle_status=status), "channel_preference", told)
    assert len(broken(bundle, "K05.contact")) == found


@pytest.mark.parametrize(
    ("status", "state", "found"),
    [
        ("CLOSED", "ACTIVE", 1),
        ("CLOSED", "SUSPENDED", 1),
        ("CLOSED", "TERMINATED", 0),
        ("ACTIVE", "ACTIVE", 0),
    ],
)
def test_a_closed_employer_pays_nobody(status: str, state: str, found: int) -> None:
    told = {"agreement_no": "A-1", "purpose": "SALARY", "agency_state": state}
    bundle = having(organisation(customer__lifecycle_status=status), "agency_agreement", told)
    assert len(broken(bundle, "K04.agency")) == found


def test_who_hands_in_payments_is_identified() -> None:
    told: Row = {"agreement_no": "A-1", "handler_no": "1", "full_name": "李文静"}
    whole = {**told, "document_number": "E12345678", "document_expiry": date(2030, 1, 1)}

    assert broken(having(organisation(), "agency_handler", told), "C04.handler") == {
        ("C04.handler", "document_number"),
        ("C04.handler", "document_expiry"),
    }
    assert broken(having(organisation(), "agency_handler", whole), "C04.handler") == set()


# -- owners and guardians ---------------------------------------------------------------------------------


def holder(share: int, **more: Any) -> Row:
    return {"kind": "SHAREHOLDER", "other_name": "李四", "ownership_pct": Decimal(share), **more}


SMALL: Row = {"registered_capital": Decimal(10_000_000)}
LARGE: Row = {"registered_capital": Decimal("10000000.01")}


@pytest.mark.parametrize(
    ("profile", "relations", "missing"),
    [
        ({}, [], True),
        ({}, [{"kind": "BENEFICIAL_OWNER", "other_name": "李四"}], False),
        ({}, [{"kind": "CONTROLLER", "other_name": "李四"}], False),
        ({}, [{"kind": "CONTROLLER", "other_name": "李四", **ENDED}], True),
        ({}, [{"kind": "LEGAL_REP", "other_name": "李四"}], True),
        ({}, [holder(25)], False),
        ({}, [holder(24)], True),
        ({}, [holder(10, voting_pct=Decimal(30))], False),
        ({}, [holder(80, other_is_person=False)], True),
        ({}, [holder(80, other_is_person=False, other_no="C00000000019")], False),
        (SMALL, [holder(24), holder(24)], False),
        (LARGE, [holder(24), holder(24)], True),
        ({**SMALL, "capital_currency": "USD"}, [holder(24)], True),
        (SMALL, [holder(24), holder(24, other_is_person=False)], True),
        (SMALL, [], True),
    ],
)
def test_owners_are_told_unless_the_organisation_is_exempt(
    profile: Row, relations: list[Row], missing: bool
) -> None:
    assert owner_missing("CORPORATE", profile, relations, TODAY) is missing


@pytest.mark.parametrize("kind", ["GOVERNMENT", "INSTITUTION", "INDIVIDUAL_BUSINESS", "FUND", "PERSON"])
def test_public_bodies_and_traders_name_no_owner(kind: str) -> None:
    assert not owner_missing(kind, {}, [], TODAY)


def born(years: int, days: int = 0) -> Row:
    return {"birth_date": date(TODAY.year - years, TODAY.month, TODAY.day + days)}


@pytest.mark.parametrize(
    ("profile", "relations", "missing"),
    [
        (born(18, 1), [], True),
        (born(18), [], False),
        (born(10), [{"kind": "GUARDIAN"}], False),
        (born(10), [{"kind": "PARENT"}], False),
        (born(10), [{"kind": "GUARDIAN", **ENDED}], True),
        (born(10), [{"kind": "SPOUSE"}], True),
        ({}, [], False),
    ],
)
def test_a_minor_has_somebody(profile: Row, relations: list[Row], missing: bool) -> None:
    assert guardian_missing("PERSON", profile, relations, TODAY) is missing


def test_integrity_tells_owners_guardians_and_checks_of_long_ago() -> None:
    child = person()
    child.facets["person_profile"][0].update(born(10))
    last = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    ago = timedelta(days=conf.reverification_days)
    old = {"checked_at": last - ago - timedelta(days=1), "outcome": "CONSISTENT"}
    fine = {"checked_at": last - ago, "outcome": "CONSISTENT"}

    def told(bundle: Bundle) -> set[str]:
        return {one.code for one in judge(bundle, TODAY).found} & {"C03", "C05", "T03"}

    assert told(organisation()) == {"C03"}
    assert told(child) == {"C05"}
    assert told(having(person(), "credential_verification", old)) == {"T03"}
    assert told(having(person(), "credential_verification", old, fine)) == set()
