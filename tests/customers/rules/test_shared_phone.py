"""U02: more than five customers with one telephone number."""

import pytest
from django.db import connection

from customers.rules.contact import MOST_SHARING, SHARED_PHONE
from mdm.quality.across import screen_across
from mdm.quality.rules import RuleBook
from tests.factories.customers import bank, person, store
from tests.mdm.quality.bundles import citizen_number
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def _households(customers: int) -> list[int]:
    bank()
    phone = {"slot": "MOBILE", "kind": "MOBILE", "number": "+8613912349999"}
    bundles = [
        person(
            f"P-{n}",
            phone=[phone],
            email=[],
            credential=[{"slot": "P01", "type": "P01", "number": citizen_number(sequence=n)}],
        )
        for n in range(customers)
    ]
    return store(bundles).customer_ids


def _flagged() -> set[int]:
    book = RuleBook()
    book.register(SHARED_PHONE)
    with database_role("engine"), connection.cursor() as cursor:
        return {found.customer_id for found in screen_across("lookup_entry", "mdm_lookupentry", cursor, book)}


def test_five_may_share_a_number() -> None:
    _households(MOST_SHARING)
    assert _flagged() == set()


def test_six_are_looked_at() -> None:
    assert _flagged() == set()
    assert set(_households(MOST_SHARING + 1)) == _flagged()
