"""A bank in which every sealed column of every table holds values, of two logical rows at least."""

import uuid
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection, models
from psycopg.sql import SQL, Identifier

from security.crypto.coverage import StoredColumn, stored_columns
from security.crypto.fields import SealedField, SealedJSONField
from tests.factories.security import NOW
from tests.security.authorisation.population import open_bank
from tests.support.database_roles import database_role

#: Numbers of rows that no sequence has given.
_NEXT = count(7_000_001)


@dataclass(frozen=True)
class Cell:
    """One sealed value where it lies: the row's key, the logical row it is bound to, and its ciphertext."""

    row: int
    entity: int
    blob: bytes


def columns() -> list[StoredColumn]:
    """Every column of ciphertexts of the product's own models."""
    return [one for one in stored_columns(apps) if not one.field.model.__module__.startswith("tests.")]


def open_full_bank() -> dict[StoredColumn, tuple[Cell, Cell]]:
    """The bank that is probed, with what it leaves empty filled in; two cells of every sealed column."""
    open_bank()
    with database_role("owner"):
        for model in {one.field.model for one in columns()}:
            _two_rows(model)
        return {one: _two_cells(one) for one in columns()}


def write(column: StoredColumn, row: int, blob: bytes) -> None:
    """Put bytes into a cell behind the product's back."""
    statement = SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
        Identifier(column.table), Identifier(column.column), Identifier(column.key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [blob, row])


def _two_rows(model: type[models.Model]) -> None:
    while model._base_manager.count() < 2:
        model._base_manager.bulk_create([_made(model)])


def _made(model: type[models.Model]) -> models.Model:
    """A row of a table that the bank leaves empty: the least that its columns take."""
    row = model(**{model._meta.pk.attname: next(_NEXT)})
    for field in model._meta.concrete_fields:
        if not field.primary_key and not field.has_default() and not isinstance(field, SealedField):
            setattr(row, field.attname, None if field.null else _least(field, row.pk))
    for field in model._meta.concrete_fields:
        if isinstance(field, SealedField):  # history models take the id of their logical row first
            setattr(row, field.attname, _known(field, getattr(row, field.entity)))
    return row


def _least(field: Any, number: int) -> Any:
    if isinstance(field, models.ForeignKey):
        related = field.related_model._base_manager.first()
        if related is None:
            related = _made(field.related_model)
            related.save(force_insert=True)
        return related.pk
    return next((make(number) for kind, make in _LEAST.items() if isinstance(field, kind)), number)


_LEAST: dict[type[Any], Any] = {
    models.DateTimeField: lambda _n: NOW,
    models.DateField: lambda _n: NOW.date(),
    models.UUIDField: lambda _n: uuid.uuid4(),
    models.BinaryField: lambda n: str(n).encode(),
    models.CharField: lambda n: str(n)[-3:],
    models.TextField: str,
    models.BooleanField: lambda _n: False,
    models.FloatField: float,
}


def _known(field: SealedField, entity: int) -> Any:
    text = f"所藏之值 {entity} {field.name}"
    return {"told": text} if isinstance(field, SealedJSONField) else text


def _two_cells(column: StoredColumn) -> tuple[Cell, Cell]:
    """Cells of two logical rows; where nothing lies there, a value is sealed as the product seals it."""
    rows = column.field.model._base_manager.order_by(column.key).values_list(column.key, column.field.entity)
    pairs = {entity: key for key, entity in rows}
    (one, other) = list(pairs.items())[:2]
    return _cell(column, *one), _cell(column, *other)


def _cell(column: StoredColumn, entity: int, row: int) -> Cell:
    statement = SQL("SELECT {} FROM {} WHERE {} = %s").format(
        Identifier(column.column), Identifier(column.table), Identifier(column.key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [row])
        found = cursor.fetchone()[0]
    if found is None:
        (found,) = column.field.seal_column([entity], [_known(column.field, entity)])
        write(column, row, found)
    return Cell(row, entity, bytes(found))
