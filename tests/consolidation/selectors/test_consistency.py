"""A value that was put back in the database is told by the history that it contradicts."""

from typing import Any

import pytest
from django.db import connection

from consolidation.selectors.consistency import Problem, check
from customers.models import Phone
from mdm.subjects import registry
from tests.factories.customers import bank, person, rows_of, stored
from tests.factories.security import everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
CODE = "value.phone.number"


def phone() -> Any:
    """The telephone of one stored person."""
    bank()
    owner = stored(person("A"))
    return rows_of("phone", owner)[0]


def put(table: str, blob: bytes, **row: int) -> None:
    """By SQL, past everything."""
    name, value = next(iter(row.items()))
    with database_role("engine"), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET number = %s WHERE {name} = %s', [blob, value])


def found() -> list[Problem]:
    with database_role("engine"):
        return check(everything())[1]


def test_another_value_of_the_same_cell_opens_but_is_told() -> None:
    """As an older one would, put back from a backup."""
    row = phone()
    assert found() == []
    sealed = Phone._meta.get_field("number").sealed_column
    put("customers_phone", sealed.seal(row.pk, "+8613900000001"), id=row.pk)
    now = next(one for one in rows_of("phone", row.customer_id) if one.pk == row.pk)
    assert now.number.open() == "+8613900000001"
    assert found() == [Problem(CODE, row.pk)]


def test_the_same_value_sealed_anew_is_no_problem_and_noise_is_one() -> None:
    row = phone()
    sealed = Phone._meta.get_field("number").sealed_column
    put("customers_phone", sealed.seal(row.pk, row.number.open()), id=row.pk)
    assert found() == []

    put("customers_phone", b"\0" * 60, id=row.pk)
    assert found() == [Problem(CODE, row.pk)]


def test_what_opens_on_neither_side_is_not_said_to_be_the_same() -> None:
    row = phone()
    put("customers_phone", b"\0" * 60, id=row.pk)
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_historicalphone SET number = %s WHERE id = %s", [b"\1" * 60, row.pk])
    assert found() == [Problem(CODE, row.pk)]


def test_every_sealed_field_of_every_facet_is_compared() -> None:
    checked = check(everything())[0]
    sealed = sum(
        hasattr(field, "sealed_column")
        for facet in registry.facets()
        for field in facet.model._meta.local_concrete_fields
    )
    assert checked > sealed > 40
