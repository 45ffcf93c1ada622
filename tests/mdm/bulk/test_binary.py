"""Columns written as binary COPY come back as they were, whatever the type, with and without nulls."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import Transformer
from psycopg.types.json import Jsonb

from mdm.bulk import binary

pytestmark = pytest.mark.django_db
_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
_big = st.integers(-(2**63), 2**63 - 1)
TYPES: dict[str, st.SearchStrategy[Any]] = {
    "bigint": _big,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "text": _text,
    "boolean": st.booleans(),
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "timestamptz": st.datetimes(timezones=st.just(UTC)),
    "bytea": st.binary(max_size=40),
    "jsonb": st.dictionaries(_text, st.one_of(_text, st.integers(-1000, 1000), st.none()), max_size=3).map(
        Jsonb
    ),
    "numeric": st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**16), max_value=10**16
    ),
    "bigint[]": st.lists(_big, max_size=4),
    "integer[]": st.lists(st.integers(-5, 5), max_size=4),
    "text[]": st.lists(_text, max_size=4),
    "varchar[]": st.lists(_text, max_size=4),
}


def copied(types: list[str], columns: list[list[Any]]) -> list[tuple[Any, ...]]:
    """What a table holds into which the columns were copied."""
    names = [f"c{at}" for at in range(len(types))]
    told = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS binary_rows")
        cursor.execute(f"CREATE TEMP TABLE binary_rows (n serial, {told})")
        with cursor.copy(f"COPY binary_rows ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as copy:
            data = binary.rows(types, columns, Transformer(connection.connection))
            copy.write(binary.SIGNATURE + data + binary.END)
        cursor.execute(f"SELECT {', '.join(names)} FROM binary_rows ORDER BY n")
        return [tuple(row) for row in cursor.fetchall()]


def plain(value: Any) -> Any:
    """A value as it is read."""
    if isinstance(value, Jsonb):
        return value.obj
    return bytes(value) if isinstance(value, memoryview) else value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read(
    data: st.DataObject, as_engine: Callable[[], AbstractContextManager[None]]
) -> None:
    types = data.draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=5))
    size = data.draw(st.integers(1, 6))
    columns = [data.draw(st.lists(st.none() | TYPES[kind], min_size=size, max_size=size)) for kind in types]

    with as_engine():
        read = copied(types, columns)

    assert [tuple(map(_read, row)) for row in read] == [
        tuple(map(plain, row)) for row in zip(*columns, strict=True)
    ]


def _read(value: Any) -> Any:
    value = bytes(value) if isinstance(value, memoryview) else value
    if isinstance(value, str) and value[:1] == "{":  # jsonb comes as text on Django's connections
        import json

        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def test_a_column_of_one_value_is_repeated() -> None:
    moment = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)

    read = copied(["timestamptz", "numeric", "text"], [[moment] * 3, [Decimal("1.50")] * 3, [None] * 3])

    assert read == [(moment, Decimal("1.50"), None)] * 3
