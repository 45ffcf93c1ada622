"""How complete a customer is, subject by subject: what the rules ask, of all that is merged."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from consolidation.services.merging import Grounds, merge
from customers.rules.number import customer_no
from customers.selectors.as_of import Moment, as_of
from customers.selectors.panorama import panorama
from mdm.extension import attributes
from mdm.quality.models import QualityIssue
from security.access.actor import Actor
from tests.customers.admin.conftest import screens_of
from tests.factories.attributes import defined
from tests.factories.customers import company, person, stamp, store, stored
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def complete(told: dict[str, Any]) -> dict[str, tuple[int, int, list[str]]]:
    """Subject -> asked, there, and the facets of what is missing; only where something is asked."""
    found = {subject["name"]: subject["completeness"] for subject in told["subjects"]}
    return {
        name: (one["asked"], one["there"], [missing["facet"] for missing in one["missing"]])
        for name, one in found.items()
        if one["asked"]
    }


def test_what_the_rules_of_money_laundering_ask_of_a_person(teller: Actor, bank: None) -> None:
    number = customer_no(stored(person()))

    told = panorama(teller, number, at=NOW)

    assert complete(told) == {
        "customer": (4, 3, ["person_profile"]),
        "credential": (3, 2, ["credential"]),
        "contact": (1, 1, []),
        "address": (1, 1, []),
    }
    with translation.override("en"):
        missing = panorama(teller, number, at=NOW)["subjects"][0]["completeness"]["missing"]
    assert missing == [{"facet": "person_profile", "label": "Occupation"}]
    assert all(s["count"] == sum(len(f["rows"]) for f in s["facets"]) for s in told["subjects"])
    assert sum(s["count"] for s in told["subjects"]) > 9
    assert complete(as_of(everything(), number, Moment(NOW), at=NOW)) == complete(told), "and as of a moment"


def test_a_document_that_has_run_out_is_not_there(teller: Actor, bank: None) -> None:
    told, over = person(), person("P-2")
    told.facets["credential"][0] |= {"expiry_date": date(9999, 12, 31)}
    over.facets["credential"][0] |= {"expiry_date": date(2020, 1, 1)}

    found = [complete(panorama(teller, customer_no(stored(b)), at=NOW))["credential"] for b in (told, over)]

    assert found == [(3, 3, []), (3, 2, ["credential"])]


def test_an_organisation_is_asked_for_whom_it_acts_through(teller: Actor, bank: None) -> None:
    found = complete(panorama(teller, customer_no(stored(company(relationship=[]))), at=NOW))

    assert found["relationship"] == (4, 0, ["relationship"] * 4)
    assert found["customer"] == (2, 1, ["organisation_profile"])


def test_what_either_member_tells_counts_for_both(teller: Actor, bank: None) -> None:
    other = person("P-2")
    other.facets["person_profile"] = [{"occupation": "2"}]
    ids = store([person(), other]).customer_ids
    with database_role("engine"), transaction.atomic():
        merge(everything("consolidate"), [Grounds(tuple(ids), "M01", "1", 1.0)], stamp())

    assert complete(panorama(teller, customer_no(ids[0]), at=NOW))["customer"] == (4, 4, [])


def test_an_attribute_the_bank_wants_is_asked_of_what_is_there(teller: Actor, bank: None) -> None:
    number = customer_no(stored(person()))
    before = complete(panorama(teller, number, at=NOW))
    defined("phone", "line_kind", required=True, severity="WARN")
    attributes.refresh()

    assert complete(panorama(teller, number, at=NOW))["contact"] == (2, 1, ["phone"])
    assert before["contact"] == (1, 1, [])


def test_an_open_issue_of_completeness_is_told_once(teller: Actor, bank: None) -> None:
    owner = stored(person())
    shared = {"customer_id": owner, "severity": "WARN", "raised_at": NOW}
    with database_role("engine"):
        for facet, rule in (("relationship", "C20"), ("person_profile", "C07"), ("phone", "V16")):
            QualityIssue.objects.create(facet=facet, rule=rule, rule_version=1, **shared)

    found = complete(panorama(teller, customer_no(owner), at=NOW))

    assert found["relationship"] == (1, 0, ["relationship"])
    assert found["customer"] == (4, 3, ["person_profile"]), "what is missing there was told by its element"
    assert found["contact"] == (1, 1, []), "an invalid number is there"


def test_the_page_says_how_complete_a_subject_is(bank: None) -> None:
    number = customer_no(stored(person()))
    seen = screens_of("teller", "1100", "teller").get(f"/customer/{number}/")
    assert "Missing: Occupation" in seen.text
    assert "3 of 4 complete" in seen.text
