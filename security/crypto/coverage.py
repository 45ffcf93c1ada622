"""Which column holds how many values under which key: read from the key id inside every value."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import connection, models
from psycopg.sql import SQL, Composed, Identifier, Literal

from security.crypto.envelope import KEY_ID_AT
from security.crypto.fields import SealedField

#: Columns that the web may not read, and the function that counts their values by key.
APART = {("security_auditsigner", "material"): "panorama_signer_keys"}


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of ciphertexts in a table: the live one, or the history's of the same purpose."""

    table: str
    column: str
    key: str
    entity: str
    field: SealedField

    @property
    def purpose(self) -> str:
        """The key purpose of its values."""
        return self.field.sealed_column.purpose


@dataclass(frozen=True, slots=True, order=True)
class Coverage:
    """How many values of a column are under one key."""

    purpose: str
    table: str
    column: str
    key_id: int
    values: int


def stored_columns(registry: Apps) -> list[StoredColumn]:
    """Every column of ciphertexts in the tables of the registry's models, history tables included."""
    found = [column for model in registry.get_models() if _has_table(model) for column in _columns(model)]
    return sorted(found, key=lambda column: (column.purpose, column.table))


def coverage(columns: Iterable[StoredColumn]) -> list[Coverage]:
    """Counts by reading every value's header: one scan of a table for each column."""
    return sorted(entry for column in columns for entry in _counted(column))


def key_id_of(column: str) -> Composed:
    """SQL of the four bytes that name the key of a value."""
    start, size = KEY_ID_AT
    return SQL("substring({} FROM {} FOR {})").format(Identifier(column), Literal(start), Literal(size))


def key_id_bytes(key_id: int) -> bytes:
    """The same four bytes for a key."""
    return key_id.to_bytes(KEY_ID_AT[1], "big")


def _has_table(model: type[models.Model]) -> bool:
    return not (model._meta.proxy or model._meta.swapped)


def _columns(model: type[models.Model]) -> Iterable[StoredColumn]:
    meta = model._meta
    names = {field.attname: str(field.column) for field in meta.concrete_fields}
    for field in meta.local_concrete_fields:
        if isinstance(field, SealedField):
            column, entity = names[field.attname], names[field.entity]
            yield StoredColumn(meta.db_table, column, names[meta.pk.attname], entity, field)


def _counted(stored: StoredColumn) -> list[Coverage]:
    if (apart := APART.get((stored.table, stored.column))) is not None:
        statement = SQL("SELECT key, held FROM {}()").format(Identifier(apart))
    else:
        statement = SQL("SELECT {key}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1").format(
            key=key_id_of(stored.column), table=Identifier(stored.table), column=Identifier(stored.column)
        )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    purpose = stored.purpose
    return [
        Coverage(purpose, stored.table, stored.column, int.from_bytes(bytes(key), "big"), count)
        for key, count in rows
    ]
