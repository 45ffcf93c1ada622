"""U01: the same document number on two customers, over all entries and over those of one record."""

import pytest
from django.db import connection
from psycopg import sql

from credentials.rules.credential import SHARED_NUMBER
from mdm.quality.across import screen_across
from mdm.quality.rules import RuleBook
from tests.factories.customers import bank, company, person, stored
from tests.mdm.quality.bundles import citizen_number
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def _document(number: str) -> dict[str, object]:
    return {"slot": "P01", "type": "P01", "number": number, "issuing_country": "CHN"}


def _flagged(relation: str | sql.Composable) -> set[int]:
    book = RuleBook()
    book.register(SHARED_NUMBER)
    with database_role("engine"), connection.cursor() as cursor:
        return {found.customer_id for found in screen_across("lookup_entry", relation, cursor, book)}


def test_the_same_number_on_two_customers() -> None:
    bank()
    one = stored(person("P-1", credential=[_document(citizen_number())]))
    two = stored(person("P-2", credential=[_document(citizen_number())]))
    other = stored(person("P-3", credential=[_document(citizen_number(sequence=77))]))
    stored(company())
    assert _flagged("mdm_lookupentry") == {one, two}
    of_one = sql.SQL("SELECT * FROM mdm_lookupentry WHERE customer_id = {}")
    assert _flagged(of_one.format(sql.Literal(two))) == {two}
    assert _flagged(of_one.format(sql.Literal(other))) == set()


def test_customers_that_were_merged_are_one() -> None:
    bank()
    one = stored(person("P-1", credential=[_document(citizen_number())]))
    two = stored(person("P-2", credential=[_document(citizen_number())]))
    with database_role("engine"), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET golden_id = %s WHERE id = %s", [one, two])
    assert _flagged("mdm_lookupentry") == set()
